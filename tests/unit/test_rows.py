"""The typed rows of decisions, and the tables that keep them."""

import typing
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel

from models.rules.lifecycle import Move, State
from models.rules.rows import (
    CommentRow,
    FeedbackRow,
    HandoffRow,
    LeadKeyRow,
    LeadRow,
    LedgerRow,
    ReceiptRow,
)
from models.rules.undoing import kept, restored
from models.storage.tables import Comment, Feedback, Handoff, Lead, LeadKey, LedgerEntry, Receipt, table
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
    due_at=TEN,
)


@pytest.mark.parametrize(
    ("row", "model"),
    [
        (LeadRow, Lead),
        (LeadKeyRow, LeadKey),
        (HandoffRow, Handoff),
        (LedgerRow, LedgerEntry),
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
        kinds = {getattr(one, "__supertype__", one) for one in options} - {type(None)}
        stored = columns[name].type.python_type
        assert any(isinstance(one, type) and issubclass(one, (stored, Enum)) for one in kinds) or stored is dict, name


@given(
    owner=st.none() | st.just("UREX"),
    due_at=st.none() | st.datetimes(timezones=st.just(UTC), min_value=datetime(2026, 1, 1)),  # noqa: DTZ001 - aware by `timezones`
    state=st.sampled_from(State),
    attempts=st.integers(0, 9),
    contested=st.booleans(),
)
def test_what_the_ledger_keeps_of_a_change_gives_back_the_row_as_it_was(**changed: Any) -> None:
    now = JANE._replace(**changed)
    assert restored(now, kept(JANE, now)) == JANE
