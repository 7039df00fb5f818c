"""The typed rows of decisions, and the tables that keep them."""

import typing
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import configure_mappers
from sqlmodel import SQLModel

from models.rules.lifecycle import Move, State
from models.rules.rows import HandoffRow, LeadRow, LedgerRow
from models.rules.undoing import kept, restored
from models.storage.rows import as_handoff, different, handoff_row
from models.storage.tables import Handoff, Lead, LedgerEntry, table
from tests.monday import TEN

JANE = HandoffRow(
    id=42,
    workspace_id="T1",
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


@pytest.mark.parametrize(("row", "model"), [(LeadRow, Lead), (HandoffRow, Handoff), (LedgerRow, LedgerEntry)])
def test_a_row_has_the_columns_of_its_table_with_their_types(row: Any, model: type[SQLModel]) -> None:
    columns = table(model).c
    assert set(row._fields) | {"id"} == set(columns.keys())
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


def test_only_what_is_different_is_written_and_enums_as_their_values() -> None:
    now = JANE._replace(state=State.ACCEPTED, moved=Move.ACCEPT, attempts=0)
    assert different(JANE, now) == {"state": "accepted", "moved": "accept"}
    assert type(different(JANE, now)["state"]) is str


def test_a_row_survives_the_way_to_the_table_and_back() -> None:
    configure_mappers()
    assert handoff_row(as_handoff(JANE)) == JANE
