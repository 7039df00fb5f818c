"""Queries for views: a handoff with its lead and history, and what waits for a person. They only read. Each takes the
`Caller` to whom the result is shown."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa

from models.errors import NotKnownAnyMore
from models.handoffs import search
from models.handoffs.listed import HANDOFF, LISTED, HandoffBrief, Listed, listed
from models.handoffs.loading import WORKSPACE, Loading
from models.handoffs.search import Found
from models.rules import messages, search_text
from models.rules.callers import MEMBERS, Caller
from models.rules.facts import Colleague
from models.rules.ladders import REPLIES
from models.rules.lifecycle import Move, State, moves_open_to
from models.rules.rows import CommentRow, FeedbackRow, HandoffRow, LedgerRow, standing
from models.rules.terms import Terms
from models.storage.change import Look, Question
from models.storage.ledger import IS_MOVE, LINE, LINES, together
from models.storage.promises import NEXT
from models.storage.store import Store
from models.storage.tables import (
    LIVE,
    OPEN,
    Comment,
    Feedback,
    Handoff,
    LedgerEntry,
    NudgeItem,
    Outbox,
    Promise,
    Workspace,
    table,
)
from models.workspace.agreements import Agreements

# The most handoffs in one list.
MOST_LISTED = 50


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """A reminder that a person saw `at` a moment, for a step with the deadline `due_at`."""

    person: str
    at: datetime
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class HandoffFacts(HandoffBrief):
    """A handoff in full. `history` is oldest first. `earlier` holds the lead's other handoffs, newest first, and
    `earlier_comments` the replies in their threads, oldest first. Only `story` fills `reminders`."""

    history: tuple[LedgerRow, ...]
    feedback: tuple[FeedbackRow, ...]
    comments: tuple[CommentRow, ...]
    earlier: tuple[HandoffRow, ...]
    earlier_comments: tuple[CommentRow, ...] = ()
    reminders: tuple[Reminder, ...] = ()

    @property
    def followed_by(self) -> HandoffRow | None:
        """Returns the handoff with which the lead was offered again after this one. None if there is none."""
        return next((one for one in self.earlier if one.follows == self.id), None)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What waits for one person: moves that they owe, leads that anybody may accept, rejections that they have not
    answered, and, for a manager, late handoffs of others."""

    person: str
    terms: Terms
    owed: tuple[Listed, ...] = ()
    on_offer: tuple[Listed, ...] = ()
    unanswered: tuple[Listed, ...] = ()
    late_with_others: tuple[Listed, ...] = ()


class ShownCard(NamedTuple):
    """Where a message is shown: the address of its workspace, its channel, and its ts there."""

    url: str
    channel: str
    ts: str


@dataclass(frozen=True, kw_only=True)
class Named:
    """Open leads that a name may mean. In the `certain` ones it is a whole name, company or address."""

    certain: tuple[Listed, ...]
    all: tuple[Listed, ...]


@dataclass(frozen=True, kw_only=True)
class Nudge(Waiting):
    """What a reminder says now: those of its handoffs that still wait. `done` holds the numbers of those
    that no longer wait. `folded` is True if there is a newer reminder."""

    done: tuple[int, ...] = ()
    folded: bool = False


_handoff, _promise, _line = table(Handoff).c, table(Promise).c, table(LedgerEntry).c
_comment, _feedback, _item, _outbox = table(Comment).c, table(Feedback).c, table(NudgeItem).c, table(Outbox).c
_of_handoff = sa.bindparam("handoff", type_=sa.BigInteger)
_of_lead = sa.bindparam("lead", type_=sa.BigInteger)
_person = sa.bindparam("person", type_=sa.String)

# What happened: without the line that says how the handoff stood. What people said and when they were reminded comes
# from other tables.
_HISTORY = Question(
    sa.select(*LINE)
    .select_from(LINES)
    .where(_line.handoff_id == _of_handoff, IS_MOVE, _line.move != Move.STOOD)
    .order_by(_line.version)
)
_FEEDBACK = Question(
    sa.select(*(_feedback[name] for name in FeedbackRow._fields))
    .where(_feedback.handoff_id == _of_handoff, _feedback.given)
    .order_by(_feedback.event_at, _feedback.person, _feedback.reaction)
)
# The comments of all handoffs of a lead.
_COMMENTS = Question(
    sa.select(*(_comment[name] for name in CommentRow._fields))
    .join(table(Handoff), _handoff.id == _comment.handoff_id)
    .where(_handoff.lead_id == _of_lead, ~_comment.deleted)
    .order_by(_comment.ts)
)
_EARLIER = Question(
    sa.select(*HANDOFF)
    .where(_handoff.lead_id == _of_lead, _handoff.id != _of_handoff, ~_handoff.voided)
    .order_by(_handoff.number.desc())
    .limit(MOST_LISTED)
)
_REMINDERS = Question(
    sa.select(_outbox.lane, _outbox.ts, _item.due_at)
    .join_from(table(NudgeItem), table(Outbox), _outbox.id == _item.outbox_id)
    .where(_item.handoff_id == _of_handoff, _outbox.ts.is_not(None))
    .order_by(_outbox.ts)
)
_LINE = Question(
    sa.select(*LINE).select_from(LINES).where(_line.id == sa.bindparam("id"), _line.workspace_id == WORKSPACE, IS_MOVE)
)
_CARD = Question(
    sa.select(table(Workspace).c.url, _outbox.channel, _outbox.ts)
    .join(table(Workspace), table(Workspace).c.id == _outbox.workspace_id)
    .where(_outbox.workspace_id == WORKSPACE, _outbox.key == sa.bindparam("key"))
)
_OPEN = LISTED.where(_handoff.workspace_id == WORKSPACE, sa.text(OPEN))
_OWED = Question(_OPEN.where(_handoff.owner == _person).order_by(_promise.due_at, _handoff.number))
_ON_OFFER = Question(
    _OPEN.where(_handoff.state == State.OFFERED, _handoff.owner != _person, _handoff.flagged_by != _person).order_by(
        _promise.due_at, _handoff.number
    )
)
_REPLIES: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{what.value}'") for what in REPLIES]
_UNANSWERED = Question(
    LISTED.where(_handoff.workspace_id == WORKSPACE, sa.text(LIVE), _promise.what.in_(_REPLIES))
    .where(_promise.owner == _person)
    .order_by(_handoff.number)
)
_LATE = (
    _OPEN.where(_handoff.owner != _person, _promise.due_at <= sa.bindparam("at"))
    .order_by(_promise.due_at, _handoff.number)
    .limit(MOST_LISTED)
)
_ALL_LATE = Question(_LATE)
_LATE_OF_MINE = Question(_LATE.where(_handoff.flagged_by == _person))
_ABOUT = Question(
    LISTED.add_columns(_item.due_at, _item.live)
    .join(table(NudgeItem), _item.handoff_id == _handoff.id)
    .where(_item.outbox_id == sa.bindparam("message", type_=sa.BigInteger))
    .order_by(_promise.due_at, _handoff.number)
)
_COUNTS = Question(
    sa.select(sa.func.count(), sa.func.count().filter(_promise.due_at < sa.bindparam("at", type_=_promise.due_at.type)))
    .select_from(table(Handoff))
    .outerjoin(table(Promise), NEXT)
    .where(_handoff.workspace_id == WORKSPACE, sa.text(OPEN))
)


class Queries:
    def __init__(self, store: Store, agreements: Agreements) -> None:
        self._store = store
        self._agreements = agreements

    def terms(self, workspace_id: str) -> Terms:
        """Returns the agreement in force with its people. Raises NotSetUp."""
        with self._store.look() as look:
            return self._agreements.terms(look, workspace_id)

    def remembered(self, workspace_id: str, person: str) -> Colleague | None:
        """Returns a person from this process's memory, or None. It may be slightly out of date. `Terms` reads again."""
        return self._agreements.remembered(workspace_id, person)

    def brief(self, named: int, *, by: Caller) -> HandoffBrief:
        """Returns a handoff with its lead, named by its id or its number. Raises NoSuchHandoff, NotKnownAnyMore,
        NotSetUp or NotShown."""
        with self._store.look() as look:
            return self._brief(look, named, by)

    def handoff(self, named: int, *, by: Caller) -> HandoffFacts:
        """Returns a handoff in full, without reminders. Raises what `brief` raises."""
        with self._store.look() as look:
            return self._facts(look, named, by)

    def story(self, named: int, *, by: Caller) -> HandoffFacts:
        """Returns a handoff in full, with its reminders. Raises what `brief` raises."""
        with self._store.look() as look:
            facts = self._facts(look, named, by)
            reminders = tuple(
                Reminder(person=lane, at=datetime.fromtimestamp(float(ts), UTC), due_at=due_at)
                for lane, ts, due_at in look.ask(_REMINDERS, handoff=facts.id)
            )
            return replace(facts, reminders=reminders)

    def _brief(self, look: Look, named: int, by: Caller) -> HandoffBrief:
        brief = Loading(look, self._agreements).handoff(named, by=by)
        brief.terms.require_sight(by)
        return brief

    def _facts(self, look: Look, named: int, by: Caller) -> HandoffFacts:
        brief = self._brief(look, named, by)
        this, lead = brief.id, brief.lead.id
        comments = [CommentRow._make(row) for row in look.ask(_COMMENTS, lead=lead)]
        return HandoffFacts(
            handoff=brief.handoff,
            lead=brief.lead,
            promises=brief.promises,
            terms=brief.terms,
            history=tuple(together(row) for row in look.ask(_HISTORY, handoff=this)),
            feedback=tuple(FeedbackRow._make(row) for row in look.ask(_FEEDBACK, handoff=this)),
            comments=tuple(one for one in comments if one.handoff_id == this),
            earlier=tuple(HandoffRow._make(row) for row in look.ask(_EARLIER, handoff=this, lead=lead)),
            earlier_comments=tuple(one for one in comments if one.handoff_id != this),
        )

    def line(self, line: int, *, by: Caller) -> LedgerRow:
        """Returns a ledger line. Raises NotKnownAnyMore, NotSetUp or NotShown."""
        with self._store.look() as look:
            self._sight(look, by)
            found = look.ask(_LINE, id=line, workspace=by.workspace_id)
            if not found:
                raise NotKnownAnyMore
            return together(found[0])

    def card(self, handoff: int, *, by: Caller) -> ShownCard | None:
        """Returns where the card of the handoff with this id is shown. None if it is not shown yet, or if the
        workspace's address is unknown."""
        with self._store.look() as look:
            found = look.ask(_CARD, workspace=by.workspace_id, key=messages.card_key(handoff))
            return ShownCard(*found[0]) if found and all(found[0]) else None

    def waiting(self, *, by: Caller, at: datetime) -> Waiting:
        """Returns everything in which the caller owes the next move or may make it, and what is late `at` this moment
        with others. A manager gets all that is late. If nobody manages, the person who flagged a lead gets what is late
        of theirs. Raises NotSetUp or NotShown."""
        person = by.person
        with self._store.look() as look:
            terms = self._sight(look, by)
            mine = {"workspace": by.workspace_id, "person": person}
            late: tuple[Listed, ...] = ()
            if person in terms.managers or not terms.managers_here:
                late = _list(look, _ALL_LATE if person in terms.managers else _LATE_OF_MINE, **mine, at=at)
            return Waiting(
                person=person,
                terms=terms,
                owed=_list(look, _OWED, **mine),
                on_offer=_list(look, _ON_OFFER, **mine),
                unanswered=_list(look, _UNANSWERED, **mine),
                late_with_others=late,
            )

    def nudge(self, message: Outbox, *, by: Caller, at: datetime) -> Nudge:
        """Returns what this reminder says to its reader now. Raises NotSetUp or NotShown."""
        person = by.person
        with self._store.look() as look:
            terms = self._sight(look, by)
            about = look.ask(_ABOUT, message=message.id)
        if not about:  # an earlier version of Baton added it: it is about everything that is late
            waiting = self.waiting(by=by, at=at)
            late = tuple(one for one in waiting.owed if one.due_at is None or one.due_at <= at)
            return Nudge(person=person, terms=terms, owed=late, late_with_others=waiting.late_with_others)
        owed: list[Listed] = []
        others: list[Listed] = []
        unanswered: list[Listed] = []
        done: list[int] = []
        for *columns, due_at, _ in about:
            one = listed(columns)
            if one.next_move is not None and one.due_at == due_at:
                (owed if one.next_move.owner == person else others).append(one)
            elif one.reply is not None and person == one.reply.owner:
                unanswered.append(one)
            else:
                done.append(one.number)
        return Nudge(
            person=person,
            terms=terms,
            owed=tuple(owed),
            late_with_others=tuple(others),
            unanswered=tuple(unanswered),
            done=tuple(done),
            folded=not any(live for *_, live in about),
        )

    def listed(self, numbers: Collection[int], *, by: Caller) -> tuple[Listed, ...]:
        """Returns these handoffs, each with its lead, by number, at most MOST_LISTED. Raises NotSetUp or NotShown."""
        with self._store.look() as look:
            self._sight(look, by)
            chosen = LISTED.where(_handoff.workspace_id == WORKSPACE, _handoff.number.in_(numbers))
            found = look.find(chosen.order_by(_handoff.number).limit(MOST_LISTED), {"workspace": by.workspace_id})
            return tuple(map(listed, found))

    def find(self, text: str, *, by: Caller) -> Found:
        """Returns the leads that have each of these words in their name, company or address. Raises NotSetUp or
        NotShown."""
        with self._store.look() as look:
            self._sight(look, by)
            return search.find(look, by.workspace_id, search_text.words_of(text))

    def named(self, text: str, move: Move, *, by: Caller) -> Named:
        """Returns the open leads with this name on which the caller may make this move. Raises NotSetUp or NotShown."""
        words = search_text.words_of(text)
        with self._store.look() as look:
            terms = self._sight(look, by)
            roles = terms.roles(by)
            found = tuple(
                one
                for one in search.find_open(look, by.workspace_id, words)
                if move in moves_open_to(standing(one.handoff), by.person, roles)
            )
        certain = tuple(one for one in found if search.has_all(one.lead, words))
        exact = tuple(one for one in certain if search.is_called(one.lead, text))
        return Named(certain=exact if len(exact) == 1 else certain, all=found)

    def open_counts(self, *, by: Caller, at: datetime) -> tuple[int, int]:
        """Returns how many handoffs of the workspace are open, and how many of those are late. Members may ask, and
        everybody who may see leads. Raises NotSetUp or NotShown."""
        with self._store.look() as look:
            if by.kind not in MEMBERS:
                self._sight(look, by)
            [(waiting, late)] = look.ask(_COUNTS, workspace=by.workspace_id, at=at)
            return waiting, late

    def _sight(self, look: Look, by: Caller) -> Terms:
        """Returns the terms in force. Raises NotSetUp, or NotShown unless the caller may see leads."""
        terms = self._agreements.terms(look, by.workspace_id)
        terms.require_sight(by)
        return terms


def _list(look: Look, question: Question, **about: object) -> tuple[Listed, ...]:
    return tuple(map(listed, look.ask(question, **about)))
