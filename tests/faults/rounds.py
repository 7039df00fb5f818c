"""The rounds: each exposes the bot at work to one kind of fault, and returns what was wrong in the end. The tests play
short rounds, `make chaos` long ones."""

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
from models.rules.toml import explained
from tests.faults.crowd import Act, Company, Crowd, Marketer, Rep, Reply, make_company
from tests.faults.fleet import STEP, Fleet, Role, overtaken_lines, running
from tests.faults.oracle import verdict
from tests.faults.witness import Holder, Witness, witness
from tests.monday import MONDAY
from tests.scenario.nursery import Nursery
from tests.scenario.processes import wait_until

# The longest undisturbed work before each blow, in seconds.
LONGEST_PAUSE = 0.4
# The share of kills that hit a process right after its start. A start takes about as long as the longest pause.
STARTING = 0.3
# In seconds. A process that is asked to end ends within this time.
END_SECONDS = 10
# In seconds. Slack takes this long to answer a clock that is about to be stopped.
SLOW_SECONDS = 2.0
# How many times a clock is stopped at most, until one is in the middle of a send.
TRIES = 5
# How many threads flag the leads before a race.
AT_ONCE = 12


@dataclass(frozen=True, kw_only=True)
class Field:
    """What a round is played on: a company, and the bot at work for it."""

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
    """How a round ended: what was wrong, and how many messages and acts there were."""

    problems: list[str]
    messages: int
    acts: int


@contextmanager
def field(folder: Path, database_url: str, seed: str, *, webs: int, clocks: int) -> Iterator[Field]:
    """Yields a company and a fleet on this database."""
    with Sandbox(rate_limits=False, clock=SandboxClock(folder / "clock")) as slack:
        slack.clock.set(MONDAY)
        company = make_company(slack)
        agreement = folder / "agreement.toml"
        agreement.write_text(explained(company.agreement()), "utf-8")
        installation = Nursery(slack, database_url, folder, BATON_AGREEMENT=str(agreement))
        with running(installation, webs=webs, clocks=clocks) as fleet, witness(slack, database_url) as seeing:
            yield Field(company=company, fleet=fleet, witness=seeing, seed=seed, random=random.Random(seed))


def kills(field: Field, *, times: int, messages: int = 0, done: Callable[[], None] = lambda: None) -> Outcome:
    """Any process is killed, at any point of its work or its start, and started again at once."""

    def kill() -> None:
        for role in _victims(field, times, starting=STARTING):
            role.kill()
            done()

    return _played(field, kill, messages=messages)


def stops(field: Field, *, times: int, done: Callable[[], None] = lambda: None) -> Outcome:
    """A clock is stopped in the middle of a send until another has taken the message over. Then it goes on, and finds
    that its lease is gone."""
    problems: list[str] = []

    def stop() -> None:
        for _ in range(times):
            tries = (_fenced_off(field, field.random.choice(field.fleet.clocks)) for _ in range(TRIES))
            token = next(filter(None, tries), None)
            assert token, "nobody was stopped in the middle of a send"
            if (shown := field.witness.times_shown(token)) != 1:  # Slack had it before the stop
                problems.append(f"a message that was taken over is there {shown} times")
            done()

    outcome = _played(field, stop)
    return Outcome(problems=problems + outcome.problems, messages=outcome.messages, acts=outcome.acts)


def pauses(field: Field, *, times: int, done: Callable[[], None] = lambda: None) -> Outcome:
    """A process without others is stopped for longer than its lease, at any point, and then goes on. Nobody is there to
    take its work over."""

    def pause() -> None:
        for role in _victims(field, times):
            with role.stopped():
                _let_leases_end(field)
            done()

    return _played(field, pause)


def ends(field: Field, *, times: int, done: Callable[[], None] = lambda: None) -> Outcome:
    """Any process is asked to end, and started again. It ends soon and without an error."""
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
    """The database suffers each of these ways in turn. Each time all processes recover."""

    def strike() -> None:
        for _, strike_once in zip(_victims(field, times), itertools.cycle(ways), strict=False):
            strike_once()
            done()

    return _played(field, strike, messages=messages)


def races(field: Field, *, leads: int, done: Callable[[], None] = lambda: None) -> Outcome:
    """All reps want all leads, at once. Each lead has one winner, and every loser is told who it was."""
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
    """Stops this clock while Slack has its message and has not answered. Lets it go on when another clock has taken the
    message over, and waits until it logs that it found out. Returns the message's token, or "" if the clock was not in
    the middle of a send."""
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
    wait_until(lambda: any(line["key"] == held.key for line in overtaken_lines(victim.process.log)), seconds=60)
    return token


def _slow_send(field: Field) -> str:
    """Has Slack answer the next message of a clock slowly. Returns the message's token, once Slack has it."""
    slack, method = field.company.slack, field.random.choice(["chat.postMessage", "chat.update"])
    slow = Fault.slow(SLOW_SECONDS)
    before = len(_slowed(slack, method))
    slack.faults.add(method, slow)
    call = wait_until(lambda: _slowed(slack, method)[before:], seconds=60)[0]
    return str(call.arguments["metadata"]["event_payload"]["token"])


def _slowed(slack: Sandbox, method: str) -> list[ApiCall]:
    return [call for call in slack.log.calls(method) if call.fault == "slow"]


def _taken_over(field: Field, token: str, held: Holder) -> bool:
    """Waits until this lease is gone. True if its time was over, False if it was given up before."""
    wait_until(lambda: field.witness.holder(token) != held, seconds=60)
    return field.company.slack.clock.now() > held.until


def _let_leases_end(field: Field) -> None:
    clock = field.company.slack.clock
    overtaken = clock.now() + LEASE + STEP
    wait_until(lambda: clock.now() > overtaken)


def _victims(field: Field, times: int, *, starting: float = 0) -> Iterator[Role]:
    """Yields processes at work, at random times. With a chance of `starting` it yields the one before again, which was
    started again and is not ready yet."""
    role = None
    for _ in range(times):
        if role is None or field.random.random() >= starting:
            role = _first_at_work(field.random.sample(field.fleet.everyone, len(field.fleet.everyone)))
        time.sleep(field.random.uniform(0, LONGEST_PAUSE))  # waits for nothing: it makes the time random
        yield role


def _first_at_work(roles: list[Role]) -> Role:
    return wait_until(lambda: [role for role in roles if role.is_ready()], seconds=60)[0]


def _played(field: Field, trouble: Callable[[], None], *, messages: int = 0) -> Outcome:
    """Lets the company work during the fault, and until the bot has written `messages`. Returns what is wrong."""
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
