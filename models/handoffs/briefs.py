"""A handoff with its lead and the terms in force: what the desk decides on, and what it returns."""

from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

import sqlalchemy as sa
from sqlmodel import Session, col

from models.errors import NoSuchHandoff, PersonId, Refused
from models.rules.callers import Caller
from models.rules.ladders import REPLIES, SALES
from models.rules.lifecycle import Move, Role, Standing, State, legal_moves, next_state
from models.rules.rows import PromiseRow
from models.rules.terms import Terms
from models.storage import rows
from models.storage.tables import LARGEST_NUMBER, LIVE, Handoff, Lead, Promise, Workspace
from models.workspace.agreements import Agreements


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A handoff, its lead, and what somebody owes about it now. `promises` are those that are live, or that on the next
    move alone."""

    handoff: Handoff
    lead: Lead
    promises: tuple[PromiseRow, ...] = ()

    @property
    def next_move(self) -> PromiseRow | None:
        """Returns the promise of the handoff's owner. None after the handoff has ended."""
        return next((one for one in self.promises if one.what in SALES), None)

    @property
    def due_at(self) -> datetime | None:
        """Returns by when the owner owes the next move."""
        return self.next_move.due_at if self.next_move else None

    @property
    def reply(self) -> PromiseRow | None:
        """Returns marketing's promise to answer a rejection, until it is kept."""
        return next((one for one in self.promises if one.what in REPLIES), None)

    @property
    def number(self) -> int:
        return self.handoff.number


@dataclass(frozen=True, kw_only=True)
class HandoffBrief(Listed):
    """A handoff and its lead, under the terms in force. `line` is the ledger line of what the caller just did. Undo
    takes it to undo that."""

    terms: Terms
    line: int | None = None

    @property
    def state(self) -> State:
        return State(self.handoff.state)


_BRIEF = (
    sa.select(Handoff, Lead, col(Workspace.agreement_version), col(Workspace.people_stamp), Promise)
    .join(Lead, col(Lead.id) == col(Handoff.lead_id))
    .join(Workspace, col(Workspace.id) == col(Handoff.workspace_id))
    .outerjoin(Promise, (col(Promise.handoff_id) == col(Handoff.id)) & sa.text(LIVE))
    .where(col(Handoff.id) == sa.bindparam("number"), col(Handoff.workspace_id) == sa.bindparam("workspace"))
)


def load(session: Session, agreements: Agreements, number: int, *, by: Caller, their_own: bool = False) -> HandoffBrief:
    """Returns the handoff as it stands. Raises NoSuchHandoff or NotSetUp. Raises NotShown for a caller who may not see
    leads, even if the handoff does not exist. `their_own` also admits the caller who owns or flagged the handoff, so
    that they later get a more exact refusal."""
    workspace_id = by.workspace_id
    if not 0 < number <= LARGEST_NUMBER:
        return _none(session, agreements, number, by)
    found = session.execute(_BRIEF, {"number": number, "workspace": workspace_id}).all()
    if not found:
        return _none(session, agreements, number, by)
    handoff, lead, *in_force, _ = found[0]
    live = [row.Promise for row in found if row.Promise is not None]
    for one in (handoff, lead, *live):  # only conditional statements change them, and they outlive the session
        session.expunge(one)
    terms = agreements.terms(session, workspace_id, in_force=tuple(in_force))
    if not (their_own and by.person in (handoff.owner, handoff.flagged_by)):
        terms.require_sight(by)
    return HandoffBrief(handoff=handoff, lead=lead, promises=tuple(map(rows.promise_row, live)), terms=terms)


def listed_one(handoff: Handoff, lead: Lead, promise: Promise | None) -> Listed:
    """Returns a handoff for a list, with the promise on its next move as `promise_rows.NEXT` finds it."""
    return Listed(handoff=handoff, lead=lead, promises=(rows.promise_row(promise),) if promise is not None else ())


def _none(session: Session, agreements: Agreements, number: int, by: Caller) -> NoReturn:
    """The handoff does not exist. Raises NotSetUp or NotShown first, because they tell the caller more, else
    NoSuchHandoff."""
    agreements.terms(session, by.workspace_id).require_sight(by)
    raise NoSuchHandoff(number=number)


def standing(handoff: Handoff) -> Standing:
    """Returns what the lifecycle needs to know about a handoff."""
    return Standing(
        number=handoff.number,
        state=State(handoff.state),
        owner=PersonId(handoff.owner) if handoff.owner else None,
        flagged_by=PersonId(handoff.flagged_by),
        moved=Move(handoff.moved),
        moved_by=PersonId(handoff.moved_by),
        moved_at=handoff.moved_at,
        contested=handoff.contested,
        ruled=handoff.ruled,
    )


def moves_open_to(handoff: Handoff, person: PersonId, roles: frozenset[Role]) -> frozenset[Move]:
    """Returns the moves that this person may make now."""
    stands = standing(handoff)
    return frozenset(move for move in legal_moves(stands.state) if _is_allowed(stands, move, person, roles))


def _is_allowed(stands: Standing, move: Move, person: PersonId, roles: frozenset[Role]) -> bool:
    try:
        next_state(stands, move, by=person, roles=roles)
    except Refused:
        return False
    return True


def may_fix(roles: frozenset[Role]) -> bool:
    """True if a person with these roles may correct a rejected lead and flag it again. Marketers may, for their own
    leads and for others', and so may managers."""
    return bool(roles & {Role.MARKETER, Role.MANAGER})
