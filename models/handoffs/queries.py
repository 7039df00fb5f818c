"""Queries for views: a handoff with its lead and history, and what waits for a person. They only read. Each takes the
`Caller` to whom the result is shown."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple, cast

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from models.errors import NoSuchHandoff
from models.handoffs import briefs, search
from models.handoffs.briefs import HandoffBrief, Listed, listed_one, moves_open_to
from models.handoffs.search import Found
from models.rules import search_text
from models.rules.callers import MEMBERS, Caller
from models.rules.facts import Colleague
from models.rules.ladders import REPLIES
from models.rules.lifecycle import Move, State
from models.rules.terms import Terms
from models.storage.promise_rows import NEXT
from models.storage.store import Store
from models.storage.tables import (
    LIVE,
    OPEN,
    Comment,
    Feedback,
    Handoff,
    Lead,
    LedgerEntry,
    NudgeItem,
    Outbox,
    Promise,
    Workspace,
)
from models.workspace.agreements import Agreements

# The most handoffs in one list.
LISTED = 50


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

    history: tuple[LedgerEntry, ...]
    feedback: tuple[Feedback, ...]
    comments: tuple[Comment, ...]
    earlier: tuple[Handoff, ...]
    earlier_comments: tuple[Comment, ...] = ()
    reminders: tuple[Reminder, ...] = ()


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


class Shown(NamedTuple):
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
    """What a reminder says now: those of its handoffs that still wait. `done` holds the handoffs that no longer wait.
    `folded` is True if there is a newer reminder."""

    done: tuple[int, ...] = ()
    folded: bool = False


Rows = Select[tuple[Handoff, Lead, Promise | None]]


def _listed() -> Rows:
    found = select(Handoff, Lead, Promise).join(Lead, col(Lead.id) == col(Handoff.lead_id)).outerjoin(Promise, NEXT)
    return cast("Rows", found)


_number = sa.bindparam("number", type_=sa.Integer)
_HISTORY = select(LedgerEntry).where(col(LedgerEntry.handoff_id) == _number).order_by(col(LedgerEntry.id))
_FEEDBACK = (
    select(Feedback).where(col(Feedback.handoff_id) == _number, col(Feedback.given)).order_by(col(Feedback.event_at))
)
# The comments of all handoffs of a lead.
_COMMENTS = (
    select(Comment)
    .join(Handoff, col(Handoff.id) == col(Comment.handoff_id))
    .where(col(Handoff.lead_id) == sa.bindparam("lead"), ~col(Comment.deleted))
    .order_by(col(Comment.ts))
)
_EARLIER = (
    select(Handoff)
    .where(col(Handoff.lead_id) == sa.bindparam("lead"), col(Handoff.id) != _number, ~col(Handoff.voided))
    .order_by(col(Handoff.id).desc())
    .limit(LISTED)
)

_REMINDERS = (
    sa.select(col(Outbox.lane), col(Outbox.ts), col(NudgeItem.due_at))
    .join_from(NudgeItem, Outbox, col(Outbox.id) == col(NudgeItem.outbox_id))
    .where(col(NudgeItem.handoff_id) == _number, col(Outbox.ts).is_not(None))
    .order_by(col(Outbox.ts))
)
_CARD = (
    sa.select(col(Workspace.url), col(Outbox.channel), col(Outbox.ts))
    .join(Workspace, col(Workspace.id) == col(Outbox.workspace_id))
    .where(col(Outbox.workspace_id) == sa.bindparam("workspace"), col(Outbox.key) == sa.bindparam("key"))
)

_DUE = (
    _listed()
    .where(col(Handoff.workspace_id) == sa.bindparam("workspace"), sa.text(OPEN))
    .order_by(col(Promise.due_at))
    .limit(LISTED)
)
_LATE = _DUE.where(col(Handoff.owner) != sa.bindparam("person"), col(Promise.due_at) <= sa.bindparam("at"))


_ABOUT = (
    sa.select(NudgeItem, Handoff, Lead, Promise)
    .join(Handoff, col(Handoff.id) == col(NudgeItem.handoff_id))
    .join(Lead, col(Lead.id) == col(Handoff.lead_id))
    .outerjoin(Promise, NEXT)
    .where(col(NudgeItem.outbox_id) == sa.bindparam("message"))
    .order_by(col(Promise.due_at), col(Handoff.id))
)


class Queries:
    def __init__(self, store: Store, agreements: Agreements) -> None:
        self._store = store
        self._agreements = agreements

    def terms(self, workspace_id: str) -> Terms:
        """Returns the agreement in force with its people. Raises NotSetUp."""
        with self._store.read() as session:
            return self._agreements.terms(session, workspace_id)

    def remembered(self, workspace_id: str, person: str) -> Colleague | None:
        """Returns a person from this process's memory, or None. It may be slightly out of date. `Terms` reads again."""
        return self._agreements.remembered(workspace_id, person)

    def brief(self, number: int, *, by: Caller) -> HandoffBrief:
        """Returns a handoff with its lead. Raises NoSuchHandoff, NotSetUp or NotShown."""
        with self._store.read() as session:
            return briefs.load(session, self._agreements, number, by=by)

    def handoff(self, number: int, *, by: Caller) -> HandoffFacts:
        """Returns a handoff in full, without reminders. Raises NoSuchHandoff, NotSetUp or NotShown."""
        with self._store.read() as session:
            return self._facts(session, number, by)

    def story(self, number: int, *, by: Caller) -> HandoffFacts:
        """Returns a handoff in full, with its reminders. Raises NoSuchHandoff, NotSetUp or NotShown."""
        with self._store.read() as session:
            reminders = session.execute(_REMINDERS, {"number": number}).all()
            return replace(
                self._facts(session, number, by),
                reminders=tuple(
                    Reminder(person=row.lane, at=datetime.fromtimestamp(float(row.ts), UTC), due_at=row.due_at)
                    for row in reminders
                ),
            )

    def _facts(self, session: Session, number: int, by: Caller) -> HandoffFacts:
        brief = briefs.load(session, self._agreements, number, by=by)
        this, lead = {"number": number}, {"number": number, "lead": brief.lead.id}
        comments = session.exec(_COMMENTS, params={"lead": brief.lead.id}).all()
        return HandoffFacts(
            handoff=brief.handoff,
            lead=brief.lead,
            promises=brief.promises,
            terms=brief.terms,
            history=tuple(session.exec(_HISTORY, params=this)),
            feedback=tuple(session.exec(_FEEDBACK, params=this)),
            comments=tuple(one for one in comments if one.handoff_id == number),
            earlier=tuple(session.exec(_EARLIER, params=lead)),
            earlier_comments=tuple(one for one in comments if one.handoff_id != number),
        )

    def entry(self, entry_id: int, *, by: Caller) -> LedgerEntry:
        with self._store.read() as session:
            entry = session.get_one(LedgerEntry, entry_id)
            self._sight(session, by)
            if entry.workspace_id != by.workspace_id:
                raise NoSuchHandoff(number=entry.handoff_id)
            return entry

    def card(self, number: int, *, by: Caller) -> Shown | None:
        """Returns where a handoff's card is shown. None if it is not shown yet, or if the workspace's address is
        unknown."""
        with self._store.read() as session:
            found = session.execute(_CARD, {"workspace": by.workspace_id, "key": f"card:{number}"}).first()
            return Shown(*found) if found and all(found) else None

    def waiting(self, *, by: Caller, at: datetime) -> Waiting:
        """Returns everything in which the caller owes the next move or may make it, and what is late `at` this moment
        with others. A manager gets all that is late. If nobody manages, the person who flagged a lead gets what is late
        of theirs. Raises NotSetUp or NotShown."""
        person = by.person
        with self._store.read() as session:
            terms = self._sight(session, by)
            here = _listed().where(col(Handoff.workspace_id) == by.workspace_id)
            owed = here.where(sa.text(OPEN), col(Handoff.owner) == person).order_by(col(Promise.due_at))
            offered = (
                here.where(sa.text(OPEN), col(Handoff.state) == State.OFFERED.value, col(Handoff.owner) != person)
                .where(col(Handoff.flagged_by) != person)
                .order_by(col(Promise.due_at))
            )
            unanswered = here.where(sa.text(LIVE), col(Promise.what).in_(REPLIES), col(Promise.owner) == person)
            late: tuple[Listed, ...] = ()
            if person in terms.managers or not terms.managers_here:
                query = _LATE if person in terms.managers else _LATE.where(col(Handoff.flagged_by) == person)
                late = _list(session, query, {"workspace": by.workspace_id, "person": person, "at": at})
            return Waiting(
                person=person,
                terms=terms,
                owed=_list(session, owed),
                on_offer=_list(session, offered),
                unanswered=_list(session, unanswered.order_by(col(Handoff.id))),
                late_with_others=late,
            )

    def nudge(self, message: Outbox, *, by: Caller, at: datetime) -> Nudge:
        """Returns what this reminder says to its reader now. Raises NotSetUp or NotShown."""
        person = by.person
        with self._store.read() as session:
            terms = self._sight(session, by)
            about = session.execute(_ABOUT, {"message": message.id}).all()
        if not about:  # an earlier version of Baton added it: it is about everything that is late
            waiting = self.waiting(by=by, at=at)
            late = tuple(one for one in waiting.owed if one.due_at is None or one.due_at <= at)
            return Nudge(person=person, terms=terms, owed=late, late_with_others=waiting.late_with_others)
        owed: list[Listed] = []
        others: list[Listed] = []
        unanswered: list[Listed] = []
        done: list[int] = []
        for item, handoff, lead, promise in about:
            one = listed_one(handoff, lead, promise)
            if one.next_move is not None and one.due_at == item.due_at:
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
            folded=not any(item.live for item, *_ in about),
        )

    def listed(self, numbers: Collection[int], *, by: Caller) -> tuple[Listed, ...]:
        """Returns these handoffs, each with its lead, by number, at most LISTED. Raises NotSetUp or NotShown."""
        with self._store.read() as session:
            self._sight(session, by)
            chosen = _listed().where(col(Handoff.workspace_id) == by.workspace_id, col(Handoff.id).in_(numbers))
            return _list(session, chosen.order_by(col(Handoff.id)).limit(LISTED))

    def find(self, text: str, *, by: Caller) -> Found:
        """Returns the leads that have each of these words in their name, company or address. Raises NotSetUp or
        NotShown."""
        with self._store.read() as session:
            self._sight(session, by)
            return search.find(session, by.workspace_id, search_text.words_of(text))

    def named(self, text: str, move: Move, *, by: Caller) -> Named:
        """Returns the open leads with this name on which the caller may make this move. Raises NotSetUp or NotShown."""
        words = search_text.words_of(text)
        with self._store.read() as session:
            terms = self._sight(session, by)
            roles = terms.roles(by)
            found = tuple(
                one
                for one in search.find_open(session, by.workspace_id, words)
                if move in moves_open_to(one.handoff, by.person, roles)
            )
        certain = tuple(one for one in found if search.has_all(one.lead, words))
        exact = tuple(one for one in certain if search.is_called(one.lead, text))
        return Named(certain=exact if len(exact) == 1 else certain, all=found)

    def open_counts(self, *, by: Caller, at: datetime) -> tuple[int, int]:
        """Returns how many handoffs of the workspace are open, and how many of those are late. Members may ask, and
        everybody who may see leads. Raises NotSetUp or NotShown."""
        with self._store.read() as session:
            if by.kind not in MEMBERS:
                self._sight(session, by)
            handoff = col(Handoff.id)
            counted = session.execute(
                sa.select(sa.func.count(handoff), sa.func.count(handoff).filter(col(Promise.due_at) < at))
                .select_from(Handoff)
                .outerjoin(Promise, NEXT)
                .where(col(Handoff.workspace_id) == by.workspace_id, sa.text(OPEN))
            ).one()
            return counted[0], counted[1]

    def _sight(self, session: Session, by: Caller) -> Terms:
        """Returns the terms in force. Raises NotSetUp, or NotShown unless the caller may see leads."""
        terms = self._agreements.terms(session, by.workspace_id)
        terms.require_sight(by)
        return terms


def _list(session: Session, query: Rows, about: Mapping[str, object] | None = None) -> tuple[Listed, ...]:
    return tuple(listed_one(*found) for found in session.execute(query, about))
