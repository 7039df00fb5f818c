"""One Slack workspace with one installed app: people, channels, tokens, time, and the lock that guards them."""

import secrets
import string
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from bot.sandbox.clock import SandboxClock
from bot.sandbox.errors import NoSuchThing, Refusal
from bot.sandbox.records import (
    Channel,
    Json,
    Message,
    ResponseUrl,
    Trigger,
    UploadedFile,
    User,
    UserGroup,
    View,
)
from bot.sandbox.scopes import DEFAULT_BOT_SCOPES

# The characters of Slack's ids.
ALPHABET = string.ascii_uppercase + string.digits


def random_id(prefix: str, length: int = 10) -> str:
    """Returns an id in Slack's form, such as U03ABCDEF12."""
    return prefix + "0" + "".join(secrets.choice(ALPHABET) for _ in range(length - 1))


class Workspace:
    """All state of the sandbox. Every reader and writer holds `changed`, and every change notifies those who wait on
    it."""

    def __init__(
        self,
        clock: SandboxClock,
        *,
        changed: threading.Condition,
        bot_scopes: Iterable[str] | None,
        team_name: str,
        bot_name: str,
    ) -> None:
        self.clock = clock
        self.changed = changed
        self.team_id = random_id("T")
        self.team_name = team_name
        self.team_domain = "".join(c for c in team_name.lower() if c.isalnum() or c == "-") or "sandbox"
        self.app_id = random_id("A")
        self.app_name = bot_name
        self.bot_id = random_id("B")
        self.bot_token = f"xoxb-{secrets.randbelow(10**12):012d}-{secrets.token_hex(12)}"
        self.app_token = f"xapp-1-{self.app_id}-{secrets.randbelow(10**12):012d}-{secrets.token_hex(16)}"
        self.app_scopes = {"connections:write"}
        self.signing_secret = secrets.token_hex(16)
        self.verification_token = secrets.token_hex(12)
        self.client_id = f"{secrets.randbelow(10**12):012d}.{secrets.randbelow(10**12):012d}"
        self.client_secret = secrets.token_hex(16)
        self.install_codes: dict[str, str] = {}
        self.bot_scopes = set(DEFAULT_BOT_SCOPES if bot_scopes is None else bot_scopes)
        self.token_fault: str | None = None
        self.subscribed: set[str] | None = None
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.views: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.usergroups: dict[str, UserGroup] = {}
        self.files: dict[str, UploadedFile] = {}
        self.on_event: Callable[[Json], None] = lambda _event: None
        self._last_micros = 0
        self.bot_user = self.add_user(
            bot_name.lower(), real_name=bot_name, is_bot=True, app_id=self.app_id, bot_id=self.bot_id
        )
        self.slackbot = self.add_user("slackbot", real_name="Slackbot", user_id="USLACKBOT")

    # -- time ---------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Returns the sandbox's time, timezone-aware, in UTC."""
        return self.clock.now()

    def epoch(self) -> int:
        """Returns the sandbox's time in whole seconds since 1970."""
        return int(self.now().timestamp())

    def next_ts(self) -> str:
        """Returns a new ts for a message: the time with microseconds, or a little more, so that it is above every
        earlier ts."""
        with self.changed:
            micros = max(int(self.now().timestamp() * 1_000_000), self._last_micros + 1)
            self._last_micros = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    # -- change -------------------------------------------------------------------------------------------

    @contextmanager
    def change(self) -> Iterator[None]:
        """Holds the lock. At the end of the block, wakes everybody who waits for a change."""
        with self.changed:
            yield
            self.changed.notify_all()

    def emit(self, event: Json) -> None:
        """Sends `event` to the app (see `delivery`)."""
        self.on_event({"event_ts": self.next_ts(), **event})

    # -- people -------------------------------------------------------------------------------------------

    def add_user(self, name: str, *, user_id: str | None = None, **facts: object) -> User:
        """Creates a user. Raises TypeError for an unknown fact."""
        known: Mapping[str, object] = {
            "real_name": name.capitalize(),
            "email": None,
            "tz": "Europe/Berlin",
            **facts,
        }
        user = User(id=user_id or random_id("U"), name=name, **known)  # type: ignore[arg-type]  # facts are checked by User itself
        user.updated = self.epoch()
        with self.change():
            self.users[user.id] = user
        return user

    # -- channels -----------------------------------------------------------------------------------------

    def add_channel(self, name: str, *, kind: str = "public", creator: str | None = None) -> Channel:
        """Creates a channel without members. `kind` is public, private or im."""
        prefix = "D" if kind == "im" else "C"
        channel = Channel(
            id=random_id(prefix),
            name=name,
            kind=kind,
            created=self.epoch(),
            creator=creator or self.slackbot.id,
        )
        with self.change():
            self.channels[channel.id] = channel
        return channel

    def channel_named(self, name: str) -> Channel:
        """Returns the channel with that name or id. Raises NoSuchThing."""
        wanted = name.removeprefix("#")
        for channel in self.channels.values():
            if channel.id == wanted or (channel.kind != "im" and channel.name == wanted):
                return channel
        raise NoSuchThing(f"there is no channel {name}")

    def dm_with_bot(self, user: User) -> Channel:
        """Returns the direct conversation of `user` and the app. Creates it on first use."""
        return self.find_dm(user) or self._open_dm(user)

    def find_dm(self, user: User) -> Channel | None:
        """Returns the direct conversation of `user` and the app, or None."""
        for channel in self.channels.values():
            if channel.kind == "im" and user.id in channel.members:
                return channel
        return None

    def _open_dm(self, user: User) -> Channel:
        channel = self.add_channel(user.id, kind="im", creator=self.bot_user.id)
        channel.members = [user.id, self.bot_user.id]
        return channel

    def home_of(self, user_id: str | None) -> str:
        """Returns the id of the workspace that a person is a member of: this one, or another company's."""
        user = self.users.get(user_id or "")
        return (user.team_id if user else None) or self.team_id

    def is_shared(self, channel: Channel) -> bool:
        """True if people of another company are in `channel`."""
        return any(self.home_of(member) != self.team_id for member in channel.members)

    def bot_is_in(self, channel: Channel) -> bool:
        """True if the app's bot user is a member of `channel`."""
        return self.bot_user.id in channel.members

    def visible_channel(self, channel_id: str | None) -> Channel:
        """Returns the channel. Raises Refusal channel_not_found if there is none, or if the bot may not see it."""
        channel = self.channels.get(channel_id or "")
        if channel is None or (channel.kind != "public" and not self.bot_is_in(channel)):
            raise Refusal("channel_not_found")
        return channel

    def message_at(self, channel: Channel, ts: str, *, ephemeral_for: str | None = None) -> Message | None:
        """Returns the message with `ts`, or None. If `ephemeral_for` names a person, their ephemeral messages count
        too."""
        if ts in channel.by_ts:
            return channel.by_ts[ts]
        for message in channel.ephemerals:
            if message.ts == ts and message.ephemeral_to == ephemeral_for:
                return message
        return None

    def permalink(self, channel: Channel, message: Message) -> str:
        """Returns the address of a message."""
        path = f"archives/{channel.id}/p{message.ts.replace('.', '')}"
        if message.thread_ts and message.thread_ts != message.ts:
            path += f"?thread_ts={message.thread_ts}&cid={channel.id}"
        return f"https://{self.team_domain}.slack.com/{path}"

    # -- triggers and response URLs -----------------------------------------------------------------------

    def new_trigger(self, user: User) -> str:
        """Returns a trigger_id for `user`. It works once, within three seconds."""
        trigger_id = f"{secrets.randbelow(10**13):013d}.{secrets.randbelow(10**12):012d}.{secrets.token_hex(16)}"
        with self.changed:
            self.triggers[trigger_id] = Trigger(user=user.id, issued=self.now())
        return trigger_id

    def use_trigger(self, trigger_id: str | None) -> Trigger:
        """Uses up a trigger_id. Raises Refusal if it is unknown, used, or older than three seconds."""
        trigger = self.triggers.get(trigger_id or "")
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if self.now() - trigger.issued > timedelta(seconds=3):
            raise Refusal("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(
        self, channel: Channel, user: User, *, message: Message | None = None, thread_ts: str | None = None
    ) -> str:
        """Returns the key of a new response URL."""
        key = f"{self.team_id}/{secrets.randbelow(10**13):013d}/{secrets.token_urlsafe(18)}"
        with self.changed:
            self.response_urls[key] = ResponseUrl(
                channel=channel.id,
                user=user.id,
                issued=self.now(),
                message_ts=message.ts if message else None,
                thread_ts=message.thread_ts if message else thread_ts,
            )
        return key
