"""Collects the evidence from the database and from Slack."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from bot.sandbox import Sandbox
from bot.sandbox.records import Channel
from bot.sandbox.screen import message_as_shown, words
from bot.slack.ids import member_kind
from jobs.compose import Composer
from models.due.audit import Audit
from models.handoffs.queries import Queries
from models.outbox.queue import OutboxQueue
from models.reports.digest import Digests
from models.rules.agreement import Meaning
from models.rules.ladders import REPLIES, What
from models.rules.lifecycle import State
from models.rules.messages import MessageKind
from models.rules.rows import HappeningRow, LedgerRow, LineKind
from models.storage.ledger import IS_MOVE, LINE, LINES, happening, together
from models.storage.store import Store
from models.storage.tables import LIVE, Handoff, LedgerEntry, Outbox, Promise, table
from models.storage.tables import Comment as CommentRow
from models.storage.tables import Feedback as FeedbackRow
from models.storage.tables import Lead as LeadRow
from models.workspace.agreements import Agreements
from tests.faults.crowd import Act, Reply
from tests.faults.oracle import GONE, Comment, Entry, Evidence, Feedback, Intention, Lead, Reaction, Remark, Shown
from tests.scenario.processes import wait_until

# Kinds of messages that say the same whenever they are rendered. A reminder's words depend on the time.
COMPARED = {MessageKind.CARD, MessageKind.YOUR_MOVE, MessageKind.NEWS}
# Lines of the ledger that say that a person took a remark back, and all those about remarks.
TAKEN_BACK = {LineKind.FEEDBACK_WITHDRAWN, LineKind.COMMENT_DELETED}
REMARKS = {*TAKEN_BACK, LineKind.FEEDBACK, LineKind.COMMENT, LineKind.COMMENT_EDITED}
# After that long Slack has made its last attempt to deliver an event.
REDELIVERED = timedelta(minutes=6)


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A worker's lease on a message: the message's key, the lease, and when it ends (UTC)."""

    key: str
    lease: str
    until: datetime


class Witness:
    """Looks at one database and one Slack, from outside of the bot's processes."""

    def __init__(self, slack: Sandbox, database_url: str) -> None:
        self._slack = slack
        self._store = Store(database_url, steady=time.monotonic)
        agreements = Agreements(self._store, kind_of=member_kind)
        queries, queue = Queries(self._store, agreements), OutboxQueue(self._store)
        self._composer = Composer(queries, Digests(self._store, agreements), queue, Audit(self._store, agreements))

    def close(self) -> None:
        self._store.close()

    def settled(self) -> None:
        """Waits until Slack has delivered everything, and everything that follows from it is shown."""
        for _ in range(2):
            self._slack.faults.release()
            self._all_shown()
            self._slack.clock.advance(REDELIVERED)
        self._all_shown()

    def _all_shown(self) -> None:
        """Waits until nothing is left to show. Fails if the number of messages that are left stays the same for 60
        seconds."""
        self._slack.settle(timeout=30)
        while left := self._due():
            wait_until(lambda before=left: self._due() < before, seconds=60)  # type: ignore[misc]  # a default binds it

    def _due(self) -> int:
        """Returns how many messages are due or being sent."""
        outbox = table(Outbox).c
        under_way = sa.or_(outbox.due_at <= self._slack.clock.now(), outbox.lease.is_not(None), outbox.attempts > 0)
        count = sa.select(sa.func.count()).select_from(table(Outbox)).where(outbox.state == "pending", under_way)
        with self._store.read() as session:
            return int(session.scalar(count) or 0)

    def holder(self, token: str) -> Holder | None:
        """Returns the lease on the message with this token. None if nobody has one."""
        outbox = table(Outbox).c
        held = sa.select(outbox.key, outbox.lease, outbox.leased_until).where(
            outbox.token == token, outbox.lease.is_not(None)
        )
        with self._store.read() as session:
            row = session.execute(held).one_or_none()
        return None if row is None else Holder(key=row.key, lease=row.lease, until=row.leased_until)

    def times_shown(self, token: str) -> int:
        return sum(message.token == token for message in self._shown())

    def evidence(
        self, channel: str, acts: list[Act], *, replies: Sequence[Reply] = (), overtaken: Counter[str]
    ) -> Evidence:
        with self._store.read() as session:
            live = session.exec(select(Promise).where(sa.text(LIVE))).all()
            owed: dict[int, set[str]] = defaultdict(set)
            for promise in live:
                owed[promise.handoff_id].add(promise.what)
            comes_up = {one.handoff_id for one in live if one.next_step_at is not None and one.what != What.RECALL}
            handoffs = session.exec(
                select(Handoff, LeadRow).join(LeadRow, col(LeadRow.id) == col(Handoff.lead_id))
            ).all()
            numbers = {one.id: one.number for one, _ in handoffs}
            leads = [
                Lead(
                    id=one.id,
                    number=one.number,
                    email=lead.email,
                    state=State(one.state),
                    moves=one.version,
                    owed=bool(owed[one.id] & set(REPLIES)),
                    comes_up=one.id in comes_up,
                )
                for one, lead in handoffs
            ]
            lines = sa.select(*LINE).select_from(LINES).order_by(col(LedgerEntry.handoff_id), col(LedgerEntry.version))
            moves = [together(one) for one in session.execute(lines.where(IS_MOVE))]
            others = [happening(one) for one in session.execute(lines.where(~IS_MOVE))]
            rows = session.exec(select(Outbox).order_by(col(Outbox.id))).all()
            comments = [
                Comment(number=numbers[one.handoff_id], ts=one.ts, who=one.person, words=one.text)
                for one in session.exec(select(CommentRow))
            ]
            feedback = [
                Feedback(
                    number=numbers[one.handoff_id],
                    who=one.person,
                    emoji=one.reaction,
                    meaning=Meaning(one.meaning),
                    given=one.given,
                )
                for one in session.exec(select(FeedbackRow))
            ]
        return Evidence(
            channel=channel,
            acts=acts,
            ledger=[_entry(one, numbers[one.handoff_id]) for one in moves],
            remarks=[_remark(one, numbers[one.handoff_id or 0]) for one in others if one.kind in REMARKS],
            leads=leads,
            outbox=[self._intention(row) for row in rows],
            shown=list(self._shown()),
            replies=list(replies),
            comments=comments,
            reactions=list(self._reactions()),
            feedback=feedback,
            heard=self._heard(),
            overtaken=overtaken,
        )

    def _heard(self) -> frozenset[str]:
        """Returns the times in Slack of the events that the bot has acknowledged."""
        told = self._slack.log.deliveries("events_api")
        return frozenset(one.payload["event"].get("event_ts", "") for one in told if one.status == 200)

    def _reactions(self) -> Iterator[Reaction]:
        """Yields each reaction once, however often Slack delivered it."""
        types = ("reaction_added", "reaction_removed")
        told = [one for name in types for one in self._slack.log.deliveries("events_api", event=name)]
        for event in {one.payload["event_id"]: one.payload["event"] for one in told}.values():
            yield Reaction(
                who=event["user"],
                to=event["item"]["ts"],
                emoji=event["reaction"],
                given=event["type"] == "reaction_added",
                ts=event["event_ts"],
            )

    def _intention(self, row: Outbox) -> Intention:
        said = None
        if row.kind in COMPARED:
            composed = self._composer.compose(row, now=self._slack.clock.now()).message
            said = "\n".join(line for block in composed.blocks for line in words(block)) if composed else None
        return Intention(key=row.key, lane=row.lane, token=row.token, state=row.state, ts=row.ts, words=said)

    def _shown(self) -> Iterator[Shown]:
        workspace = self._slack.workspace
        with workspace.changed:
            messages = [
                (_lane(channel, self._slack.bot_user_id), message_as_shown(one))
                for channel in workspace.channels.values()
                for one in channel.messages
                if one.user == self._slack.bot_user_id and one.subtype is None
            ]
        for lane, one in messages:
            token = ((one.metadata or {}).get("event_payload") or {}).get("token", "")
            yield Shown(token=token, lane=lane, ts=one.ts, words=one.plain())


def _entry(row: LedgerRow, number: int) -> Entry:
    return Entry(
        line=row.id,
        number=number,
        who=row.actor,
        move=row.move,
        to=row.state,
        owner=row.owner,
        undoes=row.undoes,
    )


def _remark(row: HappeningRow, number: int) -> Remark:
    said = row.detail
    about = f"{row.actor} {said['reaction']}" if "reaction" in said else said["ts"]
    words = GONE if row.kind in TAKEN_BACK else said.get("meaning", row.note)
    return Remark(number=number, about=about, words=words, event_at=said["event_at"])


def _lane(place: Channel, bot: str) -> str:
    """Returns the id of a channel, or of the person to whom the bot talks there."""
    return next(member for member in place.members if member != bot) if place.kind == "im" else place.id


@contextmanager
def witness(slack: Sandbox, database_url: str) -> Iterator[Witness]:
    made = Witness(slack, database_url)
    try:
        yield made
    finally:
        made.close()
