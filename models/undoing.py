"""Taking back what one did a moment ago: what is kept for it, and who may until when.

Beside each line of the ledger that can be taken back stands how everything was that it changed. Whoever made the move
may take it back for five minutes, unless the lead was moved on since.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict
from sqlmodel import SQLModel

from models.errors import CantUndo, MovedSince, NotDoneByYou, PersonId, TakenBackBefore, TooLateToUndo, YouMovedSince
from models.lifecycle import PAST, Move
from models.tables import LedgerEntry, UtcDateTime, table

UNDO_FOR = timedelta(minutes=5)

Value = str | int | bool | None
Columns = Mapping[str, Value]
"""Columns of a row by name, as JSON keeps them: moments and days in ISO's form."""


class Before(BaseModel):
    """How things were before a line of the ledger: the columns that it changed, of the handoff, of the lead, and of the
    lead's other handoffs whose rejection it answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    handoff: Columns = {}
    lead: Columns = {}
    answered: Mapping[int, Columns] = {}

    def as_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_defaults=True)


def kept(row: Any, names: Collection[str]) -> Columns:
    """These columns of a row, to be kept."""
    return {name: _kept(getattr(row, name)) for name in names}


def restored(model: type[SQLModel], columns: Columns) -> dict[str, Any]:
    """Columns that were kept, as the database takes them."""
    declared = table(model).c
    return {name: _restored(declared[name].type, value) for name, value in columns.items()}


def check(line: LedgerEntry, since: Sequence[LedgerEntry], *, by: PersonId, at: datetime) -> Before:
    """How it was before this line, if `by` may take it back now; `since` are the lines after it. Raises NotDoneByYou,
    TakenBackBefore, MovedSince, YouMovedSince, TooLateToUndo or CantUndo."""
    number = line.handoff_id
    if line.actor != by:
        raise NotDoneByYou(number=number, actor=PersonId(line.actor))
    undone = {one.undoes: one.at for one in since if one.undoes is not None}
    if line.id in undone:
        raise TakenBackBefore(number=number, at=undone[line.id])
    for one in since:
        if Move(one.move) in (Move.EDIT, Move.UNDO) or one.id in undone:
            continue
        if one.actor == by:
            raise YouMovedSince(number=number, past=PAST[Move(one.move)], at=one.at)
        raise MovedSince(number=number, actor=PersonId(one.actor), past=PAST[Move(one.move)], at=one.at)
    if at - line.at > UNDO_FOR:
        raise TooLateToUndo(number=number, minutes=UNDO_FOR // timedelta(minutes=1))
    if line.before is None:
        raise CantUndo(number=number)
    return Before.model_validate(line.before)


def _kept(value: object) -> Value:
    if isinstance(value, datetime | date):
        return value.isoformat()
    assert value is None or isinstance(value, str | int)  # noqa: S101 - narrows the type for the checker
    return value


def _restored(kind: sa.types.TypeEngine[Any], value: Value) -> Any:
    if not isinstance(value, str):
        return value
    if isinstance(kind, sa.Date):
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if isinstance(kind, UtcDateTime) else value
