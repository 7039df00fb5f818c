"""Corrections: edits correct a lead, and undo reverts what a person just did. Pure. Neither is a move: they change no
deadline and do not count in reports."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from models.errors import (
    EditedLast,
    EditedMeanwhile,
    EmailTaken,
    MovedSince,
    NothingEdited,
    NothingToUndo,
    NotInRole,
    PersonId,
)
from models.rules import flagging, promises, undoing
from models.rules.callers import Caller
from models.rules.decisions import Decision, Past, lead_rows, promise_rows, refuse_if_open, said_in_lines
from models.rules.fields import FIELDS
from models.rules.ladders import REPLIES
from models.rules.lifecycle import OPEN_STATES, PAST, Move, next_state
from models.rules.moves import voided
from models.rules.requests import EditRequest
from models.rules.rows import (
    Before,
    HandoffRow,
    KeyFreed,
    LeadKeyKind,
    LeadRow,
    LeadShownAgain,
    LedgerRow,
    Moved,
    PromiseRow,
    Row,
    ShownAgain,
    line_of,
    standing,
)
from models.rules.terms import Terms
from models.rules.undoing import UNDO_FOR


def mark(text: str) -> str:
    """Returns a short digest of a field. A different digest shows that the field has changed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


class KnownBy(NamedTuple):
    """The lead that is known by an address, and the number of its latest handoff."""

    lead_id: int
    name: str
    number: int


# Edit.


@dataclass(frozen=True, kw_only=True)
class EditFacts:
    """What an edit looks at. `known_by`: who is known by the address that the lead gets. `edits` are the latest edits
    of the lead, newest first."""

    terms: Terms
    handoff: HandoffRow
    lead: LeadRow
    promises: tuple[PromiseRow, ...]
    known_by: KnownBy | None
    edits: Sequence[LedgerRow]
    ids: Iterator[int]


def edit(facts: EditFacts, request: EditRequest, *, by: Caller, at: datetime) -> Decision:
    """Corrects the fields of a lead. Raises NotYoursToEdit, EditedMeanwhile, EmailTaken or NothingEdited."""
    was, lead_was, new = facts.handoff, facts.lead, request.lead
    next_state(standing(was), Move.EDIT, by=by.person, roles=facts.terms.roles(by))
    known, said = flagging.texts_of(was, lead_was), flagging.texts_said(new)
    stale = [name for name in FIELDS if mark(known[name]) != request.seen.get(name)]
    if stale:
        told = " ".join(
            _changed_meanwhile(facts.edits, name, known[name], request.seen.get(name, "")) for name in stale
        )
        raise EditedMeanwhile(number=was.number, changes=f"{told} ")
    changed = {name: [known[name], said[name]] for name in FIELDS if known[name] != said[name]}
    if not changed:
        raise NothingEdited(number=was.number)
    if "email" in changed:
        _refuse_if_taken(facts.known_by, lead_was, new.email)
    lead = flagging.edited(lead_was, new)
    handoff = was._replace(**flagging.of_handoff(new), version=was.version + 1)
    line = line_of(handoff, Move.EDIT, id=next(facts.ids), by=by.person, at=at)._replace(detail={"changed": changed})
    rows = (*lead_rows(lead_was, lead), Moved(was, handoff), line, LeadShownAgain(lead.id, 0, at))
    return Decision(handoff=handoff, lead=lead, promises=facts.promises, rows=rows, line=line.id)


def _changed_meanwhile(edits: Sequence[LedgerRow], name: str, now: str, seen: str) -> str:
    """Returns a sentence that says how somebody else changed a field."""
    olds = [changed[name][0] for line in edits if name in (changed := _changed_in(line))]
    was = next((old for old in olds if mark(old) == seen), None)
    label = name.replace("_", " ").capitalize()
    before = f" was “{was[:150]}” and" if was else ""
    return f"{label}{before} is “{now[:150]}” now." if now else f"{label}{before} is empty now."


def _changed_in(line: LedgerRow) -> dict[str, list[str]]:
    """Returns what an edit changed: the text before and after, by field."""
    changed = line.detail.get("changed")
    return changed if isinstance(changed, dict) else {}


def _refuse_if_taken(known_by: KnownBy | None, lead: LeadRow, email: str) -> None:
    """Raises EmailTaken if another lead has this address, or had it."""
    if known_by is not None and known_by.lead_id != lead.id:
        raise EmailTaken(email=email, name=known_by.name, number=known_by.number)


# Undo.


class Follower(NamedTuple):
    """A handoff that began because another one was rerouted, and the id of its first ledger line."""

    handoff: HandoffRow
    line: int


@dataclass(frozen=True, kw_only=True)
class UndoFacts:
    """What undo looks at: the ledger line, its handoff with the lead, the later lines of the handoff, the handoffs that
    began with the line, the `others` about which it changed promises, all promises about its handoff and those that
    began with it, and those that it changed about others, the past of the lead, its latest edits, and who is known by
    the address that the lead gets back."""

    terms: Terms
    line: LedgerRow
    handoff: HandoffRow
    lead: LeadRow
    since: Sequence[LedgerRow]
    followers: Sequence[Follower]
    others: Sequence[HandoffRow]
    promises: Sequence[PromiseRow]
    past: Past
    edits: Sequence[LedgerRow]
    known_by: KnownBy | None
    ids: Iterator[int]


def line_meant(lines: Sequence[LedgerRow], number_of: dict[int, int]) -> LedgerRow:
    """Returns the line that a person means who undoes something without naming it. `lines` are theirs, newest first,
    `number_of` has the numbers of the handoffs. Raises NothingToUndo or EditedLast."""
    undone = {line.undoes for line in lines}
    mine = next((line for line in lines if _can_be_meant(line) and line.id not in undone), None)
    if mine is None:
        raise NothingToUndo(minutes=UNDO_FOR // timedelta(minutes=1))
    if mine.move is Move.EDIT:  # undoing the line before the edit would surprise
        raise EditedLast(number=number_of[mine.handoff_id])
    return mine


def _can_be_meant(line: LedgerRow) -> bool:
    return line.before is not None or line.move is Move.EDIT


def undo(facts: UndoFacts, *, by: Caller, at: datetime) -> Decision:
    """Undoes what the caller did: everything that it changed gets its earlier value. Raises what `undoing.check`
    raises, NotInRole, AlreadyOpen, EmailTaken, EditedLast, MovedSince or YouMovedSince."""
    was, line = facts.handoff, facts.line
    if not facts.terms.roles(by):
        raise NotInRole(role="marketers, reps and managers", verb="take back what they did")
    before = undoing.check(line, facts.since, number=was.number, by=by.person, at=at)
    _refuse_if_edited(facts, before, by=by)
    _refuse_if_others_moved(facts, by=by)
    rows: list[Row] = []
    if line.move is Move.FLAG:
        now = voided(was, by=by.person, at=at)
    else:
        for follower in facts.followers:
            rows += _offer_taken_back(facts, follower, by=by, at=at)
        now = undoing.restored(was, before.handoff)
        if now.state in OPEN_STATES and was.state not in OPEN_STATES:
            _refuse_if_open(facts)
    undone, this, undo_rows = _put_back(facts, was, now, line.id, by=by, at=at)
    lead = undoing.restored(facts.lead, before.lead)
    if before.lead:  # other fields by which it is found may have been edited since
        lead = flagging.found_by(lead)
    promised, promises_now = _promises_put_back(facts, before, at=at)
    rows += [*undo_rows, *_lead_put_back(facts, before, lead, at=at), *promises_now]
    live = tuple(one for one in promised if one.is_live and one.handoff_id == was.id)
    return Decision(handoff=undone, lead=lead, promises=live, rows=said_in_lines(rows, this))


def _promises_put_back(facts: UndoFacts, before: Before, *, at: datetime) -> tuple[tuple[PromiseRow, ...], list[Row]]:
    """Returns the promises as they were before the line, without those that began with it, and the rows."""
    columns = before.promises or {}
    changed = columns.keys() | {one.id for one in facts.line.promises}
    now = [
        undoing.restored(one, columns[one.id]) if one.id in columns else promises.undone(one, at=at)
        for one in facts.promises
        if one.id in changed or one.is_live
    ]
    after, rows = promise_rows(facts.promises, now, facts.ids)
    shown = {facts.handoff.id, *(follower.handoff.id for follower in facts.followers)}
    others = sorted({one.handoff_id for one in now} - shown)
    return after, [*rows, *(ShownAgain(handoff, at) for handoff in others)]


def _refuse_if_open(facts: UndoFacts) -> None:
    """Raises AlreadyOpen if the lead has another open handoff than those that are taken back."""
    taken_back = {follower.handoff.id for follower in facts.followers}
    refuse_if_open((one for one in facts.past.handoffs if one.id not in taken_back), facts.lead.name)


def _refuse_if_edited(facts: UndoFacts, before: Before, *, by: Caller) -> None:
    """Raises EditedLast or MovedSince if a field of the lead that the line changed was edited since. To put it back
    would lose the edit."""
    line, number = facts.line, facts.handoff.number
    for one in facts.edits:
        if (one.at, one.id) > (line.at, line.id) and before.lead.keys() & _changed_in(one).keys():
            if one.actor == by.person:
                raise EditedLast(number=number)
            raise MovedSince(number=number, actor=PersonId(one.actor), past=PAST[one.move], at=one.at)


def _refuse_if_others_moved(facts: UndoFacts, *, by: Caller) -> None:
    """Raises MovedSince or YouMovedSince if a rejection to which the line replied has moved on since, as when somebody
    contested it. That is a reply too, so the promised one could not come back."""
    replied = {one.handoff_id for one in facts.promises if one.what in REPLIES}
    for one in facts.others:
        if one.moved_at > facts.line.at or (one.id in replied and one.moved is not Move.REJECT):
            raise undoing.moved_since(one.number, one.moved, one.moved_by, one.moved_at, by=by.person)


def _offer_taken_back(facts: UndoFacts, follower: Follower, *, by: Caller, at: datetime) -> list[Row]:
    """Returns the rows that withdraw the offer to the next rep together with the move that made it. Raises MovedSince
    if the rep has answered it already."""
    handoff = follower.handoff
    if handoff.moved is not Move.FLAG:
        raise MovedSince(
            number=handoff.number, actor=PersonId(handoff.moved_by), past=PAST[handoff.moved], at=handoff.moved_at
        )
    return _put_back(facts, handoff, voided(handoff, by=by.person, at=at), follower.line, by=by, at=at)[2]


def _put_back(
    facts: UndoFacts, was: HandoffRow, now: HandoffRow, line: int, *, by: Caller, at: datetime
) -> tuple[HandoffRow, int, list[Row]]:
    """Returns a handoff with its earlier values, the id of the ledger line that says so, and the rows: the handoff, the
    line, and its messages again."""
    undone = now._replace(version=was.version + 1)
    undoing_line = line_of(undone, Move.UNDO, id=next(facts.ids), by=by.person, at=at)._replace(undoes=line)
    return undone, undoing_line.id, [Moved(was, undone), undoing_line, ShownAgain(was.id, at)]


def _lead_put_back(facts: UndoFacts, before: Before, lead: LeadRow, *, at: datetime) -> list[Row]:
    """Returns the rows that give the lead its earlier values. The address by which it is known only since the line is
    nobody's any more."""
    was = facts.lead
    if lead == was:
        return []
    rows = lead_rows(was, lead)
    if lead.email_key != was.email_key:
        _refuse_if_taken(facts.known_by, was, lead.email)
        if before.new_address:
            rows.append(KeyFreed(was.workspace_id, LeadKeyKind.EMAIL, was.email_key, was.id))
    return [*rows, LeadShownAgain(was.id, 0, at)]
