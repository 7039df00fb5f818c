"""The only door to Slack's Web API. A call returns a result, or raises one of three errors that say what to do next."""

import http.client
import re
import socket
import urllib.error
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack.connections import Connections, KeptClient, KeptWebhook
from bot.slack.metadata import Shows, cards, metadata, token_in
from bot.slack.text import clean
from models.clock import SteadyClock
from models.outbox.queue import LONGEST_PAUSE
from models.rules.callers import PersonKind
from models.rules.facts import PersonFacts
from models.rules.unknown_leads import SeenCard

Block = dict[str, Any]
Result = TypeVar("Result")
# Seconds that a call may take.
TIMEOUT_SECONDS = 8
# Seconds for a call on which a person waits, because Slack allows three for an answer. Also for a call that only
# refines.
PROMPT_TIMEOUT_SECONDS = 2
# The most people in one question about when they do not want to be disturbed.
DISTURBED_AT_ONCE = 50
# How many pages of 200 messages Baton searches for a message after a crash.
HISTORY_PAGES = 10
# How many of a channel's newest messages are searched for cards: one page, since Slack may allow no more in a minute.
CARDS_READ = 200

# Slack's error codes that mean: later. Nobody knows if the call had its effect.
TRANSIENT = frozenset(
    {
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
        "accesslimited",
    }
)
# Slack's error codes for a token that can't be used until the app is installed again.
TOKEN_GONE = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
# Slack's error codes that are about the app or the workspace, not the message. Time or an admin mends them, so Baton
# tries the message again.
WORKSPACE_WIDE = frozenset(
    {
        *TOKEN_GONE,
        *("missing_scope", "ekm_access_denied", "enterprise_is_restricted", "message_limit_exceeded"),
        *("org_login_required", "team_access_not_granted", "two_factor_setup_required"),
    }
)


# Seconds for an answer after a form that could not be opened. Both together stay within the three seconds.
ANSWER_TIMEOUT_SECONDS = 1
# In characters. Slack allows no longer name.
LONGEST_NAME = 80
# In seconds since 1970: the first of the year 10000. All dates are before it.
LATEST_MOMENT = 253_402_300_800
# Where Slack's response_urls lead. Baton must not call another host because a payload names it.
ANSWERED_AT = frozenset({("https", "hooks.slack.com", 443), ("https", "hooks.slack-gov.com", 443)})
# The beginning of the id of a message's first block. The outbox row's token follows.
MARK = "baton-"
# Statuses that say that somebody is not at work.
AWAY = frozenset({":palm_tree:", ":face_with_thermometer:", ":no_entry:", ":airplane:"})
_CODE = re.compile(r"[a-z][a-z0-9_]*")


class SlackError(Exception):
    """A call to Slack did not succeed."""


class RateLimited(SlackError):  # noqa: N818 - the name says what happened
    """Slack asks for a pause of `retry_after` seconds. The call had no effect."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"ratelimited, again in {retry_after:g} s")
        self.retry_after = retry_after


class SlackRefused(SlackError):  # noqa: N818 - as above
    """Slack refuses, and would refuse again. `code` says why. The call had no effect."""

    def __init__(self, code: str, details: Sequence[str] = (), needed: str = "") -> None:
        super().__init__(" ".join([code, *details[:5], *([f"(needs {needed})"] if needed else [])]))
        self.code = code

    @property
    def passes(self) -> bool:
        """True if the code says nothing about the question: with another token, or later, Slack may answer it."""
        return self.code in WORKSPACE_WIDE - {"missing_scope"}


class ForeignAddress(SlackError):  # noqa: N818 - as above
    """The address for an answer is not Slack's. It was not called."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is not Slack's")
        self.host = host


class SlackUnavailable(SlackError):  # noqa: N818 - as above
    """Slack gave no definite answer. `maybe_done`: the call may have had its effect."""

    def __init__(self, why: str, *, maybe_done: bool) -> None:
        super().__init__(why)
        self.maybe_done = maybe_done


@dataclass(frozen=True, kw_only=True)
class Identity:
    """To whom the bot's token belongs."""

    team_id: str
    team: str
    user_id: str
    # The workspace's address, such as https://acme.slack.com/. Empty if Slack does not say.
    url: str
    bot_id: str | None
    enterprise_id: str | None
    # Empty if Slack does not say.
    scopes: frozenset[str]
    # The time by Slack's clock, to the second. None if Slack does not say.
    slack_time: datetime | None


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What Slack says of a person. A mention of them shows `name`. `real_name` and `handle` are their other names."""

    timezone: str | None
    is_bot: bool
    deactivated: bool
    name: str = ""
    real_name: str = ""
    handle: str = ""
    # A value of PersonKind, or None if that can't be told yet.
    kind: str | None = None
    # Admin or owner of the workspace.
    is_admin: bool = False
    away: bool = False
    # When the status that says "away" ends, or None if it does not say.
    away_until: datetime | None = None
    # When it last changed, in whole seconds since 1970, or None if Slack does not say.
    updated: int | None = None


@dataclass(frozen=True, kw_only=True)
class Home:
    """The workspace to which the bot's token belongs, and its enterprise, if it is part of one."""

    team_id: str
    enterprise_id: str | None


class Gateway:
    """Calls to one workspace. It repeats no call: only the code that makes the call knows if it may be repeated."""

    def __init__(self, token: str, api_url: str, *, steady: SteadyClock) -> None:
        self._steady = steady
        self.api_url = api_url.rstrip("/") + "/"
        # None until Slack has said who we are.
        self.home: Home | None = None
        self._connections = Connections(steady=steady)
        self._client = KeptClient(self._connections, token, self.api_url, timeout=TIMEOUT_SECONDS)
        self._prompt = KeptClient(self._connections, token, self.api_url, timeout=PROMPT_TIMEOUT_SECONDS)
        # The time by Slack's clock in its last answer, and the seconds of the steady clock at that moment.
        self._heard: tuple[datetime, float] | None = None

    def close(self) -> None:
        """Closes the connections that are kept. A later call opens a new one."""
        self._connections.close()

    def slack_now(self) -> datetime | None:
        """Returns the time by Slack's clock, whatever this machine's clock says. It is never ahead of Slack's clock.
        None until Slack has told it."""
        if self._heard is None:
            return None
        told, then = self._heard
        return told + timedelta(seconds=self._steady() - then)

    def who_am_i(self) -> Identity:
        """Returns to whom the token belongs. Raises SlackError."""
        response = self._call("auth.test")
        headers = {str(name).lower(): str(value) for name, value in response["headers"].items()}
        scopes = headers.get("x-oauth-scopes", "")
        self.home = Home(team_id=_told(response, "team_id"), enterprise_id=response.get("enterprise_id"))
        return Identity(
            team_id=self.home.team_id,
            enterprise_id=self.home.enterprise_id,
            bot_id=response.get("bot_id"),
            team=response.get("team", ""),
            user_id=_told(response, "user_id"),
            url=response.get("url", ""),
            scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
            slack_time=_time_told(response["headers"]),
        )

    def app_id(self, bot_id: str) -> str:
        """Returns the id of the app to which this bot belongs."""
        return _told(self._call("bots.info", bot=bot_id).get("bot") or {}, "app_id")

    def open_socket(self, app_token: str) -> None:
        """Asks for a Socket Mode address, to see if this app-level token works. Raises SlackError."""
        self._call("apps.connections.open", app_token=app_token)

    # Messages.

    def post(
        self,
        channel: str,
        text: str,
        blocks: Sequence[Block],
        *,
        token: str,
        shows: Shows | None = None,
        thread_ts: str | None = None,
    ) -> tuple[str, str]:
        """Posts a message that carries this token and, if it is a card, names the handoff that it `shows`. Returns its
        channel and its timestamp."""
        arguments: dict[str, Any] = {
            "channel": channel,
            "text": text,
            "blocks": _marked(blocks, token),
            "metadata": metadata(token, shows),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if thread_ts:
            arguments["thread_ts"] = thread_ts
        response = self._call("chat.postMessage", **arguments)
        return response.get("channel", channel), _told(response, "ts")

    def update(
        self, channel: str, ts: str, text: str, blocks: Sequence[Block], *, token: str, shows: Shows | None = None
    ) -> None:
        self._call(
            "chat.update",
            channel=channel,
            ts=ts,
            text=text,
            blocks=_marked(blocks, token),
            metadata=metadata(token, shows),
        )

    def cards(self, channel: str, *, by: str) -> list[SeenCard]:
        """Returns the cards that the bot with this user id posted, among the newest CARDS_READ messages of a channel.
        Raises SlackError."""
        page = self._call("conversations.history", channel=channel, include_all_metadata=True, limit=CARDS_READ)
        return list(cards(page.get("messages") or [], by=by))

    def find(self, channel: str, token: str, *, since: datetime, thread_ts: str | None = None) -> str | None:
        """Returns the timestamp of the message that carries this token and was posted since then, or None. Raises
        SlackError, also if there is more history since then than Baton searches."""
        method = "conversations.replies" if thread_ts else "conversations.history"
        arguments: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{since.timestamp():.6f}",
            "include_all_metadata": True,
            "limit": 200,
        }
        if thread_ts:
            arguments["ts"] = thread_ts
        for _ in range(HISTORY_PAGES):
            response = self._call(method, **arguments)
            for message in response.get("messages", []):
                if _carries(message, token):
                    return str(message["ts"])
            cursor = (response.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
            arguments["cursor"] = cursor
        raise SlackRefused("history_too_long")

    def whisper(self, channel: str, person: str, text: str, blocks: Sequence[Block]) -> None:
        """Posts a message in a channel that only one person sees."""
        self._call("chat.postEphemeral", prompt=True, channel=channel, user=person, text=text, blocks=blocks)

    def respond(self, response_url: str, text: str, blocks: Sequence[Block]) -> None:
        """Answers the person who clicked or typed something, at the address in the payload. Raises ForeignAddress if
        the address is neither Slack's nor on the host of SLACK_API_URL."""
        origin = _origin(response_url)
        if origin is None or origin not in {_origin(self.api_url), *ANSWERED_AT}:
            raise ForeignAddress(origin[1] if origin else "what is no address")
        webhook = KeptWebhook(self._connections, response_url, timeout=ANSWER_TIMEOUT_SECONDS)
        response = _translated(
            lambda: webhook.send(text=text, blocks=list(blocks), response_type="ephemeral", replace_original=False)
        )
        if response.status_code != 200:
            raise SlackRefused(f"response_url answered {response.status_code}")

    def write_to(self, person: str, text: str, blocks: Sequence[Block]) -> None:
        """Posts a message in a person's direct messages."""
        self._call("chat.postMessage", prompt=True, channel=person, text=text, blocks=blocks)

    # Views.

    def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        self._call("views.open", prompt=True, trigger_id=trigger_id, view=view)

    def update_view(self, view_id: str, view: Mapping[str, Any]) -> None:
        """Shows another view in a window that is open."""
        self._call("views.update", prompt=True, view_id=view_id, view=view)

    def publish_home(self, person: str, view: Mapping[str, Any]) -> None:
        self._call("views.publish", prompt=True, user_id=person, view=view)

    # Channels and people.

    def open_dm(self, person: str) -> str:
        return _told(self._call("conversations.open", users=person).get("channel") or {}, "id")

    def join(self, channel: str) -> None:
        self._call("conversations.join", prompt=True, channel=channel)

    def channel(self, channel: str) -> Mapping[str, Any]:
        """Returns what Slack says of a channel: name, is_member, is_archived, is_private."""
        found: Mapping[str, Any] = self._call("conversations.info", channel=channel).get("channel") or {}
        return found

    def channel_name(self, channel: str) -> str | None:
        found = self._call("conversations.info", prompt=True, channel=channel).get("channel") or {}
        return _first(found.get("name")) or None

    def members(self, channel: str) -> list[str]:
        members: list[str] = []
        cursor = ""
        while True:
            response = self._call(
                "conversations.members", prompt=True, channel=channel, limit=200, cursor=cursor or None
            )
            members += response.get("members", [])
            cursor = (response.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return members

    def profile(self, person: str) -> Profile:
        return profile_of(self._call("users.info", prompt=True, user=person).get("user") or {}, self.home)

    def group_members(self, group: str) -> list[str]:
        return list(self._call("usergroups.users.list", prompt=True, usergroup=group).get("users", []))

    def do_not_disturb(self, people: Sequence[str]) -> dict[str, tuple[datetime, datetime]]:
        """Returns, for each person, from when until when they next want no messages, in UTC. A person who never does is
        left out. Takes at most DISTURBED_AT_ONCE people."""
        if len(people) == 1:  # dnd.teamInfo wants more than one
            told = {people[0]: self._call("dnd.info", prompt=True, user=people[0])}
        else:
            told = self._call("dnd.teamInfo", prompt=True, users=",".join(people))["users"]
        return {
            person: (
                datetime.fromtimestamp(said["next_dnd_start_ts"], UTC),
                datetime.fromtimestamp(said["next_dnd_end_ts"], UTC),
            )
            for person, said in told.items()
            if said.get("dnd_enabled")
        }

    def _call(self, method: str, *, prompt: bool = False, **arguments: object) -> dict[str, Any]:
        client = self._prompt if prompt else self._client
        call = getattr(client, method.replace(".", "_"))  # the SDK knows which methods take JSON and which a form
        given = {name: value for name, value in arguments.items() if value is not None}
        response = _translated(lambda: call(**given))
        if (told := _time_told(response.headers)) is not None:
            self._heard = told, self._steady()
        return {**response.data, "headers": response.headers}


def _origin(address: str) -> tuple[str, str, int | None] | None:
    """Returns scheme, host and port of an address. None if it is no address, or names a user."""
    try:
        parts = urlsplit(address)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    return None if "@" in parts.netloc else (parts.scheme, parts.hostname or "", port)


def profile_of(user: Mapping[str, Any], home: Home | None) -> Profile:
    """Returns what matters of a user object, from users.info or a user_change event, to the workspace that is
    `home`."""
    status = user.get("profile") or {}
    away = status.get("status_emoji") in AWAY
    ends = status.get("status_expiration") or 0
    return Profile(
        timezone=user.get("tz"),
        is_bot=bool(user.get("is_bot")) or user.get("id") == "USLACKBOT",
        deactivated=bool(user.get("deleted")),
        name=_first(status.get("display_name"), user.get("real_name"), status.get("real_name"), user.get("name")),
        real_name=_first(user.get("real_name"), status.get("real_name")),
        handle=_first(user.get("name")),
        kind=_kind(user, home),
        is_admin=any(user.get(flag) is True for flag in ("is_admin", "is_owner", "is_primary_owner")),
        away=away,
        away_until=datetime.fromtimestamp(ends, UTC) if away and ends else None,
        updated=_moment(user.get("updated")),
    )


def _kind(user: Mapping[str, Any], home: Home | None) -> str | None:
    """Returns what a person is to the workspace, by Slack's own flags, or None if that can't be told. A person of the
    same enterprise is no stranger."""
    team = user.get("team_id")
    enterprise = (user.get("enterprise_user") or {}).get("enterprise_id")
    if user.get("is_stranger"):
        return PersonKind.STRANGER.value
    if not team or home is None:
        return None
    if team != home.team_id and (enterprise is None or enterprise != home.enterprise_id):
        return PersonKind.STRANGER.value
    if user.get("is_ultra_restricted"):
        return PersonKind.CHANNEL_GUEST.value
    return (PersonKind.GUEST if user.get("is_restricted") else PersonKind.MEMBER).value


def _moment(seconds: object) -> int | None:
    """Returns a whole number of seconds since 1970, or None if this is none."""
    return seconds if type(seconds) is int and 0 < seconds < LATEST_MOMENT else None


def _first(*names: object) -> str:
    """Returns the first name that is not empty, without what no database holds."""
    return next((clean(name) for name in names if isinstance(name, str) and name.strip()), "")[:LONGEST_NAME]


def person_facts(profile: Profile, *, at: datetime) -> PersonFacts:
    """Returns a profile as facts about a person. A status without an end counts for a day from `at`."""
    facts: PersonFacts = {
        "timezone": profile.timezone,
        "name": profile.name,
        "real_name": profile.real_name,
        "handle": profile.handle,
        "is_bot": profile.is_bot,
        "deactivated": profile.deactivated,
        "is_admin": profile.is_admin,
        "away_until": (profile.away_until or at + timedelta(days=1)) if profile.away else None,
        "profile_updated": profile.updated,
        "synced_at": at,
    }
    if profile.kind:
        facts["kind"] = profile.kind
    return facts


def _marked(blocks: Sequence[Block], token: str) -> list[Block]:
    """Returns the blocks with the token in the id of the first one. This mark stays even if the metadata gets lost."""
    return [{**block, "block_id": f"{MARK}{token}"} if at == 0 else block for at, block in enumerate(blocks)]


def _carries(message: Mapping[str, Any], token: str) -> bool:
    """True if a message carries this token, in its metadata or on its first block."""
    marks = [block.get("block_id") for block in message.get("blocks") or []]
    return token_in(message) == token or f"{MARK}{token}" in marks


def _told(answer: Mapping[str, Any], name: str) -> str:
    """Returns a part without which an answer is of no use. Raises SlackRefused if it is missing."""
    value = answer.get(name)
    if not isinstance(value, str):
        raise SlackRefused("unexpected_answer", [f"no {name} in it"])
    return value


def _time_told(headers: Mapping[str, str]) -> datetime | None:
    """Returns the time that an answer tells, or None."""
    date = next((str(value) for name, value in headers.items() if str(name).lower() == "date"), "")
    try:
        told = parsedate_to_datetime(date)
    except ValueError:
        return None
    return told if told.tzinfo is not None else None


def _translated(call: Callable[[], Result]) -> Result:
    """Makes the call. What the SDK and the sockets raise becomes one of our three errors."""
    try:
        return call()
    except SlackApiError as error:
        raise _translation(error) from error
    except (ConnectionRefusedError, socket.gaierror) as error:
        raise SlackUnavailable(f"no connection: {error}", maybe_done=False) from error
    except urllib.error.URLError as error:
        refused = isinstance(error.reason, ConnectionRefusedError | socket.gaierror)
        raise SlackUnavailable(f"no connection: {error.reason}", maybe_done=not refused) from error
    except (OSError, OverflowError, http.client.HTTPException, SlackClientError) as error:  # a port may be too large
        raise SlackUnavailable(f"{type(error).__name__}: {error}", maybe_done=True) from error


def _translation(error: SlackApiError) -> SlackError:
    """Returns our error for an error of the SDK."""
    response = error.response
    status = getattr(response, "status_code", None) or (response.get("status") if isinstance(response, dict) else None)
    headers = (
        getattr(response, "headers", None) or (response.get("headers") if isinstance(response, dict) else {}) or {}
    )
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if not _CODE.fullmatch(code):  # not Slack's answer but, for example, a proxy's page
        if status in (404, 405, 501):
            return SlackRefused("unknown_method")
        code = ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        found = next((value for name, value in headers.items() if str(name).lower() == "retry-after"), "1")
        found = found[0] if isinstance(found, list) else found
        asked = float(found) if re.fullmatch(r"\d+(\.\d+)?", str(found)) else 1.0
        return RateLimited(min(asked, LONGEST_PAUSE.total_seconds()))
    if code and code not in TRANSIENT and (status is None or int(status) < 500):
        metadata = data.get("response_metadata") if isinstance(data, dict) else None
        details = [str(message) for message in (metadata or {}).get("messages", [])]
        needed = str(data.get("needed", "")) if isinstance(data, dict) else ""
        return SlackRefused(code, details, needed)
    return SlackUnavailable(code or f"HTTP {status}", maybe_done=True)
