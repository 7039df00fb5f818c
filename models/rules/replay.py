"""Replay: how a handoff stands, from its ledger lines alone. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from models.errors import PersonId
from models.rules.lifecycle import Move, State
from models.rules.rows import LedgerRow, Promised

# The moves that give a handoff its reason, or take it away.
_REASONED = frozenset({Move.REJECT, Move.DISQUALIFY, Move.OVERTURN, Move.STOOD})


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """A handoff as its lines say. `promises` are those that are live, by their ids. `attempts` is None if all lines are
    from Baton 0.1, which did not say them."""

    state: State
    owner: PersonId | None
    reason: str | None
    value_cents: int | None
    currency: str
    expected_close: date | None
    attempts: int | None
    promises: tuple[Promised, ...]


def replay(handoff: int, lines: Iterable[LedgerRow]) -> Replayed:
    """Returns how the handoff with this id stands after these lines: all of its workspace, in the order in which they
    were written, those of one handoff by their versions. Its own are not enough, nor are those of its lead: to flag a
    lead keeps what marketing owed about an earlier handoff, which is one of another lead if the fix leads to that
    lead's address. Raises ValueError if no line is about it."""
    last: LedgerRow | None = None
    reason: str | None = None
    reason_before: dict[int, str | None] = {}
    promises: dict[int, Promised] = {}
    for line in lines:
        promises |= {one.id: one for one in line.promises if one.handoff_id == handoff}
        if line.handoff_id != handoff:
            continue
        last, reason_before[line.id] = line, reason
        if line.undoes is not None:
            reason = reason_before[line.undoes]
        elif line.move in _REASONED:
            reason = line.reason
    if last is None:
        raise ValueError(f"no line is about the handoff {handoff}")
    return Replayed(
        state=last.state,
        owner=last.owner,
        reason=reason,
        value_cents=last.value_cents,
        currency=last.currency,
        expected_close=last.expected_close,
        attempts=last.attempts,
        promises=tuple(promises[one] for one in sorted(promises) if promises[one].is_live),
    )
