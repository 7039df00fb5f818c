"""Whatever may arrive at the door: bodies that Slack would not send, and payloads that it did send, changed somewhere.

`python -m tests.faults.fuzz [BODIES] [SEED]` sends them to the real program on SQLite, over HTTP and over Socket Mode.
It prints the answers and how the program's memory grew.
"""

import copy
import hashlib
import hmac
import http.client
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from rich.console import Console
from rich.progress import track

from bot.sandbox import Message
from bot.slack.ids import Shortcut
from tests import databases
from tests.faults.houses import house, saved
from tests.faults.memory import resident
from tests.scenario.processes import Process
from tests.scenario.world import JANE, Team

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
CONNECTIONS = 4
# In bodies. After each batch of this size some are sent a second time. A second copy must change nothing.
AGAIN_EACH = 50
# In bodies. After these the program has loaded what it needs. From there on its memory is measured.
WARM_UP = 500
# Bytes by which it may grow from there, however many bodies come: caches fill, and the allocator keeps memory.
GROWTH = 25_000_000
# Bytes by which it may grow in the second half of a long run, when caches are full.
LATE_GROWTH = 8_000_000
ODD: Sequence[Any] = (
    *(None, True, False, 0, -1, 1.5, 10**400, "", " ", "\x00", "\ud83d", "é" * 300, "x" * 40_000, "<!channel>"),
    *([], {}, [[]], [None], {"": None}, {"id": None}, {"id": []}, [{"id": 1}], "1", "-1", "99999999999999999999"),
    *("baton:accept", "baton:form:flag", "our payload", "2026-02-30", "NaN", float("nan"), float("inf"), "1e999", "٣"),
)
# The tables that record what people did.
EFFECTS = ("handoff", "ledger", "ledger_text", "feedback", "comment", "agreement_version")
# Types of events that may be about a message of Baton that is not recorded yet.
ASKED_FOR_AGAIN = ("reaction_added", "reaction_removed", "message")
# Kinds of payload, beside commands, to which Baton listens.
HEARD = frozenset(
    {"url_verification", "event_callback", "block_actions", "view_submission", "view_closed"}
    | {"shortcut", "message_action"}
)


class Wrong(Exception):  # noqa: N818 - what the fuzz was looking for
    """An answer that nobody should get."""


@dataclass(frozen=True, kw_only=True)
class Body:
    """A body to send, and its content type."""

    content: bytes
    content_type: str
    signed: bool = True

    @property
    def payload(self) -> dict[str, Any]:
        """The payload in it. Empty if it is no JSON object."""
        try:
            form = dict(parse_qsl(self.content.decode())) if self.content_type == FORM else {"payload": self.content}
            payload = json.loads(form["payload"]) if "payload" in form else form
        except ValueError:
            return {}
        return payload if isinstance(payload, dict) else {}

    def may_be_answered(self, status: int) -> bool:
        """True if Baton may answer with this status. 404 is for kinds to which nobody listens, 503 for events that
        Slack must deliver again."""
        if not self.signed:
            return status == 401
        payload = self.payload
        event = payload.get("event")
        match status:
            case 200 | 400 | 413:
                return True
            case 404:
                return "command" not in payload and payload.get("type") not in HEARD
            case 503:
                return isinstance(event, dict) and event.get("type") in ASKED_FOR_AGAIN
            case _:
                return False


@dataclass(frozen=True, kw_only=True)
class Found:
    """How often each status was answered, and by how many bytes the process grew after the warm-up and in the second
    half."""

    statuses: Counter[int]
    grown: int
    grown_late: int


def real_payloads(team: Team) -> list[tuple[str, dict[str, Any]]]:
    """Returns the payloads that Slack sends when a team works, as (kind, payload): at least one for each way to use
    Baton."""

    def card() -> Message:
        bot = team.slack.bot_user_id
        return next(one for one in team.slack.messages(team.leads) if one.user == bot and not one.is_reply)

    team.mia.command("/mql", JANE, channel=team.leads)
    team.slack.wait_for(lambda: any(one.user == team.slack.bot_user_id for one in team.slack.messages(team.leads)))
    team.mia.command("/mql", "", channel=team.leads)
    team.mia.submit(name="Bob Ray", company="Globex", email="bob@globex.com", why_now="called", rep=team.dana.id)
    team.mia.close(all_of_them=True)
    team.olga.command("/baton", "setup", channel=team.leads)
    team.olga.submit()
    team.olga.close(all_of_them=True)
    team.raj.click(card(), "Details")
    team.raj.click(card(), "Reject…")
    team.raj.submit(reason="bad_data", note="no such number")
    team.dana.react(card(), "star")
    team.dana.unreact(card(), "star")
    reply = team.dana.say(team.leads, "I know her", thread=card())
    team.dana.edit(reply, "I know her well")
    team.dana.delete(reply)
    team.mia.message_shortcut(Shortcut.FLAG_FROM_MESSAGE, team.raj.say(team.leads, "Eve Fox, eve@hooli.com"))
    team.mia.shortcut(Shortcut.FLAG)
    team.mia.open_home()
    team.raj.change(tz="Europe/Paris")
    team.raj.command("/accept", "1", channel=team.leads)
    team.raj.command("/reject", "2 bad_data no such number", channel=team.leads)
    team.slack.settle()
    return [(one.kind, copy.deepcopy(one.payload)) for one in team.slack.log.deliveries()]


def mutated(chance: random.Random, payload: dict[str, Any]) -> dict[str, Any]:
    """Returns the payload with one to three parts removed, doubled, renamed, or replaced by something odd."""
    changed = copy.deepcopy(payload)
    for _ in range(chance.randint(1, 3)):
        parts = list(_containers(changed))
        within: Any = chance.choice(parts)
        if not within:
            continue
        at = chance.choice(list(within) if isinstance(within, dict) else range(len(within)))
        match chance.randrange(5):
            case 0:
                del within[at]
            case 1:
                within[at] = copy.deepcopy(chance.choice(parts))
            case 2 if isinstance(within, dict):
                within[str(at) + "x"] = within.pop(at)
            case 3:
                within[at] = [within[at]]
            case _:
                within[at] = copy.deepcopy(chance.choice(ODD))
    return changed


def _containers(part: Any) -> Iterator[Any]:
    if isinstance(part, dict | list):
        yield part
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _containers(inner)


def encoded(kind: str, payload: dict[str, Any]) -> Body:
    """Returns the payload as Slack sends it over HTTP."""
    if kind == "events_api":
        return Body(content=json.dumps(payload).encode(), content_type=JSON)
    if kind == "interactive":
        return Body(content=urlencode({"payload": json.dumps(payload)}).encode(), content_type=FORM)
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in payload.items()}
    return Body(content=urlencode(texts, errors="surrogatepass").encode(), content_type=FORM)


def bodies(chance: random.Random, payloads: Sequence[tuple[str, dict[str, Any]]], count: int) -> Iterator[Body]:
    """Yields bodies. More than half are changed payloads. The others have changed bytes, a field too many or a wrong
    signature, or are noise."""
    for _ in range(count):
        kind, payload = chance.choice(payloads)
        body = encoded(kind, mutated(chance, payload))
        match chance.randrange(10):
            case 0:
                yield Body(content=body.content, content_type=body.content_type, signed=False)
            case 1:
                yield Body(content=chance.randbytes(chance.randrange(400)), content_type=chance.choice((FORM, JSON)))
            case 2 if body.content_type == FORM:
                before = chance.choice((b"{=1", b"payload=[]", b"payload=5", b"payload=%7B%7D", b"command=x"))
                yield Body(content=before + b"&" + body.content, content_type=FORM)
            case 2 | 3:
                content = bytearray(body.content)
                for _ in range(chance.randint(1, 8)):
                    content[chance.randrange(len(content))] = chance.randrange(256)
                yield Body(content=bytes(content), content_type=body.content_type)
            case _:
                yield body


class Door:
    """One connection to the bot's HTTP server."""

    def __init__(self, server: Process, secret: str) -> None:
        address = urlsplit(server.url)
        self._connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
        self._secret = secret.encode()
        self._server = server

    def close(self) -> None:
        self._connection.close()

    def send(self, body: Body) -> int:
        """Returns the status of the answer. Raises Wrong if nobody should get it."""
        now = str(int(time.time()))
        digest = hmac.new(self._secret, f"v0:{now}:".encode() + body.content, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": body.content_type,
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": f"v0={digest if body.signed else '0' * 64}",
        }
        answer = self._answer(body.content, headers)
        if not body.may_be_answered(answer.status):
            raise Wrong(f"{answer.status} for {body.content_type}: {body.content!r}; {self._server.log[-3000:]}")
        return answer.status

    def _answer(self, content: bytes, headers: dict[str, str]) -> http.client.HTTPResponse:
        """Sends a request. If the server has closed the idle connection, it sends the request once more, on a new
        one."""
        try:
            self._connection.request("POST", "/slack/events", content, headers)
            answer = self._connection.getresponse()
        except ConnectionError:
            self._connection.close()
            self._connection.request("POST", "/slack/events", content, headers)
            answer = self._connection.getresponse()
        answer.read()
        return answer


def require_nothing_unforeseen(server: Process) -> None:
    """Raises Wrong if the bot logged an error that it did not foresee, whatever it answered."""
    for line in server.log.splitlines():
        if "unforeseen" in line or "Traceback" in line:
            raise Wrong(line)


def over_http(server: Process, team: Team, url: str, sent: Iterator[Body], count: int) -> Found:
    """Sends all bodies. Raises Wrong if an answer is wrong, or if a second copy of a body changes something."""
    statuses: Counter[int] = Counter()
    before = halfway = number = 0
    with ThreadPoolExecutor(CONNECTIONS) as pool, ExitStack() as stack:
        doors = [stack.enter_context(closing(Door(server, team.slack.signing_secret))) for _ in range(CONNECTIONS)]
        while batch := [body for _, body in zip(range(CONNECTIONS), sent, strict=False)]:
            statuses.update(pool.map(lambda door, body: door.send(body), doors, batch))
            number += len(batch)
            if number % AGAIN_EACH < CONNECTIONS:
                _changes_nothing_again(doors[0], url, batch)
            if number >= WARM_UP and not before:
                before = resident(server.pid)
            if number >= count / 2 and not halfway:
                halfway = resident(server.pid)
    after = resident(server.pid)
    return Found(statuses=statuses, grown=after - before, grown_late=after - halfway)


def _changes_nothing_again(door: Door, url: str, batch: Sequence[Body]) -> None:
    done = saved(url, EFFECTS)
    for body in batch:
        door.send(body)
        if saved(url, EFFECTS) != done:
            raise Wrong(f"a second copy had an effect: {body.content!r}")


def over_socket(team: Team, payloads: Sequence[tuple[str, dict[str, Any]]], chance: random.Random, count: int) -> int:
    """Slack delivers changed payloads over its socket. Returns how many were acknowledged. Raises Wrong if one is not,
    unless it is a reaction or a reply: if its message is not known yet, Slack must deliver it again."""
    taken = 0
    for _ in range(count):
        kind, payload = chance.choice(payloads)
        delivery = team.slack.deliver(kind, mutated(chance, payload))
        if delivery.failure is not None and delivery.event_type not in ASKED_FOR_AGAIN:
            raise Wrong(f"{delivery.failure} for {kind}: {json.dumps(delivery.payload)}")
        taken += delivery.failure is None
    return taken


def main() -> None:
    """Runs long, and prints the seed that repeats the run."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    out = Console()
    out.print(f"fuzz: {count:,} bodies, seed {seed}")
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, house("sqlite", Path(folder)) as (team, installation):
        url = installation.environment["DATABASE_URL"]
        with installation.serving() as server:
            payloads = real_payloads(team)
            sent = track(bodies(chance, payloads, count), "over HTTP", count, console=out)
            found = over_http(server, team, url, iter(sent), count)
            require_nothing_unforeseen(server)
        with installation.serving(SLACK_APP_TOKEN=team.slack.app_token) as server:
            team.slack.wait_for(lambda: team.slack.sockets, timeout=30)
            over_socket(team, payloads, chance, count // 20)
            require_nothing_unforeseen(server)
    databases.stop()
    out.print(
        f"answered {dict(found.statuses)}, grown by {found.grown / 1e6:.1f} MB, "
        f"{found.grown_late / 1e6:.1f} MB of it with the second half"
    )
    if found.grown > GROWTH or found.grown_late > LATE_GROWTH:
        raise Wrong(f"it may grow by {GROWTH / 1e6:.0f} MB, and late by {LATE_GROWTH / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
