"""Several at once: the database decides who was first, and everybody else is told who that was."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from models.agreement import People
from models.errors import AlreadyOpen, PersonId, Refused
from models.lifecycle import Move
from models.roster import ensure_people
from models.store import Store
from tests.scenario.processes import wait_until
from tests.unit.processes import accept, accept_all, processes, threads
from tests.unit.world import DANA, MAX, MIA, MONDAY, REX, World, agreement, lead

REPS = [DANA, REX]
NEW = PersonId("UNEW")


def assert_one_winner_each(world: World, numbers: list[int], said: dict[str, dict[int, str]]) -> None:
    for number in numbers:
        winners = [rep for rep in said if said[rep][number] == "won"]
        assert winners == [world.handoff(number).owner]
        assert world.handoff(number).version == 2
        assert [entry.move for entry in world.ledger(number)] == ["flag", "accept"]
        for loser in set(said) - set(winners):
            assert said[loser][number].startswith(f"#{number} can't be accepted: {winners[0]} accepted it")


def test_of_two_processes_that_accept_the_same_handoffs_one_wins_each(world: World, database_url: str) -> None:
    numbers = [world.flag() for _ in range(12)]
    calls = [(database_url, str(rep), numbers, MONDAY) for rep in REPS]
    outcomes = processes(accept_all, calls)
    assert_one_winner_each(world, numbers, dict(zip(map(str, REPS), outcomes, strict=True)))


def test_of_many_threads_that_accept_the_same_handoffs_one_wins_each(world: World) -> None:
    numbers = [world.flag() for _ in range(6)]
    people = [PersonId(f"UREP{index}") for index in range(4)]
    world.apply(agreement(people=People(managers=(MAX,))))

    def accept_everything(rep: str) -> dict[int, str]:
        return {number: accept(world, rep, number, MONDAY) for number in numbers}

    outcomes = threads([partial(accept_everything, rep) for rep in people])
    assert_one_winner_each(world, numbers, dict(zip(people, outcomes, strict=True)))


def test_copies_of_one_delivery_that_come_at_once_have_one_effect(world: World) -> None:
    details = lead()
    numbers = threads([lambda: world.flag(details, receipt="Ev1")] * 6)
    assert len(set(numbers)) == 1
    assert len(world.handoffs()) == 1
    contact = partial(world.move, Move.CONTACT, world.move(Move.ACCEPT, numbers[0], DANA), DANA, receipt="Ev2")
    assert set(threads([contact] * 6)) == set(numbers)
    assert world.handoff(numbers[0]).attempts == 1


def test_one_lead_that_many_flag_at_once_is_handed_over_once(world: World) -> None:
    def flag() -> str:
        try:
            return f"#{world.flag(lead('jane@acme.com'))}"
        except AlreadyOpen as refusal:
            return str(refusal)

    said = threads([flag] * 6)
    (number,) = (handoff.number for handoff in world.handoffs())
    assert said.count(f"#{number}") == 1
    assert sum(f"is already #{number}, flagged by {MIA}" in sentence for sentence in said) == 5


def test_who_is_ended_as_two_wait_for_each_other_does_it_again(world: World) -> None:
    """Only Postgres lets two write at once: one has the workspace's row and wants a person, the other the reverse."""
    world.apply(agreement(people=People(managers=(MAX,))))
    if world.store.is_sqlite:
        assert world.flag(by=NEW) == 1
        return
    with ThreadPoolExecutor(1) as pool:
        with world.store.write() as session:
            session.execute(sa.text("SET LOCAL deadlock_timeout = '20s'"))  # so it is the other one that is ended
            session.execute(sa.text("SELECT 1 FROM workspace FOR UPDATE"))
            flagging = pool.submit(world.flag, by=NEW)
            wait_until(lambda: _waits(world))
            ensure_people(world.store, session, world.id, [NEW])
        assert flagging.result(20) == 1


def _waits(world: World) -> bool:
    """Whether somebody waits for somebody else's row."""
    with world.store.read() as session:
        waiting = session.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        return bool(waiting)


def test_of_moves_that_exclude_each_other_one_is_made(world: World) -> None:
    number = world.flag()
    moves: list[Callable[[], int]] = [
        partial(world.move, Move.ACCEPT, number, DANA),
        partial(world.move, Move.REJECT, number, REX, reason="too_small"),
        partial(world.move, Move.WITHDRAW, number, MIA),
    ]

    def outcome(move: Callable[[], int]) -> bool:
        try:
            move()
        except Refused:
            return False
        return True

    assert sorted(threads([partial(outcome, move) for move in moves])) == [False, False, True]
    assert len(world.ledger(number)) == 2


def test_moves_that_do_not_exclude_each_other_are_all_made(world: World) -> None:
    number = world.flag()
    world.move(Move.ACCEPT, number, DANA)
    threads([partial(world.move, Move.CONTACT, number, DANA, at=MONDAY + timedelta(minutes=10 * n)) for n in range(8)])
    assert (world.handoff(number).attempts, world.handoff(number).version) == (8, 10)
    assert [entry.detail for entry in world.ledger(number)[2:]] == [{"attempt": n} for n in range(1, 9)]


def test_many_clicks_on_log_contact_at_once_count_once(world: World) -> None:
    number = world.flag()
    world.move(Move.ACCEPT, number, DANA)
    with ThreadPoolExecutor(8) as pool:
        clicks = [pool.submit(world.move, Move.CONTACT, number, DANA) for _ in range(8)]
    refused = [click.exception() for click in clicks if click.exception()]
    assert [type(refusal).__name__ for refusal in refused] == ["ContactAgain"] * 7
    assert world.handoff(number).attempts == 1


def test_threads_that_flag_different_leads_do_not_disturb_each_other(world: World, store: Store) -> None:
    numbers = threads([world.flag] * 8)
    assert len(set(numbers)) == 8
    assert {handoff.owner for handoff in world.handoffs()} <= {DANA, REX}
