"""Mending: edits correct a lead, and undo reverts what a person just did. Both run in the desk's transaction. Neither
is a move: they change no deadline and do not count in reports."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.errors import (
    EditedLast,
    EditedMeanwhile,
    MovedSince,
    NoSuchHandoff,
    NothingEdited,
    NothingToUndo,
    NotInRole,
    PersonId,
)
from models.handoffs import addresses, briefs
from models.handoffs.briefs import HandoffBrief, standing
from models.handoffs.offering import Offering
from models.rules import flagging, promises, undoing
from models.rules.callers import Caller
from models.rules.fields import FIELDS, LeadDetails
from models.rules.lifecycle import OPEN_STATES, PAST, Move, next_state
from models.rules.moves import voided
from models.rules.requests import EditRequest, UndoRequest
from models.rules.rows import Before, HandoffRow, LeadRow, PromiseRow, Release, line_of
from models.rules.undoing import UNDO_FOR
from models.storage import changes, ledger, promise_rows, rows
from models.storage.tables import Handoff, Lead, LedgerEntry, table
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
        addresses.refuse_if_taken(
            session, rows.lead_row(lead), email=request.lead.email, email_key=request.lead.email_key
        )
    was, lead_was = rows.handoff_row(handoff), rows.lead_row(lead)
    lead_now = flagging.edited(lead_was, request.lead)
    new = request.lead
    now = was._replace(
        source=new.source, campaign=new.campaign, score=new.score, why_now=new.why_now, version=was.version + 1
    )
    changes.put(session, was, now)
    changes.put_lead(session, lead_was, lead_now)
    addresses.corrected(session, lead_was, lead_now, at=at)
    edited = line_of(now, Move.EDIT, by=by.person, at=at)._replace(detail={"changed": changed})
    line = ledger.append(session, edited)
    _refresh(session, lead, at=at)
    return replace(brief, handoff=rows.as_handoff(now), lead=rows.as_lead(lead_now), line=line)


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
    was = rows.handoff_row(handoff)
    if Move(line.move) is Move.FLAG:
        now = voided(was, by=by.person, at=at)
    else:
        for follower in _followers(session, handoff, line):
            _take_back_offer(session, follower, by=by, at=at)
        now = undoing.restored(was, before.handoff)
        if now.state in OPEN_STATES and was.state not in OPEN_STATES:
            offering.past(session, was.lead_id).refuse_if_open()
    undone = _undo_line(session, was, now, line, by=by, at=at)
    live = _put_promises_back(session, was, before, at=at)
    lead = _put_back(session, brief, before, at=at)
    return replace(brief, handoff=rows.as_handoff(undone), lead=rows.as_lead(lead), promises=live)


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
    was = rows.handoff_row(follower)
    _undo_line(session, was, voided(was, by=by.person, at=at), flagged, by=by, at=at)
    _put_promises_back(session, was, Before(promises={}), at=at)


def _undo_line(
    session: Session, was: HandoffRow, now: HandoffRow, line: LedgerEntry, *, by: Caller, at: datetime
) -> HandoffRow:
    """Writes a handoff with its earlier values, appends an undo line to the ledger, and asks for its messages again.
    Returns the handoff as it is stored."""
    undone = now._replace(version=was.version + 1)
    changes.put(session, was, undone)
    ledger.append(session, line_of(undone, Move.UNDO, by=by.person, at=at)._replace(undoes=line.id))
    changes.refresh(session, was.id, at=at)
    return undone


def _put_promises_back(
    session: Session, handoff: HandoffRow, before: Before, *, at: datetime
) -> tuple[PromiseRow, ...]:
    """Restores the promises as they were before a line, and releases those about its handoff that began with it.
    Returns those about the handoff that are live now."""
    columns = before.promises or {}
    was = promise_rows.to_undo(session, handoff.id, columns)
    now = [
        undoing.restored(one, columns[one.id]) if one.id in columns else promises.released(one, Release.UNDONE, at=at)
        for one in was
        if one.id in columns or one.is_live
    ]
    # what ends is written first: of the promises to do the same, one at most is live
    promise_rows.put(session, was, sorted(now, key=lambda one: one.is_live))
    for number in sorted({one.handoff_id for one in now} - {handoff.id}):
        changes.refresh(session, number, at=at)
    return tuple(one for one in now if one.is_live and one.handoff_id == handoff.id)


def _put_back(session: Session, brief: HandoffBrief, before: Before, *, at: datetime) -> LeadRow:
    """Restores the lead. Returns it."""
    was = rows.lead_row(brief.lead)
    lead = undoing.restored(was, before.lead)
    if before.lead:
        if lead.email_key != was.email_key:
            addresses.refuse_if_taken(session, was, email=lead.email, email_key=lead.email_key)
            addresses.restored(session, lead)
        changes.put_lead(session, was, lead)
        _refresh(session, brief.lead, at=at)
    return lead


def _refresh(session: Session, lead: Lead, *, at: datetime) -> None:
    """Asks for every card of this lead, and every other message that shows it, again."""
    for number in session.scalars(sa.select(_handoff.id).where(_handoff.lead_id == lead.id)).all():
        changes.refresh(session, number, at=at)


def fields_said(details: LeadDetails) -> dict[str, str]:
    """Returns the fields of a form as text, by field."""
    return {name: _text(getattr(details, name)) for name in FIELDS}


def _text(value: object) -> str:
    return "" if value is None else str(value)
