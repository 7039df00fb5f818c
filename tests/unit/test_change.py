"""The one way to write: all rows of a decision or none, and whoever lost a race is told by an error."""

import typing
from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry
from sqlmodel import SQLModel

from bot.telemetry.gauges import count_errors
from models.errors import PersonId
from models.rules.lifecycle import Move, State
from models.rules.rows import (
    CommentChanged,
    CommentRow,
    FeedbackChanged,
    FeedbackRow,
    HandoffRow,
    HappeningRow,
    LeadChanged,
    LeadKeyKind,
    LeadKeyRow,
    LeadRow,
    LeadShownAgain,
    LedgerRow,
    MessageWanted,
    Moved,
    NewPerson,
    PeopleChanged,
    ReceiptRow,
    Row,
    ShownAgain,
    line_of,
)
from models.storage import statements
from models.storage.change import Question, Rivalry
from models.storage.ids import new_id, new_ids
from models.storage.store import Store
from models.storage.tables import Handoff, Lead, RepLoad, table
from tests.monday import TEN
from tests.unit.office import DANA, MAX, MIA, REX, Office, hours


@dataclass(frozen=True)
class Desktop:
    """What a decision starts from: a handoff that is on offer, and its lead."""

    office: Office
    handoff: HandoffRow
    lead: LeadRow

    def accepted(self, by: str = DANA) -> tuple[Row, ...]:
        """Returns rows of each table, as accepting the handoff may write them."""
        now = self.handoff._replace(version=self.handoff.version + 1, owner=REX, moved=Move.ACCEPT)
        here, this = self.office.id, self.handoff.id
        return (
            MessageWanted(here, f"news:{this}:1", "news", MIA, this, TEN, TEN),
            ShownAgain(this, TEN),
            LeadShownAgain(self.lead.id, 0, TEN),
            _reply(self),
            _star(self),
            line_of(now, Move.ACCEPT, id=new_id(), by=by, at=TEN),  # type: ignore[arg-type]
            Moved(self.handoff, now),
            LeadKeyRow(here, LeadKeyKind.EMAIL, "other@acme.example", self.lead.id),
            LeadChanged(self.lead._replace(title="CTO", version=self.lead.version + 1)),
            PeopleChanged(here, "another"),
            NewPerson(here, "UNEW"),
            ReceiptRow(here, f"accepted by {by}", this, TEN),
        )


def _reply(desktop: Desktop) -> CommentRow:
    return CommentRow(desktop.office.id, desktop.handoff.id, "1.1", MIA, "hello", False, "1.1", TEN)


def _star(desktop: Desktop) -> FeedbackRow:
    return FeedbackRow(desktop.office.id, desktop.handoff.id, MIA, "star", "great", True, "1.1", TEN)


@pytest.fixture
def desktop(office: Office) -> Desktop:
    number = office.flag()
    return Desktop(office, office.handoff(number), office.lead_of(number))


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Returns all rows of all tables."""
    with store.engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(sa.select(one))), key=repr)
            for name, one in SQLModel.metadata.tables.items()
        }


def save(office: Office, *rows: Row) -> int | None:
    with office.store.change() as change:
        return change.save(rows)


def test_each_type_of_row_has_a_statement() -> None:
    apart = {LedgerRow, HappeningRow}  # are written as a line and its texts
    assert set(typing.get_args(Row)) - apart <= statements.by_type().keys()


def test_rows_are_written_in_the_order_of_the_tables_whatever_order_they_come_in(desktop: Desktop) -> None:
    rows = desktop.accepted()
    order = [type(row).__name__ for _, row in statements.writes(rows)]
    assert order == [type(row).__name__ for _, row in statements.writes(rows[::-1])]
    assert order[0] == "ReceiptRow"
    assert order[-1] == "MessageWanted"


def moved(office: Office, number: int, to: PersonId, *, state: State = State.OFFERED) -> Moved:
    was = office.handoff(number)
    return Moved(was, was._replace(version=was.version + 1, state=state, owner=to, offered_to=to))


def test_what_changes_of_a_persons_load_is_one_row_and_these_have_one_order(office: Office) -> None:
    first, second, third = office.flag(rep=DANA), office.flag(rep=REX), office.flag(rep=DANA)
    new = office.handoff(first)._replace(id=new_id(), number=0, owner=REX, offered_to=REX)
    moves: list[Row] = [moved(office, first, REX), moved(office, second, DANA), moved(office, third, MAX), new]
    for order in permutations(moves):
        written = [tuple(row) for _, row in statements.writes(order) if isinstance(row, statements.Load)]
        here = office.id
        assert written == sorted([(here, DANA, -1, second), (here, MAX, 1, third), (here, REX, 1, None)])


def test_rows_of_one_table_have_one_order_and_what_ends_comes_before_what_begins(office: Office) -> None:
    numbers = [office.flag() for _ in range(3)]
    ends = moved(office, numbers[2], DANA, state=State.REJECTED)
    begin = [moved(office, number, DANA) for number in numbers[:2]]
    messages = [MessageWanted(office.id, key, "news", MIA, None, TEN, TEN) for key in "abc"]
    shown = [ShownAgain(office.id_of(number), TEN) for number in numbers]
    for order in permutations(range(3)):
        rows = [some[place] for place in order for some in ([*begin, ends], messages, shown)]
        written = [row for _, row in statements.writes(rows) if not isinstance(row, statements.Load)]
        assert written == [ends, *begin, *shown, *messages]


# Each makes the last of the rows fail, in another way.
FAILURES: dict[str, Callable[[Desktop], Row]] = {
    "a value that the driver does not take": lambda d: MessageWanted(d.office.id, "x", "news", MIA, 1, "now", TEN),  # type: ignore[arg-type]
    "a handoff that is not there": lambda d: MessageWanted(d.office.id, "x", "news", MIA, 1, TEN, TEN),
    "a message without a kind": lambda d: MessageWanted(d.office.id, "x", None, MIA, None, TEN, TEN),  # type: ignore[arg-type]
    "a workspace that is not there": lambda d: MessageWanted("TNONE", "x", "news", MIA, d.handoff.id, TEN, TEN),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_where_one_row_fails_none_is_written_and_the_next_change_goes_on(desktop: Desktop, failure: str) -> None:
    office = desktop.office
    before = everything(office.store)
    with pytest.raises((sa.exc.SQLAlchemyError, AttributeError, ValueError, TypeError)):
        save(office, *desktop.accepted(), FAILURES[failure](desktop))
    assert everything(office.store) == before
    save(office, *desktop.accepted())
    assert office.handoff(desktop.handoff.number).owner == REX
    assert office.lead_of(desktop.handoff.number).title == "CTO"


def test_of_two_decisions_on_the_same_facts_the_second_is_a_rivalry_and_writes_nothing(desktop: Desktop) -> None:
    save(desktop.office, *desktop.accepted(DANA))
    before = everything(desktop.office.store)
    with pytest.raises(Rivalry):
        save(desktop.office, *desktop.accepted(REX))
    assert everything(desktop.office.store) == before


# Rows that each lose a race against what is written already, alone.
RACES: dict[str, Callable[[Desktop], Row]] = {
    "the handoff was moved": lambda d: Moved(d.handoff, d.handoff._replace(version=d.handoff.version + 1)),
    "the lead was changed": lambda d: LeadChanged(d.lead._replace(version=d.lead.version + 1)),
    "its version has a line": lambda d: line_of(
        d.handoff._replace(version=2),
        Move.ACCEPT,
        id=new_id(),
        by=DANA,
        at=TEN,
    ),
    "the delivery was answered": lambda d: ReceiptRow(d.office.id, f"accepted by {DANA}", None, TEN),
    "the address is known": lambda d: LeadKeyRow(d.office.id, LeadKeyKind.EMAIL, d.lead.email_key, d.lead.id),
    "the lead is open": lambda d: d.handoff._replace(id=new_id()),
    "the reply is kept": _reply,
    "the reply was edited": lambda d: CommentChanged(*[_reply(d)._replace(event_at=event) for event in ("1.0", "1.2")]),
    "the reaction is kept": _star,
    "the reaction was taken back": lambda d: FeedbackChanged(
        *[_star(d)._replace(event_at=event) for event in ("1.0", "1.2")]
    ),
    "the id was made before": lambda d: d.lead._replace(email_key="x"),
}


@pytest.mark.parametrize("race", RACES)
def test_each_race_is_lost_by_an_error_that_says_so(desktop: Desktop, race: str) -> None:
    save(desktop.office, *desktop.accepted())
    before = everything(desktop.office.store)
    with pytest.raises(Rivalry):
        save(desktop.office, RACES[race](desktop))
    assert everything(desktop.office.store) == before


def test_a_counter_that_is_behind_is_a_mistake_and_not_a_rivalry(office: Office) -> None:
    office.flag()
    with office.store.write() as session:
        session.execute(sa.text("UPDATE counter SET handoffs = 0"))
    with pytest.raises(sa.exc.IntegrityError, match="number"):
        office.flag()


def test_errors_of_the_writer_are_counted_like_all_others_but_rivalries_are_not(desktop: Desktop) -> None:
    office, registry = desktop.office, CollectorRegistry()
    count_errors(office.store.engine, registry)
    wrong = Question(sa.select(sa.column("nonsense")))
    with pytest.raises(sa.exc.DBAPIError), office.store.change() as change:
        change.ask(wrong)
    with pytest.raises(Rivalry):
        save(office, desktop.handoff._replace(id=new_id()))
    counted = registry.get_sample_value("baton_database_errors_total", {"error": "other"})
    assert counted == 1


def test_what_a_question_finds_is_what_a_session_reads(desktop: Desktop) -> None:
    office = desktop.office
    office.qualified(desktop.handoff.number, at=TEN + hours(1))
    for row, model in ((HandoffRow, Handoff), (LeadRow, Lead)):
        columns = [table(model).c[name] for name in row._fields]
        with office.store.look() as look, office.store.read() as session:
            asked = look.ask(Question(sa.select(*columns)))
            assert asked == [tuple(one) for one in session.execute(sa.select(*columns))]
            assert [type(value) for value in asked[0]] == [
                type(value) for value in session.execute(sa.select(*columns)).one()
            ]


def test_what_is_known_of_loads_follows_from_the_handoffs(office: Office) -> None:
    first, second = office.flag(rep=DANA), office.flag(rep=REX)
    third = office.flag(rep=DANA)
    assert loads(office) == {DANA: (2, third), REX: (1, second)}
    office.move(Move.ACCEPT, first, REX)
    assert loads(office) == {DANA: (1, third), REX: (2, second)}
    office.move(Move.HAND, second, MAX, to=DANA)
    assert loads(office) == {DANA: (2, third), REX: (1, second)}
    office.undo(None, MAX)
    assert loads(office) == {DANA: (1, third), REX: (2, second)}
    office.move(Move.REJECT, third, DANA, reason="wrong_region")
    (fourth,) = {one.number for one in office.handoffs()} - {first, second, third}
    assert loads(office) == {DANA: (0, third), REX: (3, fourth)}
    office.move(Move.WITHDRAW, second, MIA)
    assert loads(office) == {DANA: (0, third), REX: (2, fourth)}


def loads(office: Office) -> dict[str, tuple[int, int]]:
    with office.store.look() as look:
        found = look.find(sa.select(table(RepLoad)))
        return {row.person: (row.open_handoffs, row.last_turn) for row in found}


def test_ids_are_never_given_twice_and_those_of_one_change_ascend() -> None:
    made = [new_id() for _ in range(2000)]
    assert len(set(made)) == len(made)
    ids = new_ids()
    few = [next(ids) for _ in range(5)]
    assert few == sorted(few)
    assert all(10**15 < one < 2**63 for one in made)
