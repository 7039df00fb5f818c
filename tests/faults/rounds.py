"""The rounds: each plays one kind of trouble against the bot at work, and tells what was wrong in the end. The tests
play them small, `make chaos` large."""

import itertools
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox import Sandbox, SandboxClock
from models.agreement import explained
from models.mail import LEASE
from tests.faults.crowd import Act, Company, Crowd, Marketer, Rep, make_company
from tests.faults.fleet import STEP, Fleet, Role, running
from tests.faults.nursery import Nursery
from tests.faults.oracle import verdict
from tests.faults.witness import Witness, witness
from tests.scenario.processes import wait_until
from tests.scenario.world import MONDAY

LONGEST_PAUSE = 0.4
"""Seconds of undisturbed work before each blow, at most."""
STARTING = 0.3
"""Such a part of the kills hits a process that has just been started: it takes about as long as the longest pause."""
END_SECONDS = 10
"""So soon a process ends when it is asked to."""
AT_ONCE = 12
"""So many leads are flagged at the same time before a race."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """What a round is played on: a company, and the bot at work in it."""

    company: Company
    fleet: Fleet
    witness: Witness
    seed: str
    random: random.Random

    @property
    def messages(self) -> int:
        """How many messages the bot has written."""
        slack = self.company.slack
        with slack.workspace.changed:
            places = [place.messages for place in slack.workspace.channels.values()]
            return sum(one.user == slack.bot_user_id for messages in places for one in messages)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a round ended: what was wrong, and how much it was about."""

    problems: list[str]
    messages: int
    acts: int


@contextmanager
def field(folder: Path, database_url: str, seed: str, *, webs: int, clocks: int) -> Iterator[Field]:
    """A company and a fleet on this database."""
    with Sandbox(rate_limits=False, clock=SandboxClock(folder / "clock")) as slack:
        slack.clock.set(MONDAY)
        company = make_company(slack)
        agreement = folder / "agreement.toml"
        agreement.write_text(explained(company.agreement()), "utf-8")
        installation = Nursery(slack, database_url, folder, BATON_AGREEMENT=str(agreement))
        with running(installation, webs=webs, clocks=clocks) as fleet, witness(slack, database_url) as seeing:
            yield Field(company=company, fleet=fleet, witness=seeing, seed=seed, random=random.Random(seed))


def kills(field: Field, *, times: int, messages: int = 0, done: Callable[[], None] = lambda: None) -> Outcome:
    """Any process is killed, at any point of its work or of its start, and started again at once."""

    def kill() -> None:
        for role in _victims(field, times, starting=STARTING):
            role.kill()
            done()

    return _played(field, kill, messages=messages)


def stops(field: Field, *, times: int, done: Callable[[], None] = lambda: None) -> Outcome:
    """Any process is stopped for longer than a lease, wherever it is, and then goes on."""

    def stop() -> None:
        for role in _victims(field, times):
            with role.stopped():
                _let_leases_end(field)
            done()

    return _played(field, stop)


def ends(field: Field, *, times: int, done: Callable[[], None] = lambda: None) -> Outcome:
    """Any process is asked to end, and started again: it ends soon and well."""
    problems = []

    def end() -> None:
        for role in _victims(field, times):
            code, seconds = role.end()
            if code != 0 or seconds > END_SECONDS:
                problems.append(f"a process ended with {code} after {seconds:.1f} s")
            done()

    outcome = _played(field, end)
    return Outcome(problems=problems + outcome.problems, messages=outcome.messages, acts=outcome.acts)


def blows(
    field: Field, *ways: Callable[[], None], times: int, messages: int = 0, done: Callable[[], None] = lambda: None
) -> Outcome:
    """Something is done to the database, by each of these ways in turn; each time everybody recovers."""

    def strike() -> None:
        for _, strike_once in zip(_victims(field, times), itertools.cycle(ways), strict=False):
            strike_once()
            done()

    return _played(field, strike, messages=messages)


def races(field: Field, *, leads: int, done: Callable[[], None] = lambda: None) -> Outcome:
    """All reps want all leads, at once: each has one winner, and every loser is told who it was."""
    company = field.company
    marketers = [Marketer(company, one, field.seed, copies=[1]) for one in company.marketers]
    reps = [Rep(company, one, field.seed, copies=[1]) for one in company.reps]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda n: marketers[n % len(marketers)].flag_until_told(n), range(leads)))

    def race(number: int) -> None:
        with ThreadPoolExecutor(len(reps)) as together:
            list(together.map(lambda rep: rep.accept_until_told(number), reps))
        done()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(race, range(1, leads + 1)))
    return _judged(field, [act for player in (*marketers, *reps) for act in player.acts])


def _let_leases_end(field: Field) -> None:
    clock = field.company.slack.clock
    overtaken = clock.now() + LEASE + STEP
    wait_until(lambda: clock.now() > overtaken)


def _victims(field: Field, times: int, *, starting: float = 0) -> Iterator[Role]:
    """So often any process, at work, and at any point of it. With a chance of `starting` the one before once more,
    which has been started again and is not ready yet."""
    role = None
    for _ in range(times):
        if role is None or field.random.random() >= starting:
            role = _first_at_work(field.random.sample(field.fleet.everyone, len(field.fleet.everyone)))
        time.sleep(field.random.uniform(0, LONGEST_PAUSE))  # waits for nothing: it makes the point one of chance
        yield role


def _first_at_work(roles: list[Role]) -> Role:
    return wait_until(lambda: [role for role in roles if role.is_ready()], seconds=60)[0]


def _played(field: Field, trouble: Callable[[], None], *, messages: int = 0) -> Outcome:
    """The company at work during this trouble, and until the bot has written so many messages; then what is wrong."""
    with Crowd(field.company, field.seed) as crowd:
        trouble()
        field.fleet.ready()
        wait_until(lambda: field.messages >= messages, seconds=120)
    return _judged(field, crowd.acts)


def _judged(field: Field, acts: list[Act]) -> Outcome:
    field.fleet.ready()
    field.witness.settled()
    evidence = field.witness.evidence(acts, overtaken=field.fleet.overtaken)
    return Outcome(problems=verdict(evidence), messages=len(evidence.shown), acts=len(acts))
