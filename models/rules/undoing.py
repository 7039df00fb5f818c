"""Undo: what the ledger keeps for it, and who may undo what, until when.

Each ledger line that can be undone holds the earlier values of everything that it changed. The person who made the move
may undo it for five minutes, unless somebody has moved the lead on since.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from models.errors import CantUndo, MovedSince, NotDoneByYou, PersonId, TakenBackBefore, TooLateToUndo, YouMovedSince
from models.rules.lifecycle import PAST, Move
from models.rules.rows import Before, Columns, HandoffRow, LeadRow, LedgerRow, PromiseRow, Value

UNDO_FOR = timedelta(minutes=5)

Row = TypeVar("Row", LeadRow, HandoffRow, PromiseRow)


def earlier(was: Row, now: Row) -> Columns:
    """Returns the earlier values of the columns in which `now` is not as it was, as JSON keeps them."""
    return {
        name: _as_json(before)
        for name, before, after in zip(was._fields, was, now, strict=True)
        if before != after and name != "version"
    }


def restored(row: Row, columns: Columns) -> Row:
    """Returns the row with the earlier values of these columns."""
    kinds = _KINDS[type(row).__name__]
    values: list[Any] = [
        _from_json(kinds[name], columns[name]) if name in columns else value
        for name, value in zip(row._fields, row, strict=True)
    ]
    return type(row)(*values)


def _kinds(row: type[LeadRow] | type[HandoffRow] | type[PromiseRow]) -> Mapping[str, type]:
    """Returns the type of each field, without None."""
    hints = get_type_hints(row)
    return {name: next(one for one in (*get_args(kind), kind) if one is not NoneType) for name, kind in hints.items()}


_KINDS = {row.__name__: _kinds(row) for row in (LeadRow, HandoffRow, PromiseRow)}


def _from_json(kind: type, value: Value) -> object:
    """Returns a value that the ledger kept as JSON, as this type."""
    if not isinstance(value, str):
        return value
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    return kind(value)


def check(line: LedgerRow, since: Sequence[LedgerRow], *, number: int, by: PersonId, at: datetime) -> Before:
    """Returns the values before this line, if `by` may undo it now. `since` holds the later lines of the handoff with
    this `number`. Raises NotDoneByYou, TakenBackBefore, MovedSince, YouMovedSince, TooLateToUndo or CantUndo."""
    if line.actor != by:
        raise NotDoneByYou(number=number, actor=PersonId(line.actor))
    undone = {one.undoes: one.at for one in since if one.undoes is not None}
    if line.id in undone:
        raise TakenBackBefore(number=number, at=undone[line.id])
    for one in since:
        if one.move in (Move.EDIT, Move.UNDO, Move.STOOD) or one.id in undone:
            continue
        raise moved_since(number, one.move, one.actor, one.at, by=by)
    if at - line.at > UNDO_FOR:
        raise TooLateToUndo(number=number, minutes=UNDO_FOR // timedelta(minutes=1))
    if line.before is None or line.before.promises is None:
        raise CantUndo(number=number)
    return line.before


def moved_since(number: int, move: Move, actor: str, moved_at: datetime, *, by: PersonId) -> MovedSince | YouMovedSince:
    """Returns why `by` can't undo what they did before `actor` moved the handoff with this `number` on."""
    if actor == by:
        return YouMovedSince(number=number, past=PAST[move], at=moved_at)
    return MovedSince(number=number, actor=PersonId(actor), past=PAST[move], at=moved_at)


def _as_json(value: object) -> Value:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    assert value is None or isinstance(value, str | int)  # noqa: S101 - narrows the type for the checker
    return value
