"""Several acts at the same time: the database decides who was first, and everybody else hears who that was."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from models.errors import AlreadyOpen, PersonId, Refused
from models.rules.agreement import People
from models.rules.lifecycle import Move
from models.storage.ids import new_id
from models.storage.store import Store
from models.storage.tables import Outbox, table
from models.workspace.roster import ensure_people
from tests.monday import TEN
from tests.scenario.processes import wait_until
from tests.unit.office import DANA, MAX, MIA, REX, Office, agreement, lead
from tests.unit.processes import accept, accept_all, processes, threads

REPS = [DANA, REX]
NEW = PersonId("UNEW")


def assert_one_winner_each(office: Office, numbers: list[int], said: dict[str, dict[int, str]]) -> None:
    for number in numbers:
        winners = [rep for rep in said if said[rep][number] == "won"]
        assert winners == [office.handoff(number).owner]
        assert office.handoff(number).version == 2
        assert [entry.move for entry in office.ledger(number)] == ["flag", "accept"]
        for loser in set(said) - set(winners):
            assert said[loser][number].startswith(f"#{number} can't be accepted: {winners[0]} accepted it")


def test_of_two_processes_that_accept_the_same_handoffs_one_wins_each(office: Office, database_url: str) -> None:
    numbers = [office.flag() for _ in range(12)]
    calls = [(database_url, str(rep), numbers, TEN) for rep in REPS]
    outcomes = processes(accept_all, calls)
    assert_one_winner_each(office, numbers, dict(zip(map(str, REPS), outcomes, strict=True)))


def test_of_many_threads_that_accept_the_same_handoffs_one_wins_each(office: Office) -> None:
    numbers = [office.flag() for _ in range(6)]
    people = [PersonId(f"UREP{index}") for index in range(4)]
    office.apply(agreement(people=People(managers=(MAX,))))

    def accept_everything(rep: str) -> dict[int, str]:
        return {number: accept(office, rep, number, TEN) for number in numbers}

    outcomes = threads([partial(accept_everything, rep) for rep in people])
    assert_one_winner_each(office, numbers, dict(zip(people, outcomes, strict=True)))


def test_copies_of_one_delivery_that_come_at_once_have_one_effect(office: Office) -> None:
    details = lead()
    numbers = threads([lambda: office.flag(details, receipt="Ev1")] * 6)
    assert len(set(numbers)) == 1
    assert len(office.handoffs()) == 1
    contact = partial(office.move, Move.CONTACT, office.move(Move.ACCEPT, numbers[0], DANA), DANA, receipt="Ev2")
    assert set(threads([contact] * 6)) == set(numbers)
    assert office.handoff(numbers[0]).attempts == 1


def test_one_lead_that_many_flag_at_once_is_handed_over_once(office: Office) -> None:
    def flag() -> str:
        try:
            return f"#{office.flag(lead('jane@acme.com'))}"
        except AlreadyOpen as refusal:
            return str(refusal)

    said = threads([flag] * 6)
    (number,) = (handoff.number for handoff in office.handoffs())
    assert said.count(f"#{number}") == 1
    assert sum(f"is already #{number}, flagged by {MIA}" in sentence for sentence in said) == 5


def test_who_is_ended_as_two_wait_for_each_other_does_it_again(office: Office) -> None:
    """Only Postgres lets two write at the same time: one holds the workspace's row and wants a person, the other vice
    versa."""
    office.apply(agreement(people=People(managers=(MAX,))))
    if office.store.is_sqlite:
        assert office.flag(by=NEW) == 1
        return
    with ThreadPoolExecutor(1) as pool:
        with office.store.write() as session:
            session.execute(sa.text("SET LOCAL deadlock_timeout = '20s'"))  # so that the other one is ended
            session.execute(sa.text("SELECT 1 FROM workspace FOR UPDATE"))
            flagging = pool.submit(office.flag, by=NEW)
            wait_until(lambda: _waits(office))
            ensure_people(session, office.id, [NEW])
        assert flagging.result(20) == 1


def test_what_is_shown_follows_a_move_that_had_to_wait_for_who_sends_it(office: Office) -> None:
    """This also holds with so many messages that Postgres joins them in another way."""
    number = office.flag(rep=DANA)
    _many_messages(office, beside=office.id_of(number))
    this = office.id_of(number)
    before = {key: row.wanted for key, row in office.outbox().items() if row.handoff_id == this}
    assert len(before) == 2
    with ThreadPoolExecutor(1) as pool:
        with office.store.write() as session:  # like a worker that claims or settles a message
            session.execute(
                sa.text("UPDATE outbox SET attempts = attempts + 1 WHERE handoff_id = :this"), {"this": this}
            )
            accepting = pool.submit(office.move, Move.ACCEPT, number, DANA)
            wait_until(lambda: _waits(office))
        accepting.result(20)
    after = office.outbox()
    assert {key: after[key].wanted - wanted for key, wanted in before.items()} == dict.fromkeys(before, 1)


def _many_messages(office: Office, *, beside: int) -> None:
    """Adds three thousand copies of a handoff's messages, as messages of another handoff."""
    other, outbox = office.id_of(office.flag(rep=REX)), table(Outbox)
    named = [column for column in outbox.c if column.name != "id"]
    with office.store.write() as session:
        rows = session.execute(sa.select(*named).where(outbox.c.handoff_id == beside)).mappings().all()
        copies = [
            {**row, "id": new_id(), "handoff_id": other, "key": f"{row['key']}-{n}"}
            for row in rows
            for n in range(1500)
        ]
        session.execute(sa.insert(outbox), copies)
    with office.store.write() as session:
        session.execute(sa.text("ANALYZE"))


def _waits(office: Office) -> bool:
    """True if somebody waits for somebody else's row, or on SQLite for the place to write."""
    if office.store.is_sqlite:
        return office.store.writers_waiting() > 0
    with office.store.read() as session:
        waiting = session.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        return bool(waiting)


def test_of_moves_that_exclude_each_other_one_is_made(office: Office) -> None:
    number = office.flag()
    moves: list[Callable[[], int]] = [
        partial(office.move, Move.ACCEPT, number, DANA),
        partial(office.move, Move.REJECT, number, REX, reason="too_small"),
        partial(office.move, Move.WITHDRAW, number, MIA),
    ]

    def outcome(move: Callable[[], int]) -> bool:
        try:
            move()
        except Refused:
            return False
        return True

    assert sorted(threads([partial(outcome, move) for move in moves])) == [False, False, True]
    assert len(office.ledger(number)) == 2


def test_moves_that_do_not_exclude_each_other_are_all_made(office: Office) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, DANA)
    threads([partial(office.move, Move.CONTACT, number, DANA, at=TEN + timedelta(minutes=10 * n)) for n in range(8)])
    assert (office.handoff(number).attempts, office.handoff(number).version) == (8, 10)
    assert [entry.detail for entry in office.ledger(number)[2:]] == [{"attempt": n} for n in range(1, 9)]


def test_many_clicks_on_log_contact_at_once_count_once(office: Office) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, DANA)
    with ThreadPoolExecutor(8) as pool:
        clicks = [pool.submit(office.move, Move.CONTACT, number, DANA) for _ in range(8)]
    refused = [click.exception() for click in clicks if click.exception()]
    assert [type(refusal).__name__ for refusal in refused] == ["ContactAgain"] * 7
    assert office.handoff(number).attempts == 1


def test_threads_that_flag_different_leads_do_not_disturb_each_other(office: Office, store: Store) -> None:
    numbers = threads([office.flag] * 8)
    assert len(set(numbers)) == 8
    assert {handoff.owner for handoff in office.handoffs()} <= {DANA, REX}
