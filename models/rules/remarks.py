"""Remarks: what people say about a lead besides moves. Feedback by reaction, and replies in the thread of a card. Pure.

The chat's events may come late, twice, or in another order. An event that is not newer than the last one about the same
reaction or reply changes nothing. A ledger line is written for each change of what is kept, and for nothing else.
"""

from collections.abc import Sequence
from datetime import datetime

from models.rules.agreement import FEEDBACK
from models.rules.callers import Caller
from models.rules.lifecycle import Role
from models.rules.requests import CommentRequest, ReactionRequest
from models.rules.rows import (
    CommentChanged,
    CommentRow,
    FeedbackChanged,
    FeedbackRow,
    HandoffRow,
    HappeningRow,
    LeadShownAgain,
    LineKind,
    Row,
    ShownAgain,
    TextDeleted,
)
from models.rules.terms import Terms


def feedback(
    handoff: HandoffRow,
    stored: FeedbackRow | None,
    request: ReactionRequest,
    *,
    terms: Terms,
    line: int,
    by: Caller,
    at: datetime,
) -> tuple[Row, ...]:
    """Returns the rows that store feedback, or withdraw it. `stored` is the last event of this person and reaction.
    `line` is the id of the ledger line. Only reactions of reps and managers are feedback. Those of anybody else, and of
    the person who flagged the lead, only withdraw what is stored."""
    meaning = terms.agreement.meaning(request.reaction)
    counts = by.person != handoff.flagged_by and bool(terms.roles(by) & {Role.REP, Role.MANAGER})
    if meaning not in FEEDBACK or not (counts or (stored is not None and not request.given)):
        return ()
    if stored is not None and stored.event_at >= request.event_at:
        return ()
    now = FeedbackRow(
        by.workspace_id, handoff.id, by.person, request.reaction, meaning.value, request.given, request.event_at, at
    )
    saved = now if stored is None else FeedbackChanged(stored, now)
    was = stored.meaning if stored is not None and stored.given else None
    if was == (now.meaning if now.given else None):
        return (saved,)
    kind = LineKind.FEEDBACK if now.given else LineKind.FEEDBACK_WITHDRAWN
    detail = {"reaction": now.reaction, "meaning": now.meaning, "event_at": now.event_at}
    told = HappeningRow(line, by.workspace_id, handoff.id, at, by.person, kind, detail)
    return saved, told, ShownAgain(handoff.id, at)


def comment(
    handoff: HandoffRow,
    stored: CommentRow | None,
    request: CommentRequest,
    *,
    texts: Sequence[int],
    line: int,
    by: Caller,
    at: datetime,
) -> tuple[Row, ...]:
    """Returns the rows that store a reply as it reads now, whoever wrote it. `stored` is the reply as it was, `texts`
    are the ids of its ledger lines so far, and `line` is the id of the next one. When a reply is deleted, so are the
    texts of its lines. The cards of the lead's later handoffs quote a reply."""
    if stored is not None and stored.event_at >= request.event_at:
        return ()
    text, deleted = request.text or "", request.text is None
    known = stored or CommentRow(by.workspace_id, handoff.id, request.ts, by.person, "", True, "", at)
    now = known._replace(text=text, deleted=deleted, event_at=request.event_at)
    saved = now if stored is None else CommentChanged(stored, now)
    if (known.text, known.deleted) == (text, deleted):
        return (saved,)
    kind = LineKind.COMMENT_DELETED if deleted else LineKind.COMMENT if stored is None else LineKind.COMMENT_EDITED
    detail = {"ts": request.ts, "event_at": request.event_at}
    told = HappeningRow(line, by.workspace_id, handoff.id, at, by.person, kind, detail, text)
    erased = map(TextDeleted, texts) if deleted else ()
    return saved, told, *erased, LeadShownAgain(handoff.lead_id, handoff.number, at)
