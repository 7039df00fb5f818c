"""How fast a request is answered: `/mql`, `/accept` and a click on Accept, by Baton and by two servers to compare with.

Three servers run side by side and are asked in turn, round by round: (bare) Bolt that only acknowledges, (limit) a
server that writes the same rows by hand-written SQL, (baton) Baton with everything it does. The leads that were flagged
in one round are closed before the next, as in a team that keeps up.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.sandbox import Sandbox
from bot.slack.views import card
from bot.slack.views.blocks import Block
from models.handoffs.queries import Queries
from models.storage.store import Store
from models.storage.tables import OPEN, Handoff, Outbox, table
from models.workspace.agreements import Agreements
from tests.bench import history, load, team
from tests.bench.bases import opened
from tests.bench.load import WrongAnswer
from tests.bench.payloads import Slack
from tests.bench.results import percentile, ratio
from tests.bench.run import Effort, Run
from tests.bench.servers import BARE, LIMIT, WEB, Server, running
from tests.bench.team import Team

SERVERS = {"bare": BARE, "limit": LIMIT, "baton": WEB}
# What an answer must contain. A click gets an empty answer: the database shows whether it had its effect.
WORDS = {
    "mql": {"bare": b"", "limit": b"Flagged as #", "baton": b"Flagged as #"},
    "accept": {"bare": b"", "limit": b"is yours", "baton": b"is yours"},
    "click": {"bare": b"", "limit": b"", "baton": b""},
}
PER_SECOND = 150
# In requests per second: for each second of saturation, so many requests are prepared.
FASTEST = 6000


@dataclass(frozen=True, kw_only=True)
class Measured:
    per_second: float
    seconds: list[float]


class Side:
    """A server, and the database behind it (the bare one has none)."""

    def __init__(self, name: str, port: int, store: Store | None, members: Team, slack: Slack) -> None:
        self.name = name
        self._port = port
        self._store = store
        self._team = members
        self._slack = slack

    def measure(self, request: str, effort: Effort) -> Measured:
        says = WORDS[request][self.name]
        requests = self._requests(request, int(FASTEST * effort.saturated_seconds))
        count, took = load.saturate(self._port, requests, says=says, seconds=effort.saturated_seconds)
        self._check(request, count)
        requests = self._requests(request, int(PER_SECOND * effort.steady_seconds))
        seconds = load.steady(self._port, requests, says=says, per_second=PER_SECOND)
        self._check(request, len(requests))
        return Measured(per_second=count / took, seconds=seconds)

    def _requests(self, request: str, count: int) -> list[bytes]:
        """Returns `count` requests, each of which has an effect."""
        if self._store is not None:
            self._close_what_is_open(self._store)
        if request == "mql":
            return [self._slack.mql() for _ in range(count)]
        say = self._slack.accept if request == "accept" else self._slack.click
        return [say(number, self._team.reps[number % len(self._team.reps)]) for number in self._offers(count)]

    def _offers(self, count: int) -> range:
        """Returns the numbers of `count` handoffs on offer. Handoff n is offered to the rep at place n in the team, in
        turn."""
        if self._store is None:
            return range(1, count + 1)
        with self._store.engine.connect() as connection:
            top = connection.scalar(sa.select(sa.func.max(table(Handoff).c.id))) or 0
        reps = len(self._team.reps)
        first = (top // reps + 1) * reps
        history.write(self._store, self._team, on_offer(first, count))
        return range(first, first + count)

    @staticmethod
    def _close_what_is_open(store: Store) -> None:
        with store.engine.begin() as connection:
            connection.execute(sa.update(table(Handoff)).where(sa.text(OPEN)).values(state="lost", owner=None))
            pending = sa.text("state = 'pending'")
            connection.execute(sa.update(table(Outbox)).where(pending).values(state="done"))

    def _check(self, request: str, count: int) -> None:
        """Raises WrongAnswer unless every request had its effect."""
        if self._store is None:
            return
        state = "offered" if request == "mql" else "accepted"
        handoffs = table(Handoff).c
        with self._store.engine.connect() as connection:
            found = connection.scalar(sa.select(sa.func.count(handoffs.id)).where(handoffs.state == state))
        if found != count:
            raise WrongAnswer(f"{count} times {request} at {self.name} made {found} handoffs {state}")


def on_offer(first: int, count: int) -> history.Stretch:
    now = datetime.now(UTC)
    return history.Stretch(
        first=first,
        count=count,
        begins=now - timedelta(hours=1),
        ends=now,
        states=history.OFFERED,
        nudges=now + timedelta(days=1),
    )


@contextmanager
def sides(run: Run, kind: str) -> Iterator[list[Side]]:
    """Yields the three servers, on databases of this kind. Raises WrongAnswer if an answer waited for Slack."""
    with ExitStack() as stack:
        slack = stack.enter_context(Sandbox())
        members = team.in_slack(slack)
        stores: dict[str, Store] = {}
        servers: dict[str, Server] = {}
        for name, command in SERVERS.items():
            url = run.bases.new(kind, name)
            stores[name] = stack.enter_context(opened(url))
            team.set_up(stores[name], members)
            servers[name] = stack.enter_context(running(command, run.folder, run.environment(slack, url)))
        requests = Slack(
            members, slack.signing_secret, card=_card(stores["baton"], members), app_id=slack.workspace.app_id
        )
        yield [
            Side(name, server.port, None if name == "bare" else stores[name], members, requests)
            for name, server in servers.items()
        ]
        # The notice with *Undo* after a click is still sent before the click is answered. No other call may be.
        if calls := {call.method for call in slack.log.calls()} - {"auth.test", "bots.info", "chat.postEphemeral"}:
            raise WrongAnswer(f"an answer must not wait for Slack, and Slack was asked for {calls}")


def _card(store: Store, members: Team) -> list[Block]:
    """Returns the blocks of a real card."""
    history.write(store, members, on_offer(1, 1))
    facts = Queries(store, Agreements(store)).handoff(1, by=members.caller(members.reps[0]))
    return card.card(facts, now=facts.handoff.flagged_at).blocks


def measure(run: Run, kind: str, requests: list[str]) -> None:
    """Measures these requests on databases of this kind."""
    with sides(run, kind) as servers:
        for request in requests:
            found: dict[str, list[Measured]] = {side.name: [] for side in servers}
            for side in servers:
                side.measure(request, run.effort.to_warm_up())
            for number in range(run.effort.rounds):
                for side in servers:
                    run.progress(f"{kind}: {request}, round {number + 1} of {run.effort.rounds}, {side.name}")
                    found[side.name].append(side.measure(request, run.effort))
            _record(run, f"{kind}.{request}", found)


def _record(run: Run, name: str, found: Mapping[str, Sequence[Measured]]) -> None:
    rates = {side: [one.per_second for one in measured] for side, measured in found.items()}
    p50 = {side: [percentile(one.seconds, 0.5) for one in measured] for side, measured in found.items()}
    p99 = {side: [percentile(one.seconds, 0.99) for one in measured] for side, measured in found.items()}
    run.results[f"{name}.of_limit"] = ratio(rates["baton"], rates["limit"])
    run.results[f"{name}.of_bare"] = ratio(rates["baton"], rates["bare"])
    run.results[f"{name}.p99_of_bare"] = ratio(p99["baton"], p99["bare"])
    for side in found:
        run.results[f"{name}.{side}_per_second"] = statistics.median(rates[side])
        run.results[f"{name}.{side}_p50_ms"] = statistics.median(p50[side]) * 1000
        run.results[f"{name}.{side}_p99_ms"] = statistics.median(p99[side]) * 1000
