"""The sandbox itself: `with Sandbox() as slack` starts and stops a Slack."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from bot.sandbox import control, conversation, shapes
from bot.sandbox.addresses import Addresses
from bot.sandbox.clock import SandboxClock
from bot.sandbox.delivery import Courier, Misdirected
from bot.sandbox.errors import NoSuchThing
from bot.sandbox.faults import Faults
from bot.sandbox.http_transport import NoAnswerError
from bot.sandbox.log import Delivery, Log
from bot.sandbox.people import Person, Place, heard_by_the_app
from bot.sandbox.ratelimits import PostingPace
from bot.sandbox.records import Channel, Json, UserGroup
from bot.sandbox.screen import Message, message_as_shown
from bot.sandbox.server import Server
from bot.sandbox.socket_mode import Sockets
from bot.sandbox.web import make_app
from bot.sandbox.web_api import WebApi
from bot.sandbox.workspace import Workspace, random_id


class Sandbox(Addresses):
    """One Slack workspace with one app, on a loopback port. Safe to use from several threads.

    If `bot_scopes` is None, the bot has every scope that the sandbox knows. If `rate_limits` is false, Slack accepts
    any number of posts. `burst` is how many posts a channel accepts at once. `port` 0 picks a free one. `changed` wakes
    those who wait for a change; it needs a lock that its holder may take again.
    """

    def __init__(
        self,
        *,
        bot_scopes: Iterable[str] | None = None,
        clock: SandboxClock | None = None,
        changed: threading.Condition | None = None,
        rate_limits: bool = True,
        burst: int = 3,
        host: str = "127.0.0.1",
        port: int = 0,
        team_name: str = "Acme",
        bot_name: str = "Baton",
    ) -> None:
        self.clock = clock or SandboxClock()
        self.workspace = Workspace(
            self.clock,
            changed=changed or threading.Condition(threading.RLock()),
            bot_scopes=bot_scopes,
            team_name=team_name,
            bot_name=bot_name,
        )
        self.log = Log(self.workspace.changed)
        self.faults = Faults(self.workspace.changed)
        self._server = Server(host, port)
        self._people: dict[str, Person] = {}
        self._sockets = Sockets(self.workspace)
        self._sockets.base_url = f"ws://{self._server.host}:{self._server.port}"
        self._courier = Courier(self.workspace, self.log, self.faults, self._sockets, self._server.loop)
        self._courier.base_url = self.url
        self.workspace.on_event = self._courier.send_event
        self._web_api = WebApi(
            self.workspace,
            self.log,
            self.faults,
            PostingPace(burst=burst),
            open_socket_url=self._sockets.new_url,
            drop=self._server.drop,
        )
        self._web_api.rate_limits = rate_limits
        self._redelivery: Future[Any] | None = None

    # -- start and stop -----------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the server. It answers when this returns."""
        self._server.start(make_app(self.workspace, self._web_api, self._sockets, control.routes(self)))
        loop = self._server.loop
        self._redelivery = asyncio.run_coroutine_threadsafe(self._courier.redeliver_when_due(), loop)
        self.clock.subscribe(self._courier.clock_moved)

    def stop(self) -> None:
        """Closes all connections, and ends the server's thread."""
        self.clock.unsubscribe(self._courier.clock_moved)
        if self._redelivery is not None:
            self._redelivery.cancel()
        self._server.call(self._wind_up())
        self._server.stop()

    async def _wind_up(self) -> None:
        self._web_api.ended.set()
        await self._courier.stop()
        await self._sockets.hang_up()

    # -- the app ------------------------------------------------------------------------------------------

    def deliver_to(self, *urls: str) -> None:
        """Sends commands, interactions and events to these addresses, one after another, while no socket is open."""
        self._courier.urls = list(urls)

    def verify_url(self, url: str) -> bool:
        """True if `url` echoes a challenge, which Slack asks for when somebody enters an address."""
        challenge = random_id("", 32)
        try:
            answer = self._server.call(self._courier.verify_url(url, challenge))
        except (NoAnswerError, TimeoutError):
            return False
        body = answer.decoded()
        echoed = body.get("challenge") if isinstance(body, dict) else body
        return answer.status == 200 and echoed == challenge

    @property
    def sockets(self) -> int:
        """How many sockets the app has open."""
        return len(self._sockets)

    def disconnect_sockets(self, reason: str = "refresh_requested", *, close: bool = True) -> None:
        """Asks the app to reconnect, and closes its sockets if `close`. `reason` is warning or refresh_requested."""
        self._server.call(self._sockets.disconnect(reason, close=close))

    def hang_up_sockets(self) -> None:
        """Closes every socket without asking the app to reconnect."""
        self._server.call(self._sockets.hang_up())

    @contextmanager
    def misdirected(self, *, team_id: str | None = None, app_id: str | None = None) -> Iterator[None]:
        """Until the end of the block, the app gets payloads as Slack makes them for an installation in another
        workspace, or for another app."""
        self._courier.misdirected = Misdirected(team_id=team_id, app_id=app_id)
        try:
            yield
        finally:
            self._courier.misdirected = None

    @property
    def bot_scopes(self) -> set[str]:
        """The bot's scopes. A test may change them."""
        return self.workspace.bot_scopes

    def subscribe(self, *events: str) -> None:
        """Sends only these events. Their names are those in an app manifest (message.channels, reaction_added, ...)."""
        self.workspace.subscribed = set(events)

    def subscribe_to_all(self) -> None:
        """Sends every event. This is the default."""
        self.workspace.subscribed = None

    @property
    def rate_limits(self) -> bool:
        """True if Slack limits how fast the app may post."""
        return self._web_api.rate_limits

    @rate_limits.setter
    def rate_limits(self, on: bool) -> None:
        self._web_api.rate_limits = on

    @property
    def time_to_answer(self) -> float:
        """How many seconds of machine time the app has to answer. Slack gives 3; a test may give less."""
        return self._courier.time_to_answer

    @time_to_answer.setter
    def time_to_answer(self, seconds: float) -> None:
        self._courier.time_to_answer = seconds

    def deliver(self, kind: str, payload: Json) -> Delivery:
        """Delivers a payload as it is, once. Returns the attempt, with the app's answer.

        `kind` is slash_commands, interactive or events_api. Use it for what no act of a person causes: copies,
        forgeries, payloads of another installation.
        """
        [delivery] = self._courier.send(kind, payload)
        return delivery

    def wrap(self, event: Json) -> Json:
        """Returns the payload that delivers an event."""
        return self._courier.wrap(event)

    def emit(self, event: Json) -> None:
        """Sends any event to the app, as if it had happened."""
        with heard_by_the_app(), self.workspace.change():
            self.workspace.emit(event)

    def install_code(self, person: Person) -> str:
        """Returns a `code` for oauth.v2.access. Slack sends it along with `person` after they approve the app."""
        code = random_id("", 24)
        with self.workspace.change():
            self.workspace.install_codes[code] = person.id
        return code

    def revoke_token(self) -> None:
        """Revokes the bot's token. The app gets tokens_revoked."""
        with heard_by_the_app(), self.workspace.change():
            self.workspace.token_fault = "token_revoked"
            tokens = {"oauth": [], "bot": [self.bot_user_id]}
            conversation.tell(self.workspace, {"type": "tokens_revoked", "tokens": tokens})

    def uninstall(self) -> None:
        """Removes the app: its token works no more, and it gets app_uninstalled."""
        with heard_by_the_app(), self.workspace.change():
            self.workspace.token_fault = "account_inactive"
            conversation.tell(self.workspace, {"type": "app_uninstalled"})

    # -- people and channels ------------------------------------------------------------------------------

    def person(self, name: str, **facts: Any) -> Person:
        """Returns the person with that handle. Creates them on first use. Changes the facts of a known person.

        Facts: real_name, email, tz, presence (active or away), dnd (an object like dnd.info), title, status_text,
        status_emoji, is_bot, is_admin, is_owner, is_restricted, is_ultra_restricted, team_id (of another company),
        deleted.
        """
        known = self._people.get(name)
        if known is not None:
            if facts:
                known.change(**facts)
            return known
        with heard_by_the_app(), self.workspace.change():
            record = self.workspace.add_user(name, **facts)
            person = self._people[name] = Person(self.workspace, self._courier, record)
            shape = shapes.user(self.workspace, record, with_email=True)
            conversation.tell(self.workspace, {"type": "team_join", "user": shape})
        return person

    def known_person(self, name: str) -> Person:
        """Returns the person with that handle or id. Raises NoSuchThing."""
        for person in self.people:
            if name.removeprefix("@") in {person.name, person.id}:
                return person
        raise NoSuchThing(f"nobody here is called {name}")

    @property
    def people(self) -> list[Person]:
        """Everybody who was created with `person`."""
        return list(self._people.values())

    @property
    def channels(self) -> list[Channel]:
        """All channels, without direct messages."""
        with self.workspace.changed:
            return [channel for channel in self.workspace.channels.values() if channel.kind != "im"]

    def channel(self, name: str, *, private: bool = False) -> Channel:
        """Returns the channel with that name. Creates it on first use, without members."""
        wanted = name.removeprefix("#")
        with self.workspace.change():
            for channel in self.workspace.channels.values():
                if channel.kind != "im" and channel.name == wanted:
                    return channel
            return self.workspace.add_channel(wanted, kind="private" if private else "public")

    def _place(self, channel: Place) -> Channel:
        return channel if isinstance(channel, Channel) else self.workspace.channel_named(channel)

    def invite(self, channel: Place, *people: Person) -> None:
        """Makes people members of a channel."""
        with heard_by_the_app(), self.workspace.change():
            for person in people:
                conversation.join(self.workspace, self._place(channel), person.record)

    def invite_bot(self, channel: Place) -> None:
        """Makes the bot a member of a channel."""
        with heard_by_the_app(), self.workspace.change():
            conversation.join(self.workspace, self._place(channel), self.workspace.bot_user)

    def remove_bot(self, channel: Place) -> None:
        """Ends the bot's membership of a channel."""
        with heard_by_the_app(), self.workspace.change():
            conversation.leave(self.workspace, self._place(channel), self.workspace.bot_user)

    def archive(self, channel: Place) -> None:
        """Archives a channel."""
        with heard_by_the_app(), self.workspace.change():
            conversation.archive(self.workspace, self._place(channel), self.workspace.slackbot)

    def unarchive(self, channel: Place) -> None:
        """Makes an archived channel active again."""
        with heard_by_the_app(), self.workspace.change():
            conversation.unarchive(self.workspace, self._place(channel), self.workspace.slackbot)

    def rename(self, channel: Place, name: str) -> None:
        """Renames a channel."""
        with heard_by_the_app(), self.workspace.change():
            conversation.rename(self.workspace, self._place(channel), name)

    def usergroup(self, handle: str, *people: Person) -> UserGroup:
        """Returns the group @handle with these people. Creates or changes it."""
        with self.workspace.change():
            for group in self.workspace.usergroups.values():
                if group.handle == handle:
                    group.users = [person.id for person in people]
                    return group
            group = UserGroup(
                id=random_id("S"),
                name=handle,
                handle=handle,
                users=[person.id for person in people],
                date_create=self.workspace.epoch(),
            )
            self.workspace.usergroups[group.id] = group
            return group

    # -- looking ------------------------------------------------------------------------------------------

    def messages(self, channel: Place) -> list[Message]:
        """Returns all messages of a channel, including replies, in order, as they are now."""
        with self.workspace.changed:
            return [message_as_shown(one) for one in self._place(channel).messages]

    def thread(self, message: Message) -> list[Message]:
        """Returns the replies in the thread that `message` started, in order."""
        with self.workspace.changed:
            replies = self.workspace.channels[message.channel].replies.get(message.ts, [])
            return [message_as_shown(one) for one in replies]

    def now(self, message: Message) -> Message | None:
        """Returns `message` as it is now. None if it is gone."""
        with self.workspace.changed:
            channel = self.workspace.channels[message.channel]
            found = self.workspace.message_at(channel, message.ts, ephemeral_for=message.ephemeral_to)
            return message_as_shown(found) if found else None

    def wait_for(self, condition: Callable[[], Any], timeout: float = 10.0) -> Any:
        """Waits until `condition` is true, and returns its value. Calls it after each change. Raises TimeoutError after
        `timeout` seconds."""
        with self.workspace.changed:
            value = self.workspace.changed.wait_for(condition, timeout)
        if not value:
            raise TimeoutError(f"the condition did not become true within {timeout} s")
        return value

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls `listener` after changes, on a thread of its own. `listener` must be quick.

        Returns a function that ends this. After that `listener` is called no more.
        """
        changed, ended = self.workspace.changed, threading.Event()

        def look() -> None:
            with changed:
                while changed.wait() and not ended.is_set():
                    listener()

        def end() -> None:
            ended.set()
            with changed:
                changed.notify_all()

        threading.Thread(target=look, name="watch", daemon=True).start()
        return end

    def settle(self, timeout: float = 10.0) -> None:
        """Waits until no event is on its way to the app, and no redelivery of one is due. Raises TimeoutError after
        `timeout` seconds."""
        self.wait_for(lambda: self._courier.is_idle, timeout)
