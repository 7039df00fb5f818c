"""How a handoff stands: it, its lead, and the terms in force. What the desk decides on, and what it returns."""

from dataclasses import dataclass
from typing import NoReturn

import sqlalchemy as sa
from sqlmodel import Session, col

from models.callers import Caller
from models.directory import Directory, Terms
from models.errors import NoSuchHandoff, PersonId, Refused
from models.lifecycle import Move, Role, Standing, State, legal_moves, next_state
from models.tables import LARGEST_NUMBER, Handoff, Lead, Workspace


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A handoff and its lead."""

    handoff: Handoff
    lead: Lead

    @property
    def number(self) -> int:
        return self.handoff.number


@dataclass(frozen=True, kw_only=True)
class HandoffBrief(Listed):
    """A handoff and its lead, under the terms in force. `line`: the line of the ledger that says what was just done,
    and by which it can be taken back."""

    terms: Terms
    line: int | None = None

    @property
    def state(self) -> State:
        return State(self.handoff.state)


_BRIEF = (
    sa.select(Handoff, Lead, col(Workspace.agreement_version), col(Workspace.people_stamp))
    .join(Lead, col(Lead.id) == col(Handoff.lead_id))
    .join(Workspace, col(Workspace.id) == col(Handoff.workspace_id))
    .where(col(Handoff.id) == sa.bindparam("number"), col(Handoff.workspace_id) == sa.bindparam("workspace"))
)


def load(session: Session, directory: Directory, number: int, *, by: Caller, their_own: bool = False) -> HandoffBrief:
    """Raises NoSuchHandoff, NotSetUp, and NotShown whether there is such a handoff or not. `their_own`: who has it or
    flagged it passes, for a better word why not."""
    workspace_id = by.workspace_id
    if not 0 < number <= LARGEST_NUMBER:
        return _none(session, directory, number, by)
    found = session.execute(_BRIEF, {"number": number, "workspace": workspace_id}).one_or_none()
    if found is None:
        return _none(session, directory, number, by)
    handoff, lead, *in_force = found
    session.expunge(handoff)  # it is changed by conditional statements only, and kept longer than the session
    session.expunge(lead)
    terms = directory.terms(session, workspace_id, in_force=tuple(in_force))
    if not (their_own and by.person in (handoff.owner, handoff.flagged_by)):
        terms.require_sight(by)
    return HandoffBrief(handoff=handoff, lead=lead, terms=terms)


def _none(session: Session, directory: Directory, number: int, by: Caller) -> NoReturn:
    """There is none. That nothing is set up yet, or that leads are not shown to the caller, is the better word."""
    directory.terms(session, by.workspace_id).require_sight(by)
    raise NoSuchHandoff(number=number)


def standing(handoff: Handoff) -> Standing:
    """What the lifecycle needs to know of a handoff."""
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
    """The moves that would not be refused to this person now."""
    stands = standing(handoff)
    return frozenset(move for move in legal_moves(stands.state) if _is_allowed(stands, move, person, roles))


def _is_allowed(stands: Standing, move: Move, person: PersonId, roles: frozenset[Role]) -> bool:
    try:
        next_state(stands, move, by=person, roles=roles)
    except Refused:
        return False
    return True


def may_fix(roles: frozenset[Role]) -> bool:
    """Whether a rejected lead may be flagged again, mended: by marketers, be it theirs or another's, and managers."""
    return bool(roles & {Role.MARKETER, Role.MANAGER})
