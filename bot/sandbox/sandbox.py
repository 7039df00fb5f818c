"""The front door: a Slack of your own, started and stopped by `with Sandbox() as slack`."""

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

    `bot_scopes` None grants every scope that the sandbox knows; `rate_limits` False lets any number of posts
    through; `burst` is how many posts a channel takes at once; `port` 0 picks a free one.
    """

    def __init__(
        self,
        *,
        bot_scopes: Iterable[str] | None = None,
        clock: SandboxClock | None = None,
        rate_limits: bool = True,
        burst: int = 3,
        host: str = "127.0.0.1",
        port: int = 0,
        team_name: str = "Acme",
        bot_name: str = "Baton",
    ) -> None:
        self.clock = clock or SandboxClock()
        self.workspace = Workspace(self.clock, bot_scopes=bot_scopes, team_name=team_name, bot_name=bot_name)
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

    # -- life ---------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve."""
        self._server.start(make_app(self.workspace, self._web_api, self._sockets, control.routes(self)))
        loop = self._server.loop
        self._redelivery = asyncio.run_coroutine_threadsafe(self._courier.redeliver_when_due(), loop)
        self.clock.subscribe(self._courier.clock_moved)

    def stop(self) -> None:
        """Close all connections and end the server's thread."""
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
        """Send commands, interactions and events there, in turn if several, unless a socket is open."""
        self._courier.urls = list(urls)

    def verify_url(self, url: str) -> bool:
        """Whether `url` echoes a challenge, as Slack asks when an address is entered."""
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
        """Ask the app to reconnect (reason warning or refresh_requested), and hang up unless told not to."""
        self._server.call(self._sockets.disconnect(reason, close=close))

    def hang_up_sockets(self) -> None:
        """Close every socket without a word."""
        self._server.call(self._sockets.hang_up())

    @contextmanager
    def misdirected(self, *, team_id: str | None = None, app_id: str | None = None) -> Iterator[None]:
        """Until the end of the block the app gets what Slack makes for an installation in another workspace, or for
        another app."""
        self._courier.misdirected = Misdirected(team_id=team_id, app_id=app_id)
        try:
            yield
        finally:
            self._courier.misdirected = None

    @property
    def bot_scopes(self) -> set[str]:
        """The bot's scopes. Change them to see what happens without one."""
        return self.workspace.bot_scopes

    def subscribe(self, *events: str) -> None:
        """Send only these events, named as in an app manifest (message.channels, reaction_added, ...)."""
        self.workspace.subscribed = set(events)

    def subscribe_to_all(self) -> None:
        """Send every event, as at first."""
        self.workspace.subscribed = None

    @property
    def rate_limits(self) -> bool:
        """Whether posts are held to Slack's pace."""
        return self._web_api.rate_limits

    @rate_limits.setter
    def rate_limits(self, on: bool) -> None:
        self._web_api.rate_limits = on

    @property
    def time_to_answer(self) -> float:
        """Seconds (of the machine) that the app has for an answer: Slack's 3, unless a test is in a hurry."""
        return self._courier.time_to_answer

    @time_to_answer.setter
    def time_to_answer(self, seconds: float) -> None:
        self._courier.time_to_answer = seconds

    def deliver(self, kind: str, payload: Json) -> Delivery:
        """Deliver a payload as it is, once; what the app answered. `kind` as in the log: slash_commands, interactive,
        events_api. For what no person's hands make: copies, forgeries, another installation's."""
        [delivery] = self._courier.send(kind, payload)
        return delivery

    def wrap(self, event: Json) -> Json:
        """The payload in which an event is delivered."""
        return self._courier.wrap(event)

    def emit(self, event: Json) -> None:
        """Send any event to the app, as if it had happened."""
        with heard_by_the_app(), self.workspace.change():
            self.workspace.emit(event)

    def install_code(self, person: Person) -> str:
        """The `code` with which Slack sends `person` back after approving the app, for oauth.v2.access."""
        code = random_id("", 24)
        with self.workspace.change():
            self.workspace.install_codes[code] = person.id
        return code

    def revoke_token(self) -> None:
        """Make the bot's token useless and tell the app with tokens_revoked."""
        with heard_by_the_app(), self.workspace.change():
            self.workspace.token_fault = "token_revoked"
            tokens = {"oauth": [], "bot": [self.bot_user_id]}
            conversation.tell(self.workspace, {"type": "tokens_revoked", "tokens": tokens})

    def uninstall(self) -> None:
        """Remove the app: its token is dead, and it hears app_uninstalled."""
        with heard_by_the_app(), self.workspace.change():
            self.workspace.token_fault = "account_inactive"
            conversation.tell(self.workspace, {"type": "app_uninstalled"})

    # -- people and channels ------------------------------------------------------------------------------

    def person(self, name: str, **facts: Any) -> Person:
        """The person with that handle, made on first use.

        Facts: real_name, email, tz, presence (active or away), dnd (an object like dnd.info), title,
        status_text, status_emoji, is_bot, is_admin, is_owner, is_restricted, is_ultra_restricted, team_id (of another
        company), deleted.
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
        """The person with that handle or id. Raises NoSuchThing."""
        for person in self.people:
            if name.removeprefix("@") in {person.name, person.id}:
                return person
        raise NoSuchThing(f"nobody here is called {name}")

    @property
    def people(self) -> list[Person]:
        """Everybody made so far."""
        return list(self._people.values())

    @property
    def channels(self) -> list[Channel]:
        """All channels, without direct messages."""
        with self.workspace.changed:
            return [channel for channel in self.workspace.channels.values() if channel.kind != "im"]

    def channel(self, name: str, *, private: bool = False) -> Channel:
        """The channel with that name, made on first use, without members."""
        wanted = name.removeprefix("#")
        with self.workspace.change():
            for channel in self.workspace.channels.values():
                if channel.kind != "im" and channel.name == wanted:
                    return channel
            return self.workspace.add_channel(wanted, kind="private" if private else "public")

    def _place(self, channel: Place) -> Channel:
        return channel if isinstance(channel, Channel) else self.workspace.channel_named(channel)

    def invite(self, channel: Place, *people: Person) -> None:
        """Make people members."""
        with heard_by_the_app(), self.workspace.change():
            for person in people:
                conversation.join(self.workspace, self._place(channel), person.record)

    def invite_bot(self, channel: Place) -> None:
        """Make the bot a member."""
        with heard_by_the_app(), self.workspace.change():
            conversation.join(self.workspace, self._place(channel), self.workspace.bot_user)

    def remove_bot(self, channel: Place) -> None:
        """End the bot's membership."""
        with heard_by_the_app(), self.workspace.change():
            conversation.leave(self.workspace, self._place(channel), self.workspace.bot_user)

    def archive(self, channel: Place) -> None:
        """Archive a channel."""
        with heard_by_the_app(), self.workspace.change():
            conversation.archive(self.workspace, self._place(channel), self.workspace.slackbot)

    def unarchive(self, channel: Place) -> None:
        """Bring a channel back."""
        with heard_by_the_app(), self.workspace.change():
            conversation.unarchive(self.workspace, self._place(channel), self.workspace.slackbot)

    def rename(self, channel: Place, name: str) -> None:
        """Rename a channel."""
        with heard_by_the_app(), self.workspace.change():
            conversation.rename(self.workspace, self._place(channel), name)

    def usergroup(self, handle: str, *people: Person) -> UserGroup:
        """Make or change the group @handle."""
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
        """All messages of a channel with the replies, in order, as they are now."""
        with self.workspace.changed:
            return [message_as_shown(one) for one in self._place(channel).messages]

    def thread(self, message: Message) -> list[Message]:
        """The replies in the thread that `message` started, in order."""
        with self.workspace.changed:
            replies = self.workspace.channels[message.channel].replies.get(message.ts, [])
            return [message_as_shown(one) for one in replies]

    def now(self, message: Message) -> Message | None:
        """`message` as it is now, or None when it is gone."""
        with self.workspace.changed:
            channel = self.workspace.channels[message.channel]
            found = self.workspace.message_at(channel, message.ts, ephemeral_for=message.ephemeral_to)
            return message_as_shown(found) if found else None

    def wait_for(self, condition: Callable[[], Any], timeout: float = 10.0) -> Any:
        """Wait until `condition` holds, looked at after each change; its value. Raises TimeoutError."""
        with self.workspace.changed:
            value = self.workspace.changed.wait_for(condition, timeout)
        if not value:
            raise TimeoutError(f"not so within {timeout} s")
        return value

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener`, which must be quick, on a thread of its own after changes.

        Call what is returned to end it; from then on it is not called any more.
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
        """Wait until no event is on its way to the app, or due to be delivered to it once more. Raises TimeoutError."""
        self.wait_for(lambda: self._courier.is_idle, timeout)
