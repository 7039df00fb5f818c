"""How fast a request is answered: `/mql`, `/accept` and a click on Accept, by Baton and by two servers to compare with.

Three servers run side by side and are asked in turn, round by round: (bare) Bolt that only acknowledges, (limit) a
server that writes the same rows by hand-written SQL, (baton) Baton with everything it does. The leads that were flagged
in one round are closed before the next, as in a team that keeps up.

A round has two halves. First every server gets as many requests as it takes. Then the limit and Baton get requests at
a steady pace, which shows how long an answer takes and how much of the processor it costs.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.sandbox import Sandbox
from bot.slack.ids import member_kind
from bot.slack.views import card
from bot.slack.views.blocks import Block
from models.handoffs.queries import Queries
from models.storage.store import Store
from models.storage.tables import LIVE, OPEN, Handoff, Outbox, Promise, RepLoad, table
from models.workspace.agreements import Agreements
from tests.bench import history, load, team
from tests.bench.bases import opened
from tests.bench.load import Steady, WrongAnswer
from tests.bench.payloads import Slack
from tests.bench.results import percentile, ratio
from tests.bench.run import Effort, Run
from tests.bench.servers import BARE, LIMIT, WEB, Server, running
from tests.bench.team import Team

SERVERS = {"bare": BARE, "limit": LIMIT, "baton": WEB}
AT_STEADY_PACE = ("limit", "baton")
# What an answer must contain. A click gets an empty answer: the database shows whether it had its effect.
WORDS = {
    "mql": {"bare": b"", "limit": b"Flagged as #", "baton": b"Flagged as #"},
    "accept": {"bare": b"", "limit": b"is yours", "baton": b"is yours"},
    "click": {"bare": b"", "limit": b"", "baton": b""},
}
PER_SECOND = 150
# In requests per second. This many are prepared for each second of saturation.
FASTEST = 6000


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What one request cost, over all rounds: `waits` of each, in seconds; `processor_seconds` on average."""

    waits: list[float]
    processor_seconds: float


class Side:
    """A server, and the database behind it (the bare one has none)."""

    def __init__(self, name: str, server: Server, store: Store | None, members: Team, slack: Slack) -> None:
        self.name = name
        self._server = server
        self._store = store
        self._team = members
        self._slack = slack

    def saturated(self, request: str, seconds: float) -> float:
        """Returns how many requests a second it answers."""
        requests = self._requests(request, int(FASTEST * seconds))
        count, took = load.saturate(self._server.port, requests, says=WORDS[request][self.name], seconds=seconds)
        self._check(request, count)
        return count / took

    def steady(self, request: str, seconds: float) -> Steady:
        """Returns what requests cost at the steady pace."""
        requests = self._requests(request, int(PER_SECOND * seconds))
        found = load.steady(
            self._server.port,
            requests,
            says=WORDS[request][self.name],
            per_second=PER_SECOND,
            processor=self._server.processor_seconds,
        )
        self._check(request, len(requests))
        return found

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
            top = connection.scalar(sa.select(sa.func.max(table(Handoff).c.number))) or 0
        reps = len(self._team.reps)
        first = (top // reps + 1) * reps
        history.write(self._store, self._team, on_offer(first, count))
        return range(first, first + count)

    @staticmethod
    def _close_what_is_open(store: Store) -> None:
        with store.engine.begin() as connection:
            connection.execute(sa.update(table(Handoff)).where(sa.text(OPEN)).values(state="lost", owner=None))
            connection.execute(sa.update(table(RepLoad)).values(open_handoffs=0))
            kept = {"state": "kept", "next_step_at": None}
            connection.execute(sa.update(table(Promise)).where(sa.text(LIVE)).values(**kept))
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
        leads = slack.workspace.channels[members.leads]

        def respond_at(person: str) -> str:
            key = slack.workspace.new_response_url(leads, slack.workspace.users[person])
            return f"{slack.url}/actions/{key}"

        requests = Slack(
            members,
            slack.signing_secret,
            card=_card(stores["baton"], members),
            app_id=slack.workspace.app_id,
            respond_at=respond_at,
        )
        yield [
            Side(name, server, None if name == "bare" else stores[name], members, requests)
            for name, server in servers.items()
        ]
        # The notice with *Undo* after a click is sent beside its answer. No other call may be.
        if calls := {call.method for call in slack.log.calls()} - {"auth.test", "bots.info", "response_url"}:
            raise WrongAnswer(f"an answer must not wait for Slack, and Slack was asked for {calls}")


def _card(store: Store, members: Team) -> list[Block]:
    """Returns the blocks of a real card."""
    history.write(store, members, on_offer(1, 1))
    facts = Queries(store, Agreements(store, kind_of=member_kind)).handoff(1, by=members.caller(members.reps[0]))
    return card.card(facts, now=facts.handoff.flagged_at).blocks


def measure(run: Run, kind: str, requests: list[str]) -> None:
    """Measures these requests on databases of this kind."""
    with sides(run, kind) as servers:
        for request in requests:
            run.progress(f"{kind}: {request}, warming up")
            _round(servers, request, run.effort.to_warm_up())
            rates: dict[str, list[float]] = defaultdict(list)
            paced: dict[str, list[Steady]] = defaultdict(list)
            for number in range(run.effort.rounds):
                run.progress(f"{kind}: {request}, round {number + 1} of {run.effort.rounds}")
                per_second, steady = _round(servers, request, run.effort)
                for name, rate in per_second.items():
                    rates[name].append(rate)
                for name, one in steady.items():
                    paced[name].append(one)
            _record(run, f"{kind}.{request}", rates, {name: _pooled(turns) for name, turns in paced.items()})


def _round(servers: Sequence[Side], request: str, effort: Effort) -> tuple[dict[str, float], dict[str, Steady]]:
    """Returns, by server, the requests a second, and what they cost at a steady pace."""
    rates = {side.name: side.saturated(request, effort.saturated_seconds) for side in servers}
    paced = {side.name: side.steady(request, effort.steady_seconds) for side in servers if side.name in AT_STEADY_PACE}
    return rates, paced


def _pooled(turns: Sequence[Steady]) -> Costs:
    waits = [wait for turn in turns for wait in turn.waits]
    return Costs(waits=waits, processor_seconds=sum(turn.processor_seconds for turn in turns) / len(waits))


def _record(run: Run, name: str, rates: Mapping[str, list[float]], costs: Mapping[str, Costs]) -> None:
    baton, limit = costs["baton"], costs["limit"]
    run.results[f"{name}.of_limit"] = ratio(rates["baton"], rates["limit"])
    run.results[f"{name}.of_bare"] = ratio(rates["baton"], rates["bare"])
    for percent in (50, 95):
        run.results[f"{name}.p{percent}_of_limit"] = _p(baton, percent) / _p(limit, percent)
    run.results[f"{name}.cpu_of_limit"] = baton.processor_seconds / limit.processor_seconds
    for side, per_second in rates.items():
        run.results[f"{name}.{side}_per_second"] = statistics.median(per_second)
    for side, cost in costs.items():
        if (most := statistics.median(rates[side])) < PER_SECOND:
            run.progress(
                f"{name}: {side} answers {most:.0f} a second, not {PER_SECOND}: its p50 and p95 are those of a queue"
            )
        for percent in (50, 95):
            run.results[f"{name}.{side}_p{percent}_ms"] = _p(cost, percent) * 1000
        run.results[f"{name}.{side}_cpu_ms"] = cost.processor_seconds * 1000


def _p(costs: Costs, percent: int) -> float:
    return percentile(costs.waits, percent / 100)
