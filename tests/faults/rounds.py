"""The rounds: each plays one kind of trouble against the bot at work, and tells what was wrong in the end. The tests
play them small, `make chaos` large."""

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox import Fault, Sandbox, SandboxClock
from bot.sandbox.log import ApiCall
from models.outbox.queue import LEASE
from models.rules.agreement import explained
from tests.faults.crowd import Act, Company, Crowd, Marketer, Rep, Reply, make_company
from tests.faults.fleet import STEP, Fleet, Role, overtaken_lines, running
from tests.faults.nursery import Nursery
from tests.faults.oracle import verdict
from tests.faults.witness import Holder, Witness, witness
from tests.monday import MONDAY
from tests.scenario.processes import wait_until

# Seconds of undisturbed work before each blow, at most.
LONGEST_PAUSE = 0.4
# Such a part of the kills hits a process that has just been started: it takes about as long as the longest pause.
STARTING = 0.3
# So soon a process ends when it is asked to.
END_SECONDS = 10
# So long Slack takes to answer whoever is to be stopped meanwhile.
SLOW_SECONDS = 2.0
# So often a clock is stopped until it is one in the middle of a send.
TRIES = 5
# So many leads are flagged at the same time before a race.
AT_ONCE = 12


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
    """A clock is stopped in the middle of a send, until another has taken that message over; then it goes on, and finds
    itself fenced off."""
    problems: list[str] = []

    def stop() -> None:
        for _ in range(times):
            tries = (_fenced_off(field, field.random.choice(field.fleet.clocks)) for _ in range(TRIES))
            token = next(filter(None, tries), None)
            assert token, "nobody was stopped in the middle of a send"
            if (shown := field.witness.times_shown(token)) != 1:  # it was in Slack before the stop
                problems.append(f"a message that was taken over is there {shown} times")
            done()

    outcome = _played(field, stop)
    return Outcome(problems=problems + outcome.problems, messages=outcome.messages, acts=outcome.acts)


def pauses(field: Field, *, times: int, done: Callable[[], None] = lambda: None) -> Outcome:
    """A process that is alone is stopped for longer than its lease, wherever it is, and then goes on: nobody is there
    to take over from it."""

    def pause() -> None:
        for role in _victims(field, times):
            with role.stopped():
                _let_leases_end(field)
            done()

    return _played(field, pause)


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


def _fenced_off(field: Field, victim: Role) -> str:
    """Stop this clock while Slack has its message and it has no answer yet; let it go on once another clock has taken
    the message over; and wait until it says that it found that out. The message's token; none if it was not in the
    middle of a send after all."""
    field.fleet.ready()
    with ExitStack() as others:
        for other in field.fleet.clocks:
            if other is not victim:
                others.enter_context(other.stopped())
        token = _slow_send(field)
        victim.pause()
    try:
        held = field.witness.holder(token)
        if held is None or not _taken_over(field, token, held):
            return ""
    finally:
        victim.go_on()
    wait_until(lambda: any(line["key"] == held.key for line in overtaken_lines(victim.process.log)))
    return token


def _slow_send(field: Field) -> str:
    """Have Slack take its time over the next answer to a clock: the token of the message, once Slack has it."""
    slack, method = field.company.slack, field.random.choice(["chat.postMessage", "chat.update"])
    slow = Fault.slow(SLOW_SECONDS)
    before = len(_slowed(slack, method))
    slack.faults.add(method, slow)
    call = wait_until(lambda: _slowed(slack, method)[before:], seconds=60)[0]
    return str(call.arguments["metadata"]["event_payload"]["token"])


def _slowed(slack: Sandbox, method: str) -> list[ApiCall]:
    return [call for call in slack.log.calls(method) if call.fault == "slow"]


def _taken_over(field: Field, token: str, held: Holder) -> bool:
    """Wait until this lease is gone; whether it was not given up, but ended."""
    wait_until(lambda: field.witness.holder(token) != held, seconds=60)
    return field.company.slack.clock.now() > held.until


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
    return _judged(field, crowd.acts, crowd.replies)


def _judged(field: Field, acts: list[Act], replies: Sequence[Reply] = ()) -> Outcome:
    field.fleet.ready()
    field.witness.settled()
    channel, overtaken = field.company.leads.id, field.fleet.overtaken
    evidence = field.witness.evidence(channel, acts, replies=replies, overtaken=overtaken)
    return Outcome(problems=verdict(evidence), messages=len(evidence.shown), acts=len(acts))
