"""Loading: what each operation looks at, in one question to the database where it is frequent.

The parts of a question are the same in all: the terms in force, the delivery's receipt, the handoff and its lead.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models.errors import NoSuchHandoff, NotKnownAnyMore, NotSetUp
from models.handoffs.listed import HANDOFF, LEAD, PROMISE, HandoffBrief
from models.rules.callers import Caller
from models.rules.corrections import EditFacts, Follower, KnownBy, UndoFacts, line_meant
from models.rules.decisions import MAY_BE_OFFERED_AGAIN, Past, PastHandoff
from models.rules.flagging import Fixed, FlagFacts
from models.rules.lifecycle import Move
from models.rules.move_decision import MoveFacts
from models.rules.requests import EditRequest, FlagRequest, MoveRequest, UndoRequest
from models.rules.routing import Load
from models.rules.rows import (
    LARGEST_ID,
    LARGEST_NUMBER,
    SMALLEST_ID,
    CarriedId,
    CommentRow,
    FeedbackRow,
    HandoffRow,
    LeadKeyKind,
    LeadRow,
    LedgerRow,
    LineKind,
    PromiseRow,
)
from models.rules.terms import Terms
from models.rules.undoing import UNDO_FOR
from models.storage.change import Look, Question
from models.storage.ids import new_ids
from models.storage.ledger import IS_MOVE, LINE, LINES, is_undone, together
from models.storage.tables import (
    LIVE,
    Comment,
    Feedback,
    Handoff,
    Lead,
    LeadKey,
    LedgerEntry,
    Promise,
    Receipt,
    RepLoad,
    Workspace,
    table,
)
from models.workspace.agreements import Agreements

_lead, _key, _handoff, _line = table(Lead).c, table(LeadKey).c, table(Handoff).c, table(LedgerEntry).c
_receipt, _workspace, _load = table(Receipt).c, table(Workspace).c, table(RepLoad).c
_promise, _feedback, _comment = table(Promise).c, table(Feedback).c, table(Comment).c

# How many edits of a lead are looked through for what somebody else changed.
LATEST_EDITS = 20

WORKSPACE = sa.bindparam("workspace", type_=sa.String)
_ID = sa.bindparam("id", type_=sa.BigInteger)


class AnsweredBefore(Exception):  # noqa: N818 - an event, handled by the desk
    """This delivery was answered before: with this handoff, or with a refusal (None)."""

    def __init__(self, handoff: int | None) -> None:
        self.handoff = handoff


# The terms in force, and the receipt: its key, and its handoff.
_ALWAYS = (_workspace.agreement_version, _workspace.people_stamp, _receipt.key, _receipt.handoff_id)
_HERE = table(Workspace).outerjoin(
    table(Receipt),
    (_receipt.workspace_id == _workspace.id) & (_receipt.key == sa.bindparam("receipt", type_=sa.String)),
)


def _handoff_question(*columns: Any, of: sa.FromClause, named: sa.ColumnElement[Any]) -> Question:
    """Returns the question for these columns and a handoff that is named in this column, with its lead and its live
    promises. One promise is one row."""
    joined = of.outerjoin(table(Handoff), (_handoff.workspace_id == _workspace.id) & (named == _ID))
    joined = joined.outerjoin(table(Lead), _lead.id == _handoff.lead_id)
    joined = joined.outerjoin(table(Promise), (_promise.handoff_id == _handoff.id) & sa.text(LIVE))
    found = sa.select(*columns, *HANDOFF, *LEAD, *PROMISE).select_from(joined).where(_workspace.id == WORKSPACE)
    return Question(found.order_by(_promise.id))


# By whether the handoff is named by its number.
_OPERATION = {
    by_number: _handoff_question(*_ALWAYS, of=_HERE, named=_handoff.number if by_number else _handoff.id)
    for by_number in (True, False)
}
_BRIEF = {
    by_number: _handoff_question(
        _workspace.agreement_version,
        _workspace.people_stamp,
        of=table(Workspace),
        named=_handoff.number if by_number else _handoff.id,
    )
    for by_number in (True, False)
}
_NOT_UNDONE = ~is_undone(_line.id)
_GAVE_BACK = (
    (_line.handoff_id == _handoff.id)
    & _line.move.in_([sa.literal_column(f"'{move.value}'") for move in (Move.REJECT, Move.RETURN)])
    & _NOT_UNDONE
)
_PAST_HANDOFF = (*(_handoff[name] for name in PastHandoff._fields[:-1]), _line.actor)
_PAST = Question(
    sa.select(*_PAST_HANDOFF)
    .select_from(table(Handoff).outerjoin(table(LedgerEntry), _GAVE_BACK))
    .where(_handoff.lead_id == sa.bindparam("lead", type_=sa.BigInteger))
)


def _loads(*, is_sqlite: bool) -> sa.ColumnElement[Any]:
    """Returns the loads of everybody who was ever offered a lead, as one JSON text."""
    array = sa.func.json_array if is_sqlite else sa.func.json_build_array
    gathered = sa.func.json_group_object if is_sqlite else sa.func.json_object_agg
    loads = sa.type_coerce(gathered(_load.person, array(_load.open_handoffs, _load.last_turn)), sa.Text)
    found = sa.select(loads).where(_load.workspace_id == _workspace.id)
    return found.correlate(table(Workspace)).scalar_subquery()


_FLAG = {
    is_sqlite: Question(
        sa.select(*_ALWAYS, _loads(is_sqlite=is_sqlite), *LEAD, *_PAST_HANDOFF)
        .select_from(
            _HERE.outerjoin(
                table(LeadKey),
                (_key.workspace_id == _workspace.id)
                & (_key.kind == sa.literal_column(f"'{LeadKeyKind.EMAIL.value}'"))
                & (_key.key == sa.bindparam("email", type_=sa.String)),
            )
            .outerjoin(table(Lead), _lead.id == _key.lead_id)
            .outerjoin(table(Handoff), _handoff.lead_id == _lead.id)
            .outerjoin(table(LedgerEntry), _GAVE_BACK)
        )
        .where(_workspace.id == WORKSPACE)
    )
    for is_sqlite in (True, False)
}
_LOADS = Question(sa.select(_load.person, _load.open_handoffs, _load.last_turn).where(_load.workspace_id == WORKSPACE))
_CONTACT_LOGGED_AT = Question(
    sa.select(sa.func.max(_line.at)).where(
        _line.handoff_id == sa.bindparam("handoff", type_=sa.BigInteger),
        _line.move == sa.literal_column(f"'{Move.CONTACT.value}'"),
        _line.actor == sa.bindparam("person", type_=sa.String),
        _NOT_UNDONE,
    )
)
_KNOWN_BY = Question(
    sa.select(
        _lead.id,
        _lead.name,
        sa.select(sa.func.coalesce(sa.func.max(_handoff.number), 0))
        .where(_handoff.lead_id == _lead.id)
        .scalar_subquery(),
    )
    .join(table(LeadKey), _key.lead_id == _lead.id)
    .where(_key.workspace_id == WORKSPACE, _key.kind == LeadKeyKind.EMAIL, _key.key == sa.bindparam("email"))
)
_EDITS = Question(
    sa.select(*LINE)
    .select_from(LINES.join(table(Handoff), _handoff.id == _line.handoff_id))
    .where(_handoff.lead_id == sa.bindparam("lead", type_=sa.BigInteger), _line.move == Move.EDIT)
    .order_by(_line.at.desc(), _line.version.desc())
    .limit(LATEST_EDITS)
)
_LINE = Question(sa.select(*LINE).select_from(LINES).where(_line.id == _ID, _line.workspace_id == WORKSPACE, IS_MOVE))
_MINE = Question(
    sa.select(*LINE, _handoff.number)
    .select_from(LINES.join(table(Handoff), _handoff.id == _line.handoff_id))
    .where(
        _line.workspace_id == WORKSPACE,
        _line.actor == sa.bindparam("person"),
        _line.at >= sa.bindparam("since"),
        IS_MOVE,
    )
    .order_by(_line.at.desc(), _line.version.desc(), _line.id.desc())
)
_SINCE = Question(
    sa.select(*LINE)
    .select_from(LINES)
    .where(_line.handoff_id == sa.bindparam("handoff", type_=sa.BigInteger), _line.version > sa.bindparam("version"))
    .order_by(_line.version)
)
_FOLLOWERS = Question(
    sa.select(*HANDOFF, _line.id)
    .join(table(LedgerEntry), (_line.handoff_id == _handoff.id) & (_line.move == Move.FLAG))
    .where(_handoff.lead_id == sa.bindparam("lead", type_=sa.BigInteger), _handoff.follows == _ID)
    .where(_handoff.flagged_at == sa.bindparam("at"), ~_handoff.voided)
)
_STORED_FEEDBACK = Question(
    sa.select(*(_feedback[name] for name in FeedbackRow._fields)).where(
        _feedback.handoff_id == _ID,
        _feedback.person == sa.bindparam("person", type_=sa.String),
        _feedback.reaction == sa.bindparam("reaction", type_=sa.String),
    )
)
_STORED_COMMENT = Question(
    sa.select(*(_comment[name] for name in CommentRow._fields)).where(
        _comment.handoff_id == _ID, _comment.ts == sa.bindparam("ts", type_=sa.String)
    )
)
_WITH_WORDS = (LineKind.COMMENT, LineKind.COMMENT_EDITED)
_LINES_OF_COMMENTS = Question(
    sa.select(_line.id, _line.detail)
    .where(_line.handoff_id == _ID, _line.kind.in_([sa.literal_column(f"'{kind.value}'") for kind in _WITH_WORDS]))
    .order_by(_line.id)
)
_LIVE_OF_LEAD = Question(
    sa.select(*PROMISE)
    .join(table(Handoff), _handoff.id == _promise.handoff_id)
    .where(_handoff.lead_id == sa.bindparam("lead", type_=sa.BigInteger), sa.text(LIVE))
    .order_by(_promise.since, _promise.id)
)
_RECEIPT = Question(
    sa.select(_receipt.handoff_id).where(_receipt.workspace_id == WORKSPACE, _receipt.key == sa.bindparam("receipt"))
)


class Loading:
    """What the operations look at, for one change."""

    def __init__(self, look: Look, agreements: Agreements) -> None:
        self._look = look
        self._agreements = agreements

    def flag(self, request: FlagRequest, *, by: Caller) -> FlagFacts:
        """Raises AnsweredBefore, NotSetUp, or what `handoff` raises for the handoff that is fixed."""
        asked = {"workspace": by.workspace_id, "receipt": request.receipt, "email": request.lead.email_key}
        found = self._look.ask(_FLAG[self._look.is_sqlite], **asked)
        terms = self._in_force(found, by)
        _, _, _, _, loads, *rest = found[0]
        lead = LeadRow._make(rest[: len(LEAD)])
        known = lead.id is not None
        earlier = [
            PastHandoff._make(row[-len(_PAST_HANDOFF) :]) for row in found if row[-len(_PAST_HANDOFF)] is not None
        ]
        return FlagFacts(
            terms=terms,
            lead=lead if known else None,
            past=Past(handoffs=earlier),
            promises=self._live_promises(lead.id) if known else (),
            loads={person: Load._make(load) for person, load in _json(loads).items()},
            fixed=self._fixed(request.fixes, by) if request.fixes is not None else None,
            ids=new_ids(),
        )

    def _fixed(self, named: int, by: Caller) -> Fixed:
        brief = self.handoff(named, by=by)
        brief.terms.require_sight(by)
        lead = brief.lead
        return Fixed(handoff=brief.handoff, lead=lead, past=self._past(lead.id), promises=self._live_promises(lead.id))

    def move(self, request: MoveRequest, *, by: Caller) -> MoveFacts:
        """Raises AnsweredBefore, and what `operation` raises."""
        brief = self.operation(request.receipt, request.handoff, by=by)
        handoff, lead, terms = brief.handoff, brief.lead, brief.terms
        if by.person not in (handoff.owner, handoff.flagged_by):  # those get a more exact refusal
            terms.require_sight(by)
        elsewhere = request.move in MAY_BE_OFFERED_AGAIN
        return MoveFacts(
            terms=terms,
            stamped=self._agreements.stamped(self._look, terms, handoff.agreement_version),
            handoff=handoff,
            lead=lead,
            promises=brief.promises,
            ids=new_ids(),
            past=self._past(lead.id) if elsewhere else Past(),
            loads=self._loads(by.workspace_id) if elsewhere else {},
            contact_logged_at=self._contact_logged_at(handoff.id, by) if request.move is Move.CONTACT else None,
        )

    def edit(self, request: EditRequest, *, by: Caller) -> EditFacts:
        """Raises AnsweredBefore, and what `operation` raises."""
        brief = self.operation(request.receipt, request.handoff, by=by)
        brief.terms.require_sight(by)
        return EditFacts(
            terms=brief.terms,
            handoff=brief.handoff,
            lead=brief.lead,
            promises=brief.promises,
            known_by=self._known_by(by.workspace_id, request.lead.email_key),
            edits=self._edits(brief.lead.id),
            ids=new_ids(),
        )

    def undo(self, request: UndoRequest, *, by: Caller, at: datetime) -> UndoFacts:
        """Raises AnsweredBefore, NotKnownAnyMore, NothingToUndo, EditedLast, and what `operation` raises."""
        line = self._line(request.line, by) if request.line is not None else self._latest(by, at)
        brief = self.operation(request.receipt, line.handoff_id, by=by)
        brief.terms.require_sight(by)
        handoff, lead = brief.handoff, brief.lead
        followers = [
            Follower(HandoffRow._make(row[:-1]), row[-1])
            for row in self._look.ask(_FOLLOWERS, lead=lead.id, id=handoff.id, at=line.at)
        ]
        changed = line.before.promises or {} if line.before else {}
        email_before = line.before.lead.get("email_key") if line.before else None
        return UndoFacts(
            terms=brief.terms,
            line=line,
            handoff=handoff,
            lead=lead,
            since=[together(row) for row in self._look.ask(_SINCE, handoff=handoff.id, version=line.version)],
            followers=followers,
            others=self._others(handoff.id, changed),
            promises=self._promises_to_undo([handoff.id, *(one.handoff.id for one in followers)], changed),
            past=self._past(lead.id),
            edits=self._edits(lead.id) if line.before and line.before.lead else (),
            known_by=self._known_by(by.workspace_id, str(email_before)) if email_before else None,
            ids=new_ids(),
        )

    def operation(self, receipt: str, named: int, *, by: Caller) -> HandoffBrief:
        """Returns the handoff that is named by its id or its number. Raises AnsweredBefore, NotSetUp, NotShown,
        NoSuchHandoff or NotKnownAnyMore."""
        asked = {"workspace": by.workspace_id, "receipt": receipt, "id": _bounded(named)}
        found = self._look.ask(_OPERATION[_is_number(named)], **asked)
        terms = self._in_force(found, by)
        return _brief([row[len(_ALWAYS) :] for row in found], terms, named, by)

    def handoff(self, named: int, *, by: Caller) -> HandoffBrief:
        """Returns the same, whether or not a delivery was answered. Raises NotSetUp, NotShown, NoSuchHandoff or
        NotKnownAnyMore."""
        found = self._look.ask(_BRIEF[_is_number(named)], workspace=by.workspace_id, id=_bounded(named))
        if not found:
            raise NotSetUp
        version, stamp = found[0][:2]
        terms = self._terms(by.workspace_id, version, stamp)
        return _brief([row[2:] for row in found], terms, named, by)

    def feedback(self, handoff: int, person: str, reaction: str) -> FeedbackRow | None:
        """Returns what is stored of a person's reaction to the handoff with this id, or None."""
        found = self._look.ask(_STORED_FEEDBACK, id=handoff, person=person, reaction=reaction)
        return FeedbackRow._make(found[0]) if found else None

    def comment(self, handoff: int, ts: str) -> CommentRow | None:
        """Returns what is stored of a reply to the handoff with this id, or None."""
        found = self._look.ask(_STORED_COMMENT, id=handoff, ts=ts)
        return CommentRow._make(found[0]) if found else None

    def lines_of_comment(self, handoff: int, ts: str) -> list[int]:
        """Returns the ids of the ledger lines that have the text of a reply, or had it."""
        return [line for line, detail in self._look.ask(_LINES_OF_COMMENTS, id=handoff) if _json(detail)["ts"] == ts]

    def answered_with(self, receipt: str, *, by: Caller) -> int | None:
        """Returns the handoff with which a delivery was answered. None if it was refused."""
        [(handoff,)] = self._look.ask(_RECEIPT, workspace=by.workspace_id, receipt=receipt)
        found: int | None = handoff
        return found

    def _in_force(self, found: Sequence[Sequence[Any]], by: Caller) -> Terms:
        """Returns the terms. Raises NotSetUp or AnsweredBefore."""
        if not found:
            raise NotSetUp
        version, stamp, receipt, handoff = found[0][: len(_ALWAYS)]
        terms = self._terms(by.workspace_id, version, stamp)
        if receipt is not None:
            raise AnsweredBefore(handoff)
        return terms

    def _terms(self, workspace_id: str, version: int, stamp: str) -> Terms:
        return self._agreements.terms(self._look, workspace_id, in_force=(version, stamp))

    def _past(self, lead: int) -> Past:
        return Past(handoffs=[PastHandoff._make(row) for row in self._look.ask(_PAST, lead=lead)])

    def _edits(self, lead: int) -> list[LedgerRow]:
        """Returns the latest edits of a lead, newest first."""
        return [together(row) for row in self._look.ask(_EDITS, lead=lead)]

    def _live_promises(self, lead: int) -> tuple[PromiseRow, ...]:
        """Returns the live promises about all handoffs of a lead, oldest first."""
        return tuple(PromiseRow._make(row) for row in self._look.ask(_LIVE_OF_LEAD, lead=lead))

    def _promises_to_undo(self, handoffs: Collection[int], changed: Collection[int]) -> tuple[PromiseRow, ...]:
        """Returns the promises about these handoffs, live or not, and those with the ids `changed` about others, oldest
        first."""
        found = self._look.find(
            sa.select(*PROMISE)
            .where(_promise.handoff_id.in_(handoffs) | _promise.id.in_(changed))
            .order_by(_promise.since, _promise.id)
        )
        return tuple(PromiseRow._make(row) for row in found)

    def _others(self, handoff: int, changed: Collection[int]) -> list[HandoffRow]:
        """Returns the handoffs, besides the one with this id, about which the promises with the ids `changed` are."""
        if not changed:
            return []
        of_these = sa.select(_promise.handoff_id).where(_promise.id.in_(changed), _promise.handoff_id != handoff)
        found = self._look.find(sa.select(*HANDOFF).where(_handoff.id.in_(of_these)).order_by(_handoff.id))
        return [HandoffRow._make(row) for row in found]

    def _loads(self, workspace_id: str) -> dict[str, Load]:
        return {person: Load(*load) for person, *load in self._look.ask(_LOADS, workspace=workspace_id)}

    def _contact_logged_at(self, handoff: int, by: Caller) -> datetime | None:
        """Returns when the caller last logged a contact with this handoff, or None."""
        [(found,)] = self._look.ask(_CONTACT_LOGGED_AT, handoff=handoff, person=by.person)
        at: datetime | None = found
        return at

    def _known_by(self, workspace_id: str, email_key: str) -> KnownBy | None:
        found = self._look.ask(_KNOWN_BY, workspace=workspace_id, email=email_key)
        return KnownBy._make(found[0]) if found else None

    def _line(self, line: int, by: Caller) -> LedgerRow:
        found = self._look.ask(_LINE, id=_bounded(line), workspace=by.workspace_id)
        if not found:
            raise NotKnownAnyMore
        return together(found[0])

    def _latest(self, by: Caller, at: datetime) -> LedgerRow:
        """Returns the last line that the caller may undo. Raises NothingToUndo or EditedLast."""
        found = self._look.ask(_MINE, workspace=by.workspace_id, person=by.person, since=at - UNDO_FOR)
        lines = [together(row[:-1]) for row in found]
        return line_meant(lines, {line.handoff_id: row[-1] for line, row in zip(lines, found, strict=True)})


def _brief(found: Sequence[Sequence[Any]], terms: Terms, named: int, by: Caller) -> HandoffBrief:
    """Returns the handoff with its lead and its live promises, of which these rows were read. If there is none: raises
    NotShown for a caller who may not see leads, else NoSuchHandoff, or NotKnownAnyMore for an id, which only Baton
    itself writes down."""
    first = found[0]
    if first[0] is None:
        terms.require_sight(by)
        raise NoSuchHandoff(number=named) if _is_number(named) else NotKnownAnyMore
    both = len(HANDOFF) + len(LEAD)
    return HandoffBrief(
        handoff=HandoffRow._make(first[: len(HANDOFF)]),
        lead=LeadRow._make(first[len(HANDOFF) : both]),
        promises=tuple(PromiseRow._make(row[both:]) for row in found if row[both] is not None),
        terms=terms,
    )


def _is_number(named: int) -> bool:
    """True if this is no id. It may be larger than every number: people type anything."""
    return not isinstance(named, CarriedId) and not SMALLEST_ID <= named <= LARGEST_ID


def _bounded(named: int) -> int:
    """Returns an id or a number, or one that nothing has. For larger ones a query is an error in the database."""
    largest = LARGEST_NUMBER if _is_number(named) else LARGEST_ID
    return int(named) if 0 < named <= largest else 0


def _json(found: Any) -> dict[str, Any]:
    """Returns a JSON object. The driver may have read it already."""
    loaded: dict[str, Any] = json.loads(found) if isinstance(found, str) else (found or {})
    return loaded
