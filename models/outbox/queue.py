"""The outbox: which messages the chat should show, and how the workers that send them share the work.

A row is an intention under a key that names the message; asking for it again while it waits changes nothing, asking
after it was shown makes one edit. A worker claims rows with a lease, sends outside of any transaction, and settles only
what it still holds.
"""

import random
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cache
from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.rules.messages import APPOINTMENTS, MessageKind
from models.storage.changes import wanted_again
from models.storage.store import Store
from models.storage.tables import NudgeItem, Outbox, UtcDateTime, Workspace, table

LEASE = timedelta(seconds=60)
"""Longer than any one send may take, with its look-ups. After it another worker may take the row over."""

ATTEMPTS = 2000
"""So often a message is tried; with the backoff below that takes about a week. Then it is dead until revived."""

BACKOFF_LIMIT_SECONDS = 300.0
LONGEST_PAUSE = timedelta(minutes=15)
"""Longer no failure puts a message off, nor, by its documentation, a pause that Slack asks for."""
LATEST = 20
"""So many reminders of a person are looked through for those that are not folded yet: there are one or two."""
LONGEST_SKEW = timedelta(minutes=5)
"""So far clocks of several machines may be apart without one taking the other's lease for a mistake."""


def move_unsent(
    session: Session, workspace_id: str, lane: str, kinds: Collection[MessageKind], *, at: datetime
) -> None:
    """Have messages of these kinds that were never shown go to another channel, given up or not. One that may have been
    posted after all is looked for where that was: `channel` keeps the place."""
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


class OutboxQueue:
    """What the workers that deliver messages ask of the outbox."""

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
        """Take due messages that nobody holds, of no more than so many `lanes`, of each no more than `per_lane`, of the
        `except_lanes` none; and none where the chat has taken the token away. Rows come as they were, with a lease that
        is ours alone.

        A row never shown is marked uncertain from here on, until a definite answer settles it: `uncertain` in what is
        returned tells of an earlier attempt whose end is unknown. Of a row that was shown, the fingerprint is forgotten
        after such an attempt: the edit may have been made. Of one that certainly was not, the channel is: see
        `move_unsent`; and it can't be posted before `chat_time`, the time by the chat's clock as far as it is known.
        """
        lease = uuid4().hex
        outbox = table(Outbox)
        due = (
            sa.select(outbox.c.id, outbox.c.lane)
            .where(sa.text("state = 'pending'"), outbox.c.due_at <= at)
            .where(sa.or_(outbox.c.leased_until.is_(None), outbox.c.leased_until < at))
            .where(outbox.c.workspace_id.not_in(_SHUT_OUT))
            .order_by(outbox.c.due_at, outbox.c.id)
            .limit(limit)
        )
        if except_lanes:
            due = due.where(outbox.c.lane.not_in(except_lanes))
        with self._store.write() as session:
            ids = _at_most(session.execute(due.with_for_update(skip_locked=True)), lanes or limit, per_lane or limit)
            if not ids:
                return []
            rows = session.exec(select(Outbox).where(col(Outbox.id).in_(ids)).order_by(col(Outbox.id))).all()
            session.expunge_all()
            session.execute(
                sa.update(outbox)
                .where(outbox.c.id.in_(ids))
                .values(
                    lease=lease,
                    leased_until=at + LEASE,
                    uncertain=outbox.c.ts.is_(None),
                    tried_at=sa.case((outbox.c.uncertain, outbox.c.tried_at), else_=sa.literal(chat_time, UtcDateTime)),
                    channel=sa.case((outbox.c.uncertain | outbox.c.ts.is_not(None), outbox.c.channel)),
                    fingerprint=sa.case((outbox.c.lease.is_(None), outbox.c.fingerprint), else_=""),
                )
            )
        for row in rows:
            row.fingerprint = row.fingerprint if row.lease is None else ""
            row.channel = row.channel if row.uncertain or row.ts else None
            row.lease, row.leased_until = lease, at + LEASE
        return list(rows)

    def shown(self, row: Outbox, *, channel: str | None, ts: str | None, fingerprint: str) -> bool:
        """It is shown as it was wanted when we took it; if more was wanted meanwhile, it stays due.

        False where another worker took the row over while we sent: what we sent may stand over what they did, so the
        message is shown once more, whatever they wrote down of it. Where a card has a place now, news of its lead link
        to it.
        """
        settled = self._settle(
            row,
            _SHOWN,
            _LINK if row.kind == MessageKind.CARD and row.ts is None and ts is not None else None,
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
        """A reminder was posted: the earlier ones to this person give way to it."""
        with self._store.write() as session:
            params = {"workspace": row.workspace_id, "lane": row.lane, "this": row.id}
            older = session.execute(_OLDER, params).scalars().all()
            if older:
                outbox, items = table(Outbox), table(NudgeItem)
                session.execute(sa.update(items).where(items.c.outbox_id.in_(older)).values(live=False))
                again = wanted_again(outbox.c, sa.literal(at, UtcDateTime))
                session.execute(sa.update(outbox).where(outbox.c.id.in_(older)).values(again))

    def later(self, row: Outbox, error: str, *, at: datetime, maybe_done: bool) -> bool:
        """Try again after a pause that grows with each attempt. Whether it will be: too many attempts make it dead.
        `maybe_done`: the chat may have done it all the same. An edit by a worker that was overtaken may then stand over
        what the other one showed, so the message is shown once more."""
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
            fingerprint="",  # an edit may have been made after all
        )
        if maybe_done and row.ts is not None and not settled:
            self._spoil(row)
        return True

    def postpone(self, row: Outbox, *, until: datetime) -> None:
        """It is not wanted before then: somebody is not to be disturbed, say."""
        self._settle_with(row, due_at=until, wanted_at=until, uncertain=row.uncertain)

    def not_there(self, row: Outbox) -> None:
        """It was not posted where it was to go before: it goes where it is to go now."""
        self._settle_with(row, channel=None, uncertain=False)

    def release(self, row: Outbox) -> None:
        """Give back a message of which no attempt was made."""
        self._settle_with(row, uncertain=row.uncertain)

    def hold(self, row: Outbox, *, until: datetime) -> None:
        """The chat asked for a pause: it is tried then. No attempt is counted: it is no fault of the message."""
        self._settle_with(row, due_at=until, uncertain=row.uncertain)

    def hold_lane(self, row: Outbox, *, until: datetime) -> None:
        """The chat asked for a pause in this lane: everything that waits in it waits until then. Other lanes flow."""
        self.hold(row, until=until)
        outbox = table(Outbox)
        waiting = (
            sa.select(outbox.c.id)
            .where(outbox.c.workspace_id == row.workspace_id, outbox.c.lane == row.lane)
            .where(sa.text("state = 'pending'"), outbox.c.due_at < until)
            .with_for_update(skip_locked=True)  # who changes a row right now must not wait for us, nor we for them
        )
        with self._store.write() as session:
            ids = list(session.scalars(waiting))
            session.execute(sa.update(outbox).where(outbox.c.id.in_(ids)).values(due_at=until))

    def holds(self, row: Outbox) -> bool:
        """Whether the row is still ours, and nobody else's: by the database, whatever clocks say."""
        with self._store.read() as session:
            return session.scalar(_LEASE, {"row": row.id}) == row.lease

    def dead(self, row: Outbox, error: str) -> None:
        """It can't be shown, and trying again would not help, unless meanwhile it is wanted again or elsewhere.
        `baton doctor` lists it."""
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
        """What was shown is gone from the chat: forget where it was, and show it anew."""
        self._settle_with(row, channel=None, ts=None, token=uuid4().hex, fingerprint="", uncertain=False, due_at=at)

    def revive(self, workspace_id: str | None = None, lane: str | None = None, *, at: datetime) -> int:
        """Try everything that is dead (there, if named) once more; how many that is."""
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
        """Put right what was written by a clock that was ahead, so that no lease and no pause lasts longer than it was
        meant to, and what was wanted at once is due at once; how many messages those were. Whoever holds a lease keeps
        it that long. `went_back`: the time just did, so every pause may have been counted from a time that was ahead.
        """
        outbox = table(Outbox)
        row = outbox.c
        pending = sa.update(outbox).where(sa.text("state = 'pending'"))
        ahead = row.leased_until > at + LEASE + LONGEST_SKEW
        appointment = row.kind.in_(APPOINTMENTS) & row.ts.is_(None) & (row.due_at > row.created_at)
        pause = (row.due_at > at) if went_back else (row.due_at > at + LONGEST_PAUSE)
        late = sa.not_(appointment) & (row.due_at > at) & (pause | (row.wanted_at > at))
        wanted_at = sa.case((row.wanted_at > at, sa.literal(at, UtcDateTime)), else_=row.wanted_at)
        with self._store.write() as session:
            leases = session.execute(pending.where(ahead).values(leased_until=at + LEASE))
            times = session.execute(pending.where(late).values(due_at=at, wanted_at=wanted_at))
            return int(leases.rowcount + times.rowcount)  # type: ignore[attr-defined]

    def dead_messages(self) -> list[Outbox]:
        with self._store.read() as session:
            return list(session.exec(select(Outbox).where(sa.text("state = 'dead'")).order_by(col(Outbox.id))))

    def counts(self, *, at: datetime) -> dict[str, int]:
        """How many messages wait, how many of them are due, and how many are dead."""
        outbox = table(Outbox).c
        with self._store.read() as session:
            waiting, due = session.execute(
                sa.select(sa.func.count(), sa.func.count().filter(outbox.due_at <= at)).where(
                    sa.text("state = 'pending'")
                )
            ).one()
            dead = session.scalar(
                sa.select(sa.func.count()).select_from(table(Outbox)).where(sa.text("state = 'dead'"))
            )
        return {"waiting": waiting, "due": due, "dead": dead or 0}

    def message(self, workspace_id: str, channel: str, ts: str) -> Outbox | None:
        """The message that was shown at this place."""
        with self._store.read() as session:
            return session.exec(
                select(Outbox).where(
                    col(Outbox.workspace_id) == workspace_id, col(Outbox.channel) == channel, col(Outbox.ts) == ts
                )
            ).first()

    def by_key(self, workspace_id: str, key: str) -> Outbox | None:
        with self._store.read() as session:
            return session.exec(
                select(Outbox).where(col(Outbox.workspace_id) == workspace_id, col(Outbox.key) == key)
            ).first()

    def _settle_with(self, row: Outbox, **values: object) -> bool:
        return self._settle(row, _settling(tuple(values)), **{f"to_{name}": value for name, value in values.items()})

    def _settle(self, row: Outbox, statement: sa.Update, then: sa.Update | None = None, /, **values: object) -> bool:
        """Write the end of an attempt, unless somebody else took the row over meanwhile; whether it was written.
        `then`: what is to be shown again because of it."""
        with self._store.write() as session:
            result = session.execute(statement, {"row": row.id, "held": row.lease, **values})
            settled = bool(result.rowcount)  # type: ignore[attr-defined]
            if settled and then is not None:
                claimed_at = (row.leased_until or row.due_at) - LEASE
                session.execute(then, {"number": row.handoff_id, "at": claimed_at})
            return settled

    def _spoil(self, row: Outbox) -> None:
        """Nobody knows what this message shows now: have it shown again, also where another worker is at it and will
        write down a fingerprint."""
        outbox = table(Outbox)
        with self._store.write() as session:
            session.execute(
                sa.update(outbox)
                .where(outbox.c.id == row.id)
                .values(state="pending", wanted=outbox.c.wanted + 1, fingerprint=row.lease)
            )


@cache
def _settling(names: tuple[str, ...]) -> sa.Update:
    """Gives a row back with these columns changed: `row` is its id, `held` the lease we had, `to_…` the values. Kept,
    as SQLAlchemy takes longer to build it than the database to run it."""
    outbox = table(Outbox)
    return (
        sa.update(outbox)
        .where(outbox.c.id == sa.bindparam("row"), outbox.c.lease == sa.bindparam("held"))
        .values(lease=None, leased_until=None, **{name: sa.bindparam(f"to_{name}") for name in names})
    )


def _shown() -> sa.Update:
    """It shows `showing` and `before` was what it showed: see `OutboxQueue.shown`."""
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
    """The reminders of a person, besides `this` one, that say something still: among the latest."""
    outbox, item = table(Outbox).c, table(NudgeItem).c
    latest = (
        sa.select(outbox.id)
        .where(outbox.workspace_id == sa.bindparam("workspace"), outbox.lane == sa.bindparam("lane"))
        .where(outbox.kind == MessageKind.NUDGE.value, outbox.ts.is_not(None), outbox.id != sa.bindparam("this"))
        .order_by(outbox.id.desc())
        .limit(LATEST)
    )
    return sa.select(item.outbox_id).where(item.live, item.outbox_id.in_(latest)).distinct()


_OLDER = _older()


def _link() -> sa.Update:
    """News of this handoff follow its card, which has a place now, or another one."""
    outbox = table(Outbox)
    again = wanted_again(outbox.c, sa.bindparam("at", type_=UtcDateTime))
    about_it = outbox.c.handoff_id == sa.bindparam("number")
    return (
        sa.update(outbox)
        .where(about_it, outbox.c.kind == MessageKind.NEWS.value, outbox.c.state != "dead")
        .values(again)
    )


_SHOWN, _DEAD, _LINK = _shown(), _dead(), _link()
_SHUT_OUT = sa.select(table(Workspace).c.id).where(table(Workspace).c.shut_out_at.is_not(None))
_LEASE = sa.select(table(Outbox).c.lease).where(table(Outbox).c.id == sa.bindparam("row"))


def _at_most(due: Iterable[sa.Row[int, str]], lanes: int, per_lane: int) -> list[int]:
    """The ids of the due rows, of the first `lanes` lanes, and no more of one than `per_lane`."""
    taken: Counter[str] = Counter()
    ids = []
    for row_id, lane in due:
        if taken[lane] < per_lane and (lane in taken or len(taken) < lanes):
            taken[lane] += 1
            ids.append(row_id)
    return ids
