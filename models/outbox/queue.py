"""The outbox: which messages the chat should show, and how the workers that send them share the work.

A row says that a message is wanted, and its key names the message. To ask for it again while it waits changes nothing.
To ask after it was shown makes one edit. A worker claims rows with a lease, sends outside any transaction, and settles
only the rows that it still holds.
"""

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import NamedTuple
from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.errors import PersonId
from models.rules import messages
from models.rules.callers import Caller
from models.rules.ladders import What
from models.rules.messages import APPOINTMENTS, FOLDING, MessageKind, Then
from models.rules.nudging import Why
from models.rules.rows import Detail, HappeningRow, LineKind
from models.storage import ledger
from models.storage.change import Question
from models.storage.ids import new_id
from models.storage.store import Store
from models.storage.tables import Handoff, NudgeItem, Outbox, UtcDateTime, Workspace, table
from models.storage.wanted import wanted_again

# How long a worker holds a row: longer than any one send takes, with its look-ups. After that another worker may take
# the row over.
LEASE = timedelta(seconds=60)

# The most attempts to send a message. With the backoff below they take about a week. Then the message is dead until
# somebody revives it.
ATTEMPTS = 2000

BACKOFF_LIMIT_SECONDS = 300.0
# The longest pause before a message is tried again, after a failure or, by Slack's documentation, when Slack asks for a
# pause.
LONGEST_PAUSE = timedelta(minutes=15)
# How many of a person's latest reminders Baton searches for those that are not folded yet. There are one or two.
LATEST = 20
# The largest difference between the clocks of machines at which one machine still accepts another's lease as correct.
LONGEST_SKEW = timedelta(minutes=5)

# Who reminds, in the ledger.
BATON = PersonId("baton")


def move_unsent(
    session: Session, workspace_id: str, lane: str, kinds: Collection[MessageKind], *, at: datetime
) -> None:
    """Moves messages of these kinds that were never shown to another channel, dead ones too. If one may have been
    posted already, Baton looks for it in its earlier channel, which `channel` keeps."""
    outbox = table(Outbox)
    session.execute(
        sa.update(outbox)
        .where(outbox.c.workspace_id == workspace_id, outbox.c.kind.in_([kind.value for kind in kinds]))
        .where(outbox.c.ts.is_(None), outbox.c.state != "done", outbox.c.lane != lane)
        .values(
            lane=lane,
            channel=sa.case((outbox.c.uncertain, sa.func.coalesce(outbox.c.channel, outbox.c.lane))),
            state="pending",
            attempts=0,
            due_at=at,
            wanted_at=at,
        )
    )


class Shown(NamedTuple):
    """A message that the chat shows. `handoff_id` is that of its handoff, if it is about one."""

    key: str
    kind: str
    handoff_id: int | None


class DeadMessage(NamedTuple):
    """A message that can't be shown, and why. `number` is that of its handoff, if it is about one."""

    kind: str
    key: str
    number: int | None
    last_error: str

    @property
    def name(self) -> str:
        return self.key if self.number is None else f"{self.kind} of #{self.number}"


class OutboxQueue:
    """The queue that the delivery workers use."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def claim(
        self,
        *,
        at: datetime,
        limit: int,
        lanes: int | None = None,
        per_lane: int | None = None,
        except_lanes: Collection[str] = (),
        chat_time: datetime | None = None,
    ) -> list[Outbox]:
        """Claims due messages that no worker holds, and returns them. Takes them from at most `lanes` lanes, at most
        `per_lane` from each, and none from `except_lanes`. Takes none of a workspace that revoked the token. Each row
        has its values from before the claim, and a new lease that only this caller holds.

        From the claim on, a row that was never shown is uncertain in the database, until a definite answer settles it.
        In a returned row, `uncertain` means that an earlier attempt has an unknown end. For a row that was shown, such
        an attempt clears the fingerprint, because the edit may have been made. For a row that was certainly not posted,
        the claim clears the channel: see `move_unsent`. Such a row can't be posted before `chat_time`, the time by the
        chat's clock (None: unknown).
        """
        lease = uuid4().hex
        with self._store.write() as session:
            due = session.execute(_DUE, {"now": at, "lanes": [*except_lanes], "limit": limit})
            ids = _at_most(due, lanes or limit, per_lane or limit)
            if not ids:
                return []
            rows = session.exec(_THESE, params={"ids": ids}).all()
            session.expunge_all()
            until = at + LEASE
            session.execute(_CLAIM, {"ids": ids, "held": lease, "until": until, "chat_time": chat_time})
        for row in rows:
            row.fingerprint = row.fingerprint if row.lease is None else ""
            row.channel = row.channel if row.uncertain or row.ts else None
            row.lease, row.leased_until = lease, until
        return list(rows)

    def shown(self, row: Outbox, *, channel: str | None, ts: str | None, fingerprint: str) -> bool:
        """Records that the message is shown as it was wanted at the claim. If more was wanted since, it stays due. If
        this gives a card a new place, the news of its lead are sent again, because they link to it. If it is a reminder
        that was not there yet, each handoff in it gets a ledger line.

        Returns False if another worker took the row over during the send. Then this worker's message may have replaced
        the other's, so the message is sent once more, whatever the other worker recorded.
        """
        then = MessageKind(row.kind).traits.then
        settled = self._settle(
            row,
            _SHOWN,
            partial(FOLLOWS[then], row, ts) if then and row.ts is None and ts else None,
            to_channel=channel,
            to_ts=ts,
            showing=fingerprint,
            before=row.fingerprint,
            to_shown=row.wanted,
        )
        if not settled:
            self._spoil(row)
        return settled

    def fold_older(self, row: Outbox, *, at: datetime) -> None:
        """Folds the earlier reminders to this person, after a new one was posted."""
        with self._store.write() as session:
            params = {"workspace": row.workspace_id, "lane": row.lane, "this": row.id}
            older = session.execute(_OLDER, params).scalars().all()
            if older:
                outbox, items = table(Outbox), table(NudgeItem)
                session.execute(sa.update(items).where(items.c.outbox_id.in_(older)).values(live=False))
                again = wanted_again(outbox.c, sa.literal(at, UtcDateTime))
                session.execute(sa.update(outbox).where(outbox.c.id.in_(older)).values(again))

    def later(self, row: Outbox, error: str, *, at: datetime, maybe_done: bool) -> bool:
        """Schedules another attempt, after a pause that grows with each attempt. Returns False if the message is dead
        after too many attempts. `maybe_done`: the chat may have done it all the same. The edit of a worker that lost
        its row may then have replaced what the other worker showed, so the message is sent once more."""
        if row.attempts + 1 >= ATTEMPTS:
            self.dead(row, error)
            return False
        pause = min(BACKOFF_LIMIT_SECONDS, 2.0 ** min(row.attempts, 10)) * random.uniform(0.5, 1.5)
        settled = self._settle_with(
            row,
            due_at=at + timedelta(seconds=pause),
            attempts=row.attempts + 1,
            last_error=error,
            uncertain=(maybe_done and row.ts is None) or row.uncertain,
            fingerprint="",  # the chat may have made the edit all the same
        )
        if maybe_done and row.ts is not None and not settled:
            self._spoil(row)
        return True

    def postpone(self, row: Outbox, *, until: datetime) -> None:
        """Delays the message until then, for example because its reader is off work. Nobody wants it earlier."""
        self._settle_with(row, due_at=until, wanted_at=until, uncertain=row.uncertain)

    def not_there(self, row: Outbox) -> None:
        """Records that the message was not posted in its earlier place. The next attempt goes to its present place."""
        self._settle_with(row, channel=None, uncertain=False)

    def release(self, row: Outbox) -> None:
        """Gives back a message that was not tried."""
        self._settle_with(row, uncertain=row.uncertain)

    def hold(self, row: Outbox, *, until: datetime) -> None:
        """Schedules the next attempt for the end of a pause that the chat asked for. Counts no attempt, because the
        message did not cause it."""
        self._settle_with(row, due_at=until, uncertain=row.uncertain)

    def hold_lane(self, row: Outbox, *, until: datetime) -> None:
        """Holds every message that waits in this lane until the end of a pause that the chat asked for. Other lanes
        continue."""
        self.hold(row, until=until)
        outbox = table(Outbox)
        waiting = (
            sa.select(outbox.c.id)
            .where(outbox.c.workspace_id == row.workspace_id, outbox.c.lane == row.lane)
            .where(sa.text("state = 'pending'"), outbox.c.due_at < until)
            .with_for_update(skip_locked=True)  # must not wait for a transaction that changes a row, nor it for this
        )
        with self._store.write() as session:
            ids = list(session.scalars(waiting))
            session.execute(sa.update(outbox).where(outbox.c.id.in_(ids)).values(due_at=until))

    def holds(self, row: Outbox) -> bool:
        """True if this worker still holds the row. The database decides, not the clocks."""
        with self._store.read() as session:
            return session.scalar(_LEASE, {"row": row.id}) == row.lease

    def dead(self, row: Outbox, error: str) -> None:
        """Records that the message can't be shown and that another attempt would not help, unless it was wanted again,
        or in another lane, since the claim. `baton doctor` lists it."""
        self._settle(
            row,
            _DEAD,
            wanted_then=row.wanted,
            lane_then=row.lane,
            to_last_error=error,
            to_attempts=row.attempts + 1,
            to_uncertain=row.uncertain,
        )

    def repost(self, row: Outbox, *, at: datetime) -> None:
        """Sends the message again after it was deleted from the chat. Clears its former place."""
        self._settle_with(row, channel=None, ts=None, token=uuid4().hex, fingerprint="", uncertain=False, due_at=at)

    def revive(self, workspace_id: str | None = None, lane: str | None = None, *, at: datetime) -> int:
        """Schedules all dead messages again, of this workspace and lane if given. Returns how many."""
        outbox = table(Outbox)
        with self._store.write() as session:
            statement = sa.update(outbox).where(sa.text("state = 'dead'"))
            if workspace_id:
                statement = statement.where(outbox.c.workspace_id == workspace_id)
            if lane:
                statement = statement.where(sa.or_(outbox.c.lane == lane, outbox.c.channel == lane))
            result = session.execute(statement.values(state="pending", attempts=0, due_at=at, wanted_at=at))
            return int(result.rowcount)  # type: ignore[attr-defined]

    def mend_times(self, *, at: datetime, went_back: bool = False) -> int:
        """Corrects times from a clock that was ahead. No lease and no pause then lasts longer than it was meant to, and
        what was wanted at once is due at once. Whoever holds a lease keeps it for LEASE from now. Returns how many
        messages it corrected. `went_back`: the clock has just gone back, so any pause may start from a time that was
        ahead."""
        leased, paused = at + LEASE + LONGEST_SKEW, at if went_back else at + LONGEST_PAUSE
        with self._store.look() as look:  # there is hardly ever any, and a write would hold up others
            if not look.ask(_AHEAD, now=at, leased=leased, paused=paused):
                return 0
        with self._store.write() as session:
            leases = session.execute(_MEND_LEASES, {"until": at + LEASE, "leased": leased})
            times = session.execute(_MEND_TIMES, {"now": at, "paused": paused})
            return int(leases.rowcount + times.rowcount)  # type: ignore[attr-defined]

    def dead_messages(self) -> list[DeadMessage]:
        """Returns all dead messages, the oldest first."""
        found = (
            sa.select(col(Outbox.kind), col(Outbox.key), col(Handoff.number), col(Outbox.last_error))
            .outerjoin(Handoff, col(Handoff.id) == col(Outbox.handoff_id))
            .where(sa.text("outbox.state = 'dead'"))
            .order_by(col(Outbox.created_at), col(Outbox.id))
        )
        with self._store.read() as session:
            return [DeadMessage._make(row) for row in session.execute(found)]

    def counts(self, *, at: datetime, by: Caller | None = None) -> dict[str, int]:
        """Returns how many messages wait, how many of those are due, and how many are dead: in the caller's workspace,
        or (None: the program asks for itself) in all of them."""
        outbox = table(Outbox).c
        here = sa.true() if by is None else outbox.workspace_id == by.workspace_id
        with self._store.read() as session:
            waiting, due = session.execute(
                sa.select(sa.func.count(), sa.func.count().filter(outbox.due_at <= at)).where(
                    sa.text("state = 'pending'"), here
                )
            ).one()
            dead = session.scalar(
                sa.select(sa.func.count()).select_from(table(Outbox)).where(sa.text("state = 'dead'"), here)
            )
        return {"waiting": waiting, "due": due, "dead": dead or 0}

    def message(self, workspace_id: str, channel: str, ts: str) -> Shown | None:
        """Returns the message that is shown in this place, or None."""
        outbox = table(Outbox)
        with self._store.read() as session:
            row = session.execute(
                sa.select(outbox.c.key, outbox.c.kind, outbox.c.handoff_id).where(
                    outbox.c.workspace_id == workspace_id, outbox.c.channel == channel, outbox.c.ts == ts
                )
            ).first()
        return None if row is None else Shown._make(row)

    def by_key(self, workspace_id: str, key: str) -> Outbox | None:
        with self._store.read() as session:
            return session.exec(
                select(Outbox).where(col(Outbox.workspace_id) == workspace_id, col(Outbox.key) == key)
            ).first()

    def _settle_with(self, row: Outbox, **values: object) -> bool:
        return self._settle(row, _settling(tuple(values)), **{f"to_{name}": value for name, value in values.items()})

    def _settle(
        self, row: Outbox, statement: sa.Update, then: Callable[[Session], None] | None = None, /, **values: object
    ) -> bool:
        """Records the end of an attempt, unless another worker took the row over. Returns True if it did. `then` writes
        in the same transaction what follows from that."""
        with self._store.write() as session:
            result = session.execute(statement, {"row": row.id, "held": row.lease, **values})
            settled = bool(result.rowcount)  # type: ignore[attr-defined]
            if settled and then is not None:
                then(session)
            return settled

    def _spoil(self, row: Outbox) -> None:
        """Asks for the message again, because nobody knows what it shows now. This also works if another worker is
        sending it and will record a fingerprint."""
        outbox = table(Outbox)
        with self._store.write() as session:
            session.execute(
                sa.update(outbox)
                .where(outbox.c.id == row.id)
                .values(state="pending", wanted=outbox.c.wanted + 1, fingerprint=row.lease)
            )


@cache
def _settling(names: tuple[str, ...]) -> sa.Update:
    """Returns the statement that gives a row back with these columns changed. `row` is its id, `held` is this worker's
    lease, `to_…` are the values. The cache keeps it, because SQLAlchemy takes longer to build it than the database
    takes to run it."""
    outbox = table(Outbox)
    return (
        sa.update(outbox)
        .where(outbox.c.id == sa.bindparam("row"), outbox.c.lease == sa.bindparam("held"))
        .values(lease=None, leased_until=None, **{name: sa.bindparam(f"to_{name}") for name in names})
    )


def _shown() -> sa.Update:
    """Returns the statement for `OutboxQueue.shown`. `showing` is the new fingerprint, `before` the earlier one."""
    outbox = table(Outbox).c
    unspoiled, more_wanted = outbox.fingerprint == sa.bindparam("before"), outbox.wanted > sa.bindparam("to_shown")
    return _settling(("channel", "ts", "shown")).values(
        fingerprint=sa.case((unspoiled, sa.bindparam("showing")), else_=""),
        state=sa.case((more_wanted, "pending"), else_="done"),
        wanted_at=sa.case((more_wanted, outbox.wanted_at), else_=None),
        uncertain=False,
        attempts=0,
        last_error="",
    )


def _dead() -> sa.Update:
    outbox = table(Outbox).c
    as_it_was = (outbox.wanted == sa.bindparam("wanted_then")) & (outbox.lane == sa.bindparam("lane_then"))
    return _settling(("last_error", "attempts", "uncertain")).values(
        state=sa.case((as_it_was, "dead"), else_="pending")
    )


def _older() -> sa.Select[tuple[int]]:
    """Returns the query for a person's latest reminders, besides `this` one, that are not folded yet."""
    outbox, item = table(Outbox).c, table(NudgeItem).c
    latest = (
        sa.select(outbox.id)
        .where(outbox.workspace_id == sa.bindparam("workspace"), outbox.lane == sa.bindparam("lane"))
        .where(
            outbox.kind.in_([kind.value for kind in FOLDING]), outbox.ts.is_not(None), outbox.id != sa.bindparam("this")
        )
        .order_by(outbox.created_at.desc(), outbox.id.desc())
        .limit(LATEST)
    )
    return sa.select(item.outbox_id).where(item.live, item.outbox_id.in_(latest)).distinct()


_OLDER = _older()


def _card_is_there(row: Outbox, _ts: str, session: Session) -> None:
    """Asks again for the news of a handoff, because its card has a new place."""
    claimed_at = (row.leased_until or row.due_at) - LEASE
    session.execute(_LINK, {"number": row.handoff_id, "at": claimed_at})


def _reminder_is_there(row: Outbox, ts: str, session: Session) -> None:
    """Adds a ledger line for each handoff of which a person was reminded by the message at `ts`."""
    found = session.execute(_ITEMS, {"message": row.id})
    for handoff, what, why, due_at in found:
        said = {"to": row.lane, "what": what, "why": why, "due_at": due_at.isoformat()}
        ledger.append(session, _reminded(row, handoff, ts, said))


def _recall_is_there(row: Outbox, ts: str, session: Session) -> None:
    """Adds the ledger line of the message that the time has come to contact a lead again."""
    said = {"to": row.lane, "what": What.RECALL, "why": Why.DUE, "due_at": messages.moment_of_nurture(row.key)}
    ledger.append(session, _reminded(row, row.handoff_id, ts, said))


def _reminded(row: Outbox, handoff: int | None, ts: str, said: Detail) -> HappeningRow:
    """Returns the line. It happened when the chat took the message."""
    at = datetime.fromtimestamp(float(ts), UTC)
    return HappeningRow(new_id(), row.workspace_id, handoff, at, BATON, LineKind.REMINDER, said)


def _link() -> sa.Update:
    """Returns the statement for `_card_is_there`."""
    outbox = table(Outbox)
    again = wanted_again(outbox.c, sa.bindparam("at", type_=UtcDateTime))
    about_it = outbox.c.handoff_id == sa.bindparam("number")
    return (
        sa.update(outbox)
        .where(about_it, outbox.c.kind == MessageKind.NEWS.value, outbox.c.state != "dead")
        .values(again)
    )


_SHOWN, _DEAD, _LINK = _shown(), _dead(), _link()
# What follows once the chat has taken a message, which `ts` names.
FOLLOWS: Mapping[Then, Callable[[Outbox, str, Session], None]] = {
    Then.LINK: _card_is_there,
    Then.REMINDED: _reminder_is_there,
    Then.RECALLED: _recall_is_there,
}
_item = table(NudgeItem).c
_ITEMS = (
    sa.select(_item.handoff_id, _item.what, _item.why, _item.due_at)
    .where(_item.outbox_id == sa.bindparam("message"))
    .order_by(_item.handoff_id)
)
_SHUT_OUT = sa.select(table(Workspace).c.id).where(table(Workspace).c.shut_out_at.is_not(None))
_NOW = sa.bindparam("now", type_=UtcDateTime)
_IDS = sa.bindparam("ids", expanding=True, type_=sa.BigInteger)


def _due() -> sa.Select[tuple[int, str]]:
    """Returns the query for the messages that may be claimed `now`, except those of these `lanes`. It locks them."""
    outbox = table(Outbox).c
    return (
        sa.select(outbox.id, outbox.lane)
        .where(sa.text("state = 'pending'"), outbox.due_at <= _NOW)
        .where(outbox.leased_until.is_(None) | (outbox.leased_until < _NOW))
        .where(outbox.workspace_id.not_in(_SHUT_OUT))
        .where(outbox.lane.not_in(sa.bindparam("lanes", expanding=True)))
        .order_by(outbox.due_at, outbox.id)
        .limit(sa.bindparam("limit", type_=sa.Integer))
        .with_for_update(skip_locked=True)
    )


def _claim() -> sa.Update:
    """Returns the statement that gives the rows with these `ids` a lease."""
    outbox = table(Outbox).c
    return (
        sa.update(table(Outbox))
        .where(outbox.id.in_(_IDS))
        .values(
            lease=sa.bindparam("held"),
            leased_until=sa.bindparam("until", type_=UtcDateTime),
            uncertain=outbox.ts.is_(None),
            tried_at=sa.case((outbox.uncertain, outbox.tried_at), else_=sa.bindparam("chat_time", type_=UtcDateTime)),
            channel=sa.case((outbox.uncertain | outbox.ts.is_not(None), outbox.channel)),
            fingerprint=sa.case((outbox.lease.is_(None), outbox.fingerprint), else_=""),
        )
    )


def _ahead() -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Returns the conditions of a lease after `leased`, and of a time after `now` that a clock that was ahead wrote. No
    pause lasts longer than until `paused`."""
    outbox = table(Outbox).c
    lease = outbox.leased_until > sa.bindparam("leased", type_=UtcDateTime)
    appointments: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{kind.value}'") for kind in APPOINTMENTS]
    appointment = outbox.kind.in_(appointments) & outbox.ts.is_(None) & (outbox.due_at > outbox.created_at)
    pause = outbox.due_at > sa.bindparam("paused", type_=UtcDateTime)
    return lease, sa.not_(appointment) & (outbox.due_at > _NOW) & (pause | (outbox.wanted_at > _NOW))


_PENDING = sa.text("state = 'pending'")
_LEASE_AHEAD, _TIME_AHEAD = _ahead()
_AHEAD = Question(sa.select(table(Outbox).c.id).where(_PENDING, _LEASE_AHEAD | _TIME_AHEAD).limit(1))
_MEND_LEASES = (
    sa.update(table(Outbox)).where(_PENDING, _LEASE_AHEAD).values(leased_until=sa.bindparam("until", type_=UtcDateTime))
)
_MEND_TIMES = (
    sa.update(table(Outbox))
    .where(_PENDING, _TIME_AHEAD)
    .values(due_at=_NOW, wanted_at=sa.case((table(Outbox).c.wanted_at > _NOW, _NOW), else_=table(Outbox).c.wanted_at))
)
_DUE, _CLAIM = _due(), _claim()
_THESE = select(Outbox).where(col(Outbox.id).in_(_IDS)).order_by(col(Outbox.created_at), col(Outbox.id))
_LEASE = sa.select(table(Outbox).c.lease).where(table(Outbox).c.id == sa.bindparam("row"))


def _at_most(due: Iterable[sa.Row[int, str]], lanes: int, per_lane: int) -> list[int]:
    """Returns the ids of the due rows from the first `lanes` lanes, at most `per_lane` from each."""
    taken: Counter[str] = Counter()
    ids = []
    for row_id, lane in due:
        if taken[lane] < per_lane and (lane in taken or len(taken) < lanes):
            taken[lane] += 1
            ids.append(row_id)
    return ids
