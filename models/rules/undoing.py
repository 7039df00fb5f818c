"""Undo: what the ledger keeps for it, and who may undo what, until when.

Each ledger line that can be undone holds the earlier values of everything that it changed. The person who made the move
may undo it for five minutes, unless somebody has moved the lead on since.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from models.errors import CantUndo, MovedSince, NotDoneByYou, PersonId, TakenBackBefore, TooLateToUndo, YouMovedSince
from models.rules.facts import LedgerLine
from models.rules.lifecycle import PAST, Move

UNDO_FOR = timedelta(minutes=5)

Value = str | int | bool | None
# Columns of a row by name, as JSON keeps them. Moments and days are in ISO format.
Columns = Mapping[str, Value]


class Before(BaseModel):
    """The values before a ledger line: the columns that it changed, of the handoff, of the lead, and of the lead's
    other handoffs whose rejection it answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    handoff: Columns = {}
    lead: Columns = {}
    answered: Mapping[int, Columns] = {}

    def as_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_defaults=True)


def kept(row: Any, names: Collection[str]) -> Columns:
    """Returns these columns of a row, as JSON keeps them."""
    return {name: _kept(getattr(row, name)) for name in names}


def check(line: LedgerLine, since: Sequence[LedgerLine], *, by: PersonId, at: datetime) -> Before:
    """Returns the values before this line, if `by` may undo it now. `since` holds the handoff's later lines. Raises
    NotDoneByYou, TakenBackBefore, MovedSince, YouMovedSince, TooLateToUndo or CantUndo."""
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
