"""Mending: edits correct a lead, and undo reverts what a person just did. Both run in the desk's transaction. Neither
is a move: they change no deadline and do not count in reports."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from models.errors import (
    EditedLast,
    EditedMeanwhile,
    EmailTaken,
    MovedSince,
    NoSuchHandoff,
    NothingEdited,
    NothingToUndo,
    NotInRole,
    PersonId,
)
from models.handoffs import briefs
from models.handoffs.briefs import HandoffBrief, standing
from models.handoffs.offering import Offering
from models.rules import undoing
from models.rules.callers import Caller
from models.rules.fields import FIELDS, LeadDetails
from models.rules.lifecycle import OPEN_STATES, PAST, Move, State, next_state
from models.rules.moves import NOTHING_DUE
from models.rules.requests import EditRequest, UndoRequest
from models.rules.search_text import search_text
from models.rules.undoing import UNDO_FOR, Before
from models.storage import changes, ledger
from models.storage.tables import Handoff, Lead, LedgerEntry, UtcDateTime, table
from models.workspace.agreements import Agreements

# The fields that belong to a handoff. The others belong to the lead.
OF_HANDOFF = ("source", "campaign", "score", "why_now")
# How many of the newest ledger lines undo searches for the last one of a person. Fewer are written in five minutes.
LATEST_LINES = 2000

_lead, _handoff = table(Lead).c, table(Handoff).c


def fields_of(handoff: Handoff, lead: Lead) -> dict[str, str]:
    """Returns the fields of a lead as text, as a person types them, by field."""
    return {name: _text(getattr(handoff if name in OF_HANDOFF else lead, name)) for name in FIELDS}


def mark(text: str) -> str:
    """Returns a short digest of a field. A different digest shows that the field has changed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def refuse_if_taken(session: Session, lead: Lead, email: str, email_key: str) -> None:
    """Raises EmailTaken if another lead has this address."""
    rival = session.execute(
        sa.select(_lead.name, sa.select(sa.func.max(_handoff.id)).where(_handoff.lead_id == _lead.id).scalar_subquery())
        .where(_lead.workspace_id == lead.workspace_id, _lead.email_key == email_key, _lead.id != lead.id)
        .limit(1)
    ).first()
    if rival:
        raise EmailTaken(email=email, name=rival[0], number=rival[1])


# Edit.


def edit(session: Session, brief: HandoffBrief, request: EditRequest, *, by: Caller, at: datetime) -> HandoffBrief:
    """Corrects the fields of a lead. Raises NotYoursToEdit, EditedMeanwhile, EmailTaken or NothingEdited."""
    handoff, lead = brief.handoff, brief.lead
    next_state(standing(handoff), Move.EDIT, by=by.person, roles=brief.terms.roles(by))
    known, said = fields_of(handoff, lead), fields_said(request.lead)
    stale = [name for name in FIELDS if mark(known[name]) != request.seen.get(name)]
    if stale:
        told = " ".join(_told(session, lead, name, known[name], request.seen.get(name, "")) for name in stale)
        raise EditedMeanwhile(number=handoff.number, changes=f"{told} ")
    changed = {name: [known[name], said[name]] for name in FIELDS if known[name] != said[name]}
    if not changed:
        raise NothingEdited(number=handoff.number)
    if "email" in changed:
        refuse_if_taken(session, lead, request.lead.email, request.lead.email_key)
    new = {name: getattr(request.lead, name) for name in changed}
    of_handoff = {name: value for name, value in new.items() if name in OF_HANDOFF}
    changes.follow(handoff, changes.put(session, handoff, of_handoff))
    _put_lead(session, lead, {name: value for name, value in new.items() if name not in OF_HANDOFF})
    line = ledger.append(
        session,
        by.workspace_id,
        handoff.number,
        Move.EDIT,
        by=by.person,
        to=State(handoff.state),
        owner=handoff.owner,
        at=at,
        detail={"changed": changed},
    )
    _refresh(session, lead, at=at)
    return replace(brief, line=line)


def _put_lead(session: Session, lead: Lead, new: Mapping[str, Any]) -> None:
    """Writes columns of a lead if they are unchanged since they were read. Raises Rivalry otherwise."""
    if not new:
        return
    as_it_was = (_lead[name].is_not_distinct_from(getattr(lead, name)) for name in new)
    values = dict(new)
    if "email" in values:
        values["email_key"] = LeadDetails(name="", company="", email=values["email"]).email_key
    now = {name: values.get(name, getattr(lead, name)) for name in ("name", "company", "email")}
    values["search_text"] = search_text(**now)
    result = session.execute(sa.update(table(Lead)).where(_lead.id == lead.id, *as_it_was).values(**values))
    if not result.rowcount:  # type: ignore[attr-defined]
        raise changes.Rivalry
    changes.follow(lead, values)


def _told(session: Session, lead: Lead, name: str, now: str, seen: str) -> str:
    """Returns a sentence that says how somebody else changed a field."""
    lines = session.exec(
        select(LedgerEntry)
        .join(Handoff, col(Handoff.id) == col(LedgerEntry.handoff_id))
        .where(col(Handoff.lead_id) == lead.id, col(LedgerEntry.move) == Move.EDIT.value)
        .order_by(col(LedgerEntry.id).desc())
        .limit(20)
    ).all()
    olds = (line.detail["changed"][name][0] for line in lines if name in line.detail["changed"])
    was = next((old for old in olds if mark(old) == seen), None)
    label = name.replace("_", " ").capitalize()
    before = f" was “{was[:150]}” and" if was else ""
    return f"{label}{before} is “{now[:150]}” now." if now else f"{label}{before} is empty now."


# Undo.


def undo(
    session: Session, agreements: Agreements, offering: Offering, request: UndoRequest, *, by: Caller, at: datetime
) -> HandoffBrief:
    """Undoes what the caller did: everything that it changed gets its earlier value. Raises what `undoing.check`
    raises, NotInRole, AlreadyOpen, EmailTaken or NothingToUndo."""
    line = _line(session, request, by, at)
    brief = briefs.load(session, agreements, line.handoff_id, by=by)
    handoff = brief.handoff
    if not brief.terms.roles(by):
        raise NotInRole(role="marketers, reps and managers", verb="take back what they did")
    before = undoing.check(line, _since(session, line), by=by.person, at=at)
    if Move(line.move) is Move.FLAG:
        columns = _void(by, at)
    else:
        for follower in _followers(session, handoff, line):
            _take_back_offer(session, follower, by=by, at=at)
        columns = _as_stored(Handoff, before.handoff)
        if columns["state"] in OPEN_STATES and handoff.state not in OPEN_STATES:
            offering.past(session, handoff.lead_id).refuse_if_open()
    _enter(session, handoff, line, columns, by=by, at=at)
    _put_back(session, brief, before, answered_at=line.at, at=at)
    return brief


def _line(session: Session, request: UndoRequest, by: Caller, at: datetime) -> LedgerEntry:
    """Returns the ledger line to undo: the named one, or the last one that the caller may undo. Raises NoSuchHandoff,
    EditedLast or NothingToUndo."""
    if request.line is not None:
        named = session.get(LedgerEntry, request.line)
        if named is None or named.workspace_id != by.workspace_id:
            raise NoSuchHandoff(number=request.line)
        return named
    lines = session.exec(
        select(LedgerEntry)
        .where(col(LedgerEntry.id) > sa.select(sa.func.max(LedgerEntry.id) - LATEST_LINES).scalar_subquery())
        .where(col(LedgerEntry.workspace_id) == by.workspace_id, col(LedgerEntry.actor) == by.person)
        .where(col(LedgerEntry.at) >= at - UNDO_FOR)
        .order_by(col(LedgerEntry.id).desc())
    ).all()
    undone = {line.undoes for line in lines}
    mine = next((line for line in lines if _can_be_meant(line) and line.id not in undone), None)
    if mine is None:
        raise NothingToUndo(minutes=UNDO_FOR // timedelta(minutes=1))
    if Move(mine.move) is Move.EDIT:  # undoing the line before the edit would surprise
        raise EditedLast(number=mine.handoff_id)
    return mine


def _can_be_meant(line: LedgerEntry) -> bool:
    return line.before is not None or line.move == Move.EDIT.value


def _since(session: Session, line: LedgerEntry) -> Sequence[LedgerEntry]:
    later = select(LedgerEntry).where(col(LedgerEntry.handoff_id) == line.handoff_id, col(LedgerEntry.id) > line.id)
    return session.exec(later.order_by(col(LedgerEntry.id))).all()


def _void(by: Caller, at: datetime) -> dict[str, Any]:
    """Returns the columns of a handoff that was flagged by mistake: it is withdrawn, and no report counts it."""
    last = {"moved": Move.WITHDRAW.value, "moved_by": by.person, "moved_at": at}
    return {**NOTHING_DUE, **last, "state": State.WITHDRAWN.value, "closed_at": at, "voided": True}


def _followers(session: Session, handoff: Handoff, line: LedgerEntry) -> Iterator[Handoff]:
    """Yields the handoff that began because this one was rerouted."""
    found = select(Handoff).where(
        col(Handoff.lead_id) == handoff.lead_id,
        col(Handoff.follows) == handoff.number,
        col(Handoff.flagged_at) == line.at,
        ~col(Handoff.voided),
    )
    for follower in session.exec(found).all():
        session.expunge(follower)
        yield follower


def _take_back_offer(session: Session, follower: Handoff, *, by: Caller, at: datetime) -> None:
    """Withdraws the offer to the next rep together with the move that made it. Raises MovedSince if the rep has
    answered it already."""
    if Move(follower.moved) is not Move.FLAG:
        raise MovedSince(
            number=follower.number,
            actor=PersonId(follower.moved_by),
            past=PAST[Move(follower.moved)],
            at=follower.moved_at,
        )
    flagged = session.exec(
        select(LedgerEntry).where(
            col(LedgerEntry.handoff_id) == follower.number, col(LedgerEntry.move) == Move.FLAG.value
        )
    ).one()
    _enter(session, follower, flagged, _void(by, at), by=by, at=at)


def _enter(
    session: Session, handoff: Handoff, line: LedgerEntry, columns: dict[str, Any], *, by: Caller, at: datetime
) -> None:
    """Gives columns of a handoff their earlier values, appends an undo line to the ledger, and asks for its messages
    again."""
    changes.follow(handoff, changes.put(session, handoff, columns))
    ledger.append(
        session,
        handoff.workspace_id,
        handoff.number,
        Move.UNDO,
        by=by.person,
        to=State(handoff.state),
        owner=handoff.owner,
        at=at,
        undoes=line.id,
    )
    changes.refresh(session, handoff.number, at=at)


def _put_back(session: Session, brief: HandoffBrief, before: Before, *, answered_at: datetime, at: datetime) -> None:
    """Restores the lead, and the rejections that only this move answered."""
    lead = brief.lead
    if before.lead:
        columns = _as_stored(Lead, before.lead)
        if columns.get("email_key", lead.email_key) != lead.email_key:
            refuse_if_taken(session, lead, columns["email"], columns["email_key"])
        session.execute(sa.update(table(Lead)).where(_lead.id == lead.id).values(**columns))
        changes.follow(lead, columns)
        _refresh(session, lead, at=at)
    for number, kept in before.answered.items():
        session.execute(
            sa.update(table(Handoff))
            .where(_handoff.id == number, _handoff.workspace_id == lead.workspace_id)
            .where(_handoff.answered_at == answered_at, ~_handoff.contested)
            .values(**_as_stored(Handoff, kept))
        )
        changes.refresh(session, number, at=at)


def _refresh(session: Session, lead: Lead, *, at: datetime) -> None:
    """Asks for every card of this lead, and every other message that shows it, again."""
    for number in session.scalars(sa.select(_handoff.id).where(_handoff.lead_id == lead.id)).all():
        changes.refresh(session, number, at=at)


def fields_said(details: LeadDetails) -> dict[str, str]:
    """Returns the fields of a form as text, by field."""
    return {name: _text(getattr(details, name)) for name in FIELDS}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _as_stored(model: type[SQLModel], columns: undoing.Columns) -> dict[str, Any]:
    """Converts columns from the ledger's JSON into the types of the database."""
    declared = table(model).c
    return {name: _value(declared[name].type, value) for name, value in columns.items()}


def _value(kind: sa.types.TypeEngine[Any], value: undoing.Value) -> Any:
    if not isinstance(value, str):
        return value
    if isinstance(kind, sa.Date):
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if isinstance(kind, UtcDateTime) else value
