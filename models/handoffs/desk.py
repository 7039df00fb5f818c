"""The desk: the operations on handoffs. Each loads what it looks at, decides (pure), and saves what was decided, all or
nothing.

The database decides who was first. If somebody else was, nothing is saved, and the desk loads and decides again. So the
loser learns who won.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from models.errors import NotSetUp, Refused, Repeated
from models.handoffs.listed import HandoffBrief
from models.handoffs.loading import AnsweredBefore, Loading
from models.rules import corrections, flagging, move_decision, remarks
from models.rules.callers import Caller, program
from models.rules.decisions import Decision
from models.rules.requests import (
    CommentRequest,
    EditRequest,
    FlagRequest,
    MoveRequest,
    Once,
    ReactionRequest,
    UndoRequest,
)
from models.rules.rows import NOT_NUMBERED, ReceiptRow
from models.rules.terms import Terms
from models.storage.change import Change, Rivalry
from models.storage.ids import new_id
from models.storage.store import Store
from models.workspace.agreements import Agreements

# How many times the desk decides again because somebody else was first. Each time one of the rivals has succeeded.
RACES = 10

Act = Callable[[Loading], tuple[Terms, Decision]]
Answer = TypeVar("Answer")


class Desk:
    """The operations. Each takes a request, the caller and the present moment, commits, and returns the handoff as it
    stands now."""

    def __init__(self, store: Store, agreements: Agreements, *, on_commit: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._agreements = agreements
        self._on_commit = on_commit

    def flag(self, request: FlagRequest, *, by: Caller, at: datetime) -> HandoffBrief:
        """Offers a lead to a rep. Raises NotSetUp, NotInRole, AlreadyOpen, or Repeated."""

        def act(loading: Loading) -> tuple[Terms, Decision]:
            facts = loading.flag(request, by=by)
            return facts.terms, flagging.flag(facts, request, by=by, at=at)

        return self._once(request, act, by=by, at=at)

    def move(self, request: MoveRequest, *, by: Caller, at: datetime) -> HandoffBrief:
        """Makes a move on a handoff. Raises what `lifecycle.next_state` and the rules of the move raise, NoSuchHandoff,
        NotSetUp, or Repeated."""

        def act(loading: Loading) -> tuple[Terms, Decision]:
            facts = loading.move(request, by=by)
            return facts.terms, move_decision.move(facts, request, by=by, at=at)

        return self._once(request, act, by=by, at=at)

    def edit(self, request: EditRequest, *, by: Caller, at: datetime) -> HandoffBrief:
        """Corrects the fields of a lead. Raises what `corrections.edit` raises, NoSuchHandoff, NotSetUp or Repeated."""

        def act(loading: Loading) -> tuple[Terms, Decision]:
            facts = loading.edit(request, by=by)
            return facts.terms, corrections.edit(facts, request, by=by, at=at)

        return self._once(request, act, by=by, at=at)

    def undo(self, request: UndoRequest, *, by: Caller, at: datetime) -> HandoffBrief:
        """Undoes what the caller did. Raises what `corrections.undo` raises, NotKnownAnyMore, NothingToUndo, NotSetUp
        or Repeated."""

        def act(loading: Loading) -> tuple[Terms, Decision]:
            facts = loading.undo(request, by=by, at=at)
            return facts.terms, corrections.undo(facts, by=by, at=at)

        return self._once(request, act, by=by, at=at)

    def react(self, request: ReactionRequest, *, by: Caller, at: datetime) -> HandoffBrief:
        """Stores or withdraws feedback, as `remarks.feedback` says. Raises NoSuchHandoff, NotSetUp, or Repeated."""

        def act(loading: Loading) -> tuple[Terms, Decision]:
            brief = loading.operation(request.receipt, request.handoff, by=_anybody(by))
            handoff, terms = brief.handoff, brief.terms
            stored = loading.feedback(handoff.id, by.person, request.reaction)
            rows = remarks.feedback(handoff, stored, request, terms=terms, line=new_id(), by=by, at=at)
            return terms, Decision(handoff, brief.lead, brief.promises, rows)

        return self._once(request, act, by=by, at=at)

    def comment(self, request: CommentRequest, *, by: Caller, at: datetime) -> None:
        """Stores a reply in a card's thread as it reads now, as `remarks.comment` says. Raises NoSuchHandoff or
        NotSetUp."""

        def attempt(change: Change) -> None:
            loading = Loading(change, self._agreements)
            handoff = loading.handoff(request.handoff, by=_anybody(by)).handoff
            stored = loading.comment(handoff.id, request.ts)
            texts = loading.lines_of_comment(handoff.id, request.ts) if request.text is None else ()
            rows = remarks.comment(handoff, stored, request, texts=texts, line=new_id(), by=by, at=at)
            if rows:
                change.save(rows)

        self._until_first(attempt)

    def first_time(self, receipt: str, *, by: Caller, at: datetime) -> bool:
        """True if this delivery was not answered before. Records that it is answered now."""
        with self._store.change() as change:
            return _is_first(change, ReceiptRow(by.workspace_id, receipt, None, at))

    # The steps.

    def _once(self, request: Once, act: Act, *, by: Caller, at: datetime) -> HandoffBrief:
        """Runs the operation, unless this delivery had its effect before. Then the answer is the same, and nothing
        happens again."""
        return self._until_first(lambda change: self._attempt(change, request, act, by, at))

    def _until_first(self, attempt: Callable[[Change], Answer]) -> Answer:
        """Runs an attempt in a change. Runs it again after a rivalry, at most RACES times."""
        for _ in range(RACES):
            try:
                with self._store.change() as change:
                    answer = attempt(change)
            except Rivalry:
                continue
            self._on_commit()
            return answer
        raise Rivalry

    def _attempt(self, change: Change, request: Once, act: Act, by: Caller, at: datetime) -> HandoffBrief:
        """Loads, decides and saves once. A refusal is recorded as well: a late copy of the delivery must not succeed if
        the original was refused. Raises Rivalry, the refusal, or Repeated."""
        loading = Loading(change, self._agreements)
        try:
            terms, (handoff, lead, promises, rows, line) = act(loading)
        except AnsweredBefore as before:
            return _answered_before(loading, before.handoff, by)
        except NotSetUp:
            raise
        except Refused:
            if request.may_repeat or _is_first(change, ReceiptRow(by.workspace_id, request.receipt, None, at)):
                raise
            return _answered_before(loading, loading.answered_with(request.receipt, by=by), by)
        number = change.save((ReceiptRow(by.workspace_id, request.receipt, handoff.id, at), *rows))
        if handoff.number == NOT_NUMBERED and number is not None:
            handoff = handoff._replace(number=number)
        return HandoffBrief(terms=terms, handoff=handoff, lead=lead, promises=promises, line=line)


def _answered_before(loading: Loading, handoff: int | None, by: Caller) -> HandoffBrief:
    """Returns the handoff of a delivery that had its effect before, as it stands now. Raises Repeated if the delivery
    was refused."""
    if handoff is None:
        raise Repeated
    return loading.handoff(handoff, by=by)


def _is_first(change: Change, receipt: ReceiptRow) -> bool:
    """True if the delivery has no receipt yet. Stores this one."""
    try:
        change.save((receipt,))
    except Rivalry:
        return False
    return True


def _anybody(by: Caller) -> Caller:
    """Returns a caller that may see leads. A person who reacts or replies sees the card already."""
    return program(by.workspace_id, by.person)
