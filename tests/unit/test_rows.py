"""The typed rows of decisions, and the tables that keep them."""

import typing
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel

from models.rules.facts import PersonFacts
from models.rules.ladders import Hearer, What
from models.rules.lifecycle import Move, State
from models.rules.rows import (
    Before,
    CommentRow,
    FeedbackRow,
    HandoffRow,
    HappeningRow,
    LeadKeyRow,
    LeadRow,
    LedgerRow,
    LineKind,
    Part,
    PromiseRow,
    PromiseState,
    ReceiptRow,
    Release,
    StepAt,
    promised,
)
from models.rules.undoing import earlier, restored
from models.storage.ledger import OF_HAPPENING, OF_MOVE, StoredLine, StoredText, apart, happening, together
from models.storage.tables import (
    Comment,
    Feedback,
    Handoff,
    Lead,
    LeadKey,
    LedgerEntry,
    LedgerText,
    Person,
    Promise,
    Receipt,
    table,
)
from tests.monday import TEN

JANE = HandoffRow(
    id=42,
    workspace_id="T1",
    number=1,
    lead_id=7,
    agreement_version=1,
    state=State.OFFERED,
    version=1,
    flagged_by=typing.cast("Any", "UMIA"),
    flagged_at=TEN,
    offered_to=typing.cast("Any", "UDANA"),
    moved=Move.FLAG,
    moved_by=typing.cast("Any", "UMIA"),
    moved_at=TEN,
    owner=typing.cast("Any", "UDANA"),
    closed_at=TEN,
)
moments = st.datetimes(timezones=st.just(UTC), min_value=datetime(2026, 1, 1))  # noqa: DTZ001 - aware by `timezones`
people = st.none() | st.sampled_from([typing.cast("Any", "UMIA"), typing.cast("Any", "UREX")])
seconds = st.none() | st.integers(0, 10**6)
promises = st.builds(
    PromiseRow,
    id=st.just(7),
    workspace_id=st.just("T1"),
    handoff_id=st.just(42),
    what=st.sampled_from(What),
    since=moments,
    state=st.sampled_from(PromiseState),
    owner=people,
    part=st.none() | st.sampled_from(Part),
    hours_of=people,
    away_until=st.none() | moments,
    promised_seconds=seconds,
    due_at=st.none() | moments,
    first_due_at=st.none() | moments,
    steps=st.lists(
        st.builds(StepAt, moments, st.lists(st.sampled_from(Hearer), min_size=1, max_size=2).map(tuple)), max_size=4
    ).map(tuple),
    next_step_at=st.none() | moments,
    broken_at=st.none() | moments,
    kept_at=st.none() | moments,
    taken_seconds=seconds,
    released=st.none() | st.sampled_from(Release),
)


@pytest.mark.parametrize(
    ("row", "model"),
    [
        (LeadRow, Lead),
        (LeadKeyRow, LeadKey),
        (HandoffRow, Handoff),
        (PromiseRow, Promise),
        (StoredLine, LedgerEntry),
        (StoredText, LedgerText),
        (ReceiptRow, Receipt),
        (FeedbackRow, Feedback),
        (CommentRow, Comment),
    ],
)
def test_a_row_has_the_columns_of_its_table_with_their_types(row: Any, model: type[SQLModel]) -> None:
    columns = table(model).c
    assert set(row._fields) == set(columns.keys())
    for name, kind in typing.get_type_hints(row).items():
        options = typing.get_args(kind) or (kind,)
        assert columns[name].nullable is (type(None) in options), name
        kinds = {getattr(one, "__supertype__", typing.get_origin(one) or one) for one in options} - {type(None)}
        kept_as = columns[name].type.python_type
        assert any(isinstance(one, type) and issubclass(one, (kept_as, Enum)) for one in kinds) or kept_as is dict, name


def test_facts_about_a_person_are_columns_of_theirs_with_their_types() -> None:
    hints = typing.get_type_hints(PersonFacts)
    assert hints == {name: kind for name, kind in typing.get_type_hints(Person).items() if name in hints}
    assert set(table(Person).c.keys()) - hints.keys() == {"workspace_id", "id"}


@given(
    owner=st.none() | st.just("UREX"),
    closed_at=st.none() | moments,
    state=st.sampled_from(State),
    attempts=st.integers(0, 9),
    contested=st.booleans(),
)
def test_what_the_ledger_keeps_of_a_change_gives_back_the_row_as_it_was(**changed: Any) -> None:
    now = JANE._replace(**changed)
    assert restored(now, earlier(JANE, now)) == JANE


texts = st.text(max_size=20)
columns = st.dictionaries(st.sampled_from(HandoffRow._fields), st.none() | st.integers() | texts, max_size=5)
lines = st.builds(
    LedgerRow,
    id=st.just(9),
    workspace_id=st.just("T1"),
    handoff_id=st.just(42),
    version=st.integers(1, 9),
    at=moments,
    actor=st.just(typing.cast("Any", "UMIA")),
    move=st.sampled_from(Move),
    state=st.sampled_from(State),
    owner=people,
    reason=st.none() | texts,
    value_cents=st.none() | st.integers(0, 10**13),
    currency=st.sampled_from(["", "EUR"]),
    expected_close=st.none() | st.dates(),
    attempts=st.none() | st.integers(0, 9),
    promises=st.lists(promises.map(promised), max_size=3).map(tuple),
    note=texts,
    detail=st.fixed_dictionaries({}, optional={"rule": texts, "changed": st.just({"name": ["Jane", "Jane Doe"]})}),
    before=st.none()
    | st.builds(Before, columns, columns, st.none() | st.dictionaries(st.integers(1, 9), columns, max_size=2)),
    undoes=st.none() | st.integers(1, 9),
)


@given(line=lines)
def test_a_line_of_the_ledger_comes_apart_from_its_texts_and_together_again(line: LedgerRow) -> None:
    stored, text = apart(line)
    assert together((*stored, *((text.salt, text.text) if text else (None, None)))) == line
    assert (text is None) == (stored.text_hash is None)


def test_a_line_has_every_field_that_is_stored() -> None:
    assert set(LedgerRow._fields) - {"note"} == set(StoredLine._fields) - {"text_hash", "kind"}
    assert set(HappeningRow._fields) - {"note"} <= set(StoredLine._fields)
    assert StoredLine._fields[:OF_MOVE] == LedgerRow._fields[: LedgerRow._fields.index("undoes") + 1]
    assert StoredLine._fields[:OF_HAPPENING] == HappeningRow._fields[: HappeningRow._fields.index("actor") + 1]


@given(
    line=st.builds(
        HappeningRow,
        id=st.just(9),
        workspace_id=st.just("T1"),
        handoff_id=st.none() | st.just(42),
        at=moments,
        actor=st.just(typing.cast("Any", "UMIA")),
        kind=st.sampled_from([kind for kind in LineKind if kind is not LineKind.MOVE]),
        detail=st.dictionaries(texts, texts, max_size=2),
        note=texts,
    )
)
def test_a_line_that_is_no_move_comes_apart_and_together_again(line: HappeningRow) -> None:
    stored, text = apart(line)
    assert happening((*stored, *((text.salt, text.text) if text else (None, None)))) == line
    assert (text is None) == (stored.text_hash is None) == (line.note == "")
    assert (stored.version, stored.move, stored.state) == (None, None, None)


@given(was=promises, now=promises)
def test_what_the_ledger_keeps_of_a_promise_gives_it_back_as_it_was(was: PromiseRow, now: PromiseRow) -> None:
    now = now._replace(steps=was.steps)  # a ladder never changes once the promise has begun
    assert restored(now, earlier(was, now)) == was
