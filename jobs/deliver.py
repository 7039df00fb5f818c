"""Delivers the outbox: in lanes, one a channel or person, so that one that is held up holds up no other.

In each about a message a second, as Slack wants it: by the machine's own clock, as Slack counts by real time too.

Nothing is posted blindly a second time: a row whose earlier attempt has no known end is first looked for in Slack's
history by its token, and adopted if it is there.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from bot.slack.gateway import (
    WORKSPACE_WIDE,
    Block,
    Gateway,
    RateLimited,
    SlackError,
    SlackRefused,
    SlackUnavailable,
)
from bot.slack.views.blocks import Message
from bot.telemetry.jobs import Counters
from jobs.compose import TO_A_PERSON, Composer
from jobs.lanes import Lane, Lanes
from jobs.quiet import QuietTimes
from models.clock import Clock, SteadyClock
from models.handoffs.queries import Queries
from models.outbox.queue import LEASE, OutboxQueue
from models.rules.members import is_channel
from models.rules.messages import REMINDERS, MessageKind
from models.rules.terms import Terms
from models.rules.worktime import next_open
from models.storage import problems
from models.storage.tables import Outbox
from models.workspace.roster import Roster

THREADS = 20
"""So many messages are being sent at the same time."""
MOST_LANES = 400
"""So many channels and people have their messages taken at the same time, most of them waiting for their second."""
PER_LANE = 20
"""So many messages of one lane are taken at a time: at one a second, well within the lease."""
CLAIMED = 1000
MARGIN = timedelta(seconds=15)
"""A send is not begun with less than this left of the lease."""
TRIED_MARGIN = timedelta(minutes=10)
"""From so long before the first attempt a message is looked for, by Slack's own clock."""
LOOK_BACK = timedelta(hours=3)
"""Where nothing is known of that clock at the first attempt: from so long before the message was asked for."""
WENT_BACK = timedelta(seconds=1)
"""A machine's time that is so much earlier than a moment ago was set back."""
LONGEST_UNASKED = timedelta(minutes=5)
"""For so long a reminder waits for Slack to say whether its person wants no disturbance; then it goes out: it must not
be missed because too much else is asked of Slack."""

GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
NO_ENTRY = frozenset({"not_in_channel", "channel_not_found"})

ABOUT_THE_PLACE = GONE | WORKSPACE_WIDE | NO_ENTRY | {"is_archived"}
"""Refusals that other blocks would not change."""
Result = TypeVar("Result")
log = structlog.get_logger(__name__)


class LeaseEnds(Exception):  # noqa: N818 - what happened, not whose fault it is
    """Another worker may take the message over soon: it is not ours to send any more."""


class Deliverer:
    """Takes due rows from the outbox and shows them. Any number may run, in any number of processes."""

    def __init__(
        self,
        *,
        queue: OutboxQueue,
        composer: Composer,
        queries: Queries,
        roster: Roster,
        gateway: Gateway,
        clock: Clock,
        steady: SteadyClock = time.monotonic,
        counters: Counters,
        post_interval: float,
        remind_until: Callable[[datetime], None],
    ) -> None:
        """`remind_until` has all said that came up by a moment: what goes out then has it in it."""
        self._queue = queue
        self._composer = composer
        self._queries = queries
        self._roster = roster
        self._gateway = gateway
        self._clock = clock
        self._steady = steady
        self._counters = counters
        self._remind_until = remind_until
        self._quiet = QuietTimes(gateway, steady=steady)
        self._entered: set[str] = set()
        self._conversations: dict[Lane, str] = {}
        self._lanes = Lanes(self._deliver, self._give_back, threads=THREADS, interval=post_interval)
        self._steady_ends: dict[str, float] = {}
        self._claiming = threading.Lock()
        self._latest = clock.now()
        self._stopping = False

    def run(self) -> int:
        """Take what is due and start sending it; how many messages were taken. Does not wait for them."""
        with self._claiming:
            self._mend_times()
            taken = 0
            while not self._stopping and (rows := self._claim()):
                taken += len(rows)
            return taken

    def settle(self) -> None:
        """Send everything that is due by now, and wait for it."""
        self.wait()  # of a lane that is at work nothing more is taken
        while self.run():
            self.wait()

    def wait(self, *, patience: float | None = None) -> None:
        """Until all that was taken is sent or given back, or for so many seconds."""
        self._lanes.wait(patience=patience)

    def begin_no_more(self) -> None:
        """From now on send nothing that is not being sent already. Does not wait for that."""
        self._stopping = True
        self._lanes.begin_no_more()

    def stop(self, *, patience: float = 5.0) -> None:
        """Finish the messages being sent, give back the others. What Slack has not answered by then is left to the next
        process, which looks in Slack whether it got there."""
        self.begin_no_more()
        with self._claiming:
            self._lanes.stop(patience=patience)

    def _mend_times(self) -> None:
        """Where the machine's time was set back, what was written meanwhile must not wait until it is that late again.
        The auditor sees to what other processes wrote."""
        now, before = self._clock.now(), self._latest
        if now < before - WENT_BACK:
            mended = self._queue.mend_times(at=now, went_back=True)
            log.warning("the machine's time went back", seconds=(before - now).total_seconds(), mended=mended)
            self._counters.times_mended.inc(mended)
        self._latest = now

    def _claim(self) -> list[Outbox]:
        """Take some of what is due, of lanes that are not at work already."""
        open_lanes = self._lanes.open()
        if len(open_lanes) >= MOST_LANES:
            return []
        rows = self._queue.claim(
            at=self._clock.now(),
            limit=CLAIMED,
            lanes=MOST_LANES - len(open_lanes),
            per_lane=PER_LANE,
            except_lanes=[lane for _, lane in open_lanes],
            chat_time=self._gateway.slack_now(),
        )
        now = self._steady()
        self._steady_ends = {lease: end for lease, end in self._steady_ends.items() if end > now}
        self._steady_ends |= {row.lease or "": now + (LEASE - MARGIN).total_seconds() for row in rows}
        lanes: dict[Lane, list[Outbox]] = defaultdict(list)
        for row in rows:
            lanes[row.workspace_id, row.lane].append(row)
        self._quiet.may_be_asked(row.lane for row in rows if row.kind in REMINDERS)
        for lane, queue in lanes.items():
            self._lanes.add(lane, queue)
        return rows

    def _deliver(self, row: Outbox) -> bool:
        """Send it, and decide what follows if that fails. Whether its lane may go on."""
        try:
            return self._try(row)
        except Exception:  # not even that it failed could be written down: the lease ends, and it is tried again
            log.exception("message left to its lease", key=row.key)
            self._counters.failed.labels(row.kind, "left").inc()
            return True

    def _give_back(self, row: Outbox) -> None:
        try:
            self._queue.release(row)
        except Exception:  # it goes back by itself, when the lease ends
            log.exception("message not given back", key=row.key)

    def _try(self, row: Outbox) -> bool:
        try:
            return self._send(row)
        except LeaseEnds:
            self._queue.release(row)
            return True
        except SlackError as error:
            return self._failed(row, error)
        except Exception as error:
            ailment = problems.of(error)  # if it is the database's there is no place of ours to trace
            log.exception("message not sent", key=row.key, database=ailment, exc_info=None if ailment else error)
            self._later(row, f"{type(error).__name__}", maybe_done=True)
            return True

    def _look_at_the_lease(self, row: Outbox) -> None:
        """By the clock that others go by, and by the steady one, which nobody sets back. Raises LeaseEnds."""
        ended = self._steady() > self._steady_ends.get(row.lease or "", 0.0)
        if ended or row.leased_until is None or self._clock.now() > row.leased_until - MARGIN:
            raise LeaseEnds

    def _send(self, row: Outbox) -> bool:
        """Show one message as it should be now. Whether the lane may go on."""
        self._look_at_the_lease(row)
        now = self._clock.now()
        if row.kind in TO_A_PERSON and self._terms(row).has_left(row.lane):  # Slack would take it, and nobody read it
            self._queue.shown(row, channel=row.channel, ts=row.ts, fingerprint="")
            return True
        if row.kind in REMINDERS and row.ts is None:
            if self._put_off(row, now):
                return True
            self._remind_until(row.due_at)
        composed = self._composer.compose(row, now=now)
        parent = self._queue.by_key(row.workspace_id, composed.thread) if composed.thread else None
        if composed.thread and (parent is None or parent.ts is None):
            self._later(row, "waits for the message it belongs to", maybe_done=False)
            return True
        if composed.message is None:
            self._queue.shown(row, channel=row.channel, ts=row.ts, fingerprint="")
            return True
        thread_ts = parent.ts if parent else None
        channel, ts = self._place(row, parent), row.ts
        if ts is None and row.uncertain:
            ts = self._find(row, channel, thread_ts)
            if ts is None and row.channel:
                self._queue.not_there(row)
                return True
        how = "unchanged"
        if ts is None:
            channel, ts = self._post(row, channel, composed.message, thread_ts)
            how = "posted"
        elif composed.fingerprint != row.fingerprint:
            self._update(row, channel, ts, composed.message)
            how = "edited"
        self._counters.sent.labels(how).inc()
        if not self._queue.shown(row, channel=channel, ts=ts, fingerprint=composed.fingerprint):
            log.warning("overtaken by another worker", key=row.key, how=how)
            self._counters.overtaken.labels(how).inc()
        if row.kind == MessageKind.NUDGE and row.ts is None:
            self._queue.fold_older(row, at=self._clock.now())
        return True

    def _post(self, row: Outbox, channel: str, message: Message, thread_ts: str | None) -> tuple[str, str]:
        def post(blocks: list[Block]) -> tuple[str, str]:
            self._begin(row)
            return self._gateway.post(channel, message.text, blocks, token=row.token, thread_ts=thread_ts)

        if row.kind in TO_A_PERSON:
            return self._plainer_if_refused(message, post)
        if channel not in self._entered:
            self._enter(channel)
        return self._let_in(channel, lambda: self._plainer_if_refused(message, post))

    def _let_in(self, channel: str, act: Callable[[], Result]) -> Result:
        """Do it; where it is refused to who is not in the channel, enter and do it again."""
        try:
            return act()
        except SlackRefused as refusal:
            if refusal.code not in NO_ENTRY or not is_channel(channel) or not self._enter(channel):
                raise
            return act()

    def _enter(self, channel: str) -> bool:
        """Be a member before the first message: one may be posted without, but of what people do with it Slack then
        reports nothing. Whether we are one: a private channel can't be joined, only be invited to."""
        try:
            _beforehand(lambda: self._gateway.join(channel))
        except SlackRefused as refusal:
            log.info("channel not joined", channel=channel, error=str(refusal))
            self._entered.add(channel)
            return False
        self._entered.add(channel)
        return True

    def _begin(self, row: Outbox) -> None:
        """The last look before each call that shows something. Other machines' clocks may differ from ours, so the
        database has the last word; who is held up from here on for longer than MARGIN is overtaken. Raises
        LeaseEnds."""
        self._look_at_the_lease(row)
        if not self._queue.holds(row):
            raise LeaseEnds
        self._lanes.rest_after((row.workspace_id, row.lane))

    def _update(self, row: Outbox, channel: str, ts: str, message: Message) -> None:
        def update(blocks: list[Block]) -> None:
            self._begin(row)
            self._gateway.update(channel, ts, message.text, blocks, token=row.token)

        self._plainer_if_refused(message, update)

    @staticmethod
    def _plainer_if_refused(message: Message, send: Callable[[list[Block]], Result]) -> Result:
        """Send; where the workspace does not know the newest blocks yet, without them."""
        try:
            return send(message.blocks)
        except SlackRefused as refusal:
            if message.plainer is None or refusal.code in ABOUT_THE_PLACE:
                raise
            return send(message.plainer)

    def _find(self, row: Outbox, channel: str, thread_ts: str | None) -> str | None:
        """The message, if an attempt whose end we never heard has posted it after all. Where it can't be looked for
        now but may be later, that refusal is raised: rather late than twice."""
        since, sure = self._tried_since(row)
        try:
            ts = self._let_in(channel, lambda: self._gateway.find(channel, row.token, since=since, thread_ts=thread_ts))
        except SlackRefused as refusal:
            shut_out = refusal.code in NO_ENTRY and row.kind not in TO_A_PERSON and row.channel is None
            if shut_out or refusal.passes:
                raise
            log.warning("history can't be read, message may appear twice", key=row.key, error=str(refusal))
            self._counters.unreconciled.inc()
            return None
        if ts is not None:
            self._counters.adopted.inc()
        elif not sure:
            log.warning("clock was ahead, message may appear twice", key=row.key)
            self._counters.unreconciled.inc()
        return ts

    def _tried_since(self, row: Outbox) -> tuple[datetime, bool]:
        """From when on, by Slack's clock, an earlier attempt may have posted the message; and whether that is sure."""
        if row.tried_at is not None:
            return row.tried_at - TRIED_MARGIN, True
        slack_now = self._gateway.slack_now() or row.created_at
        return min(row.created_at, slack_now) - LOOK_BACK, row.created_at <= slack_now + LOOK_BACK

    def _place(self, row: Outbox, parent: Outbox | None) -> str:
        """Where it is, or may be, or goes: a reply to its parent, whatever channel was agreed on meanwhile."""
        beside = parent.channel if parent and row.ts is None else None
        return beside or row.channel or self._channel(row)

    def _channel(self, row: Outbox) -> str:
        """Where this lane leads: a channel, or the conversation with a person."""
        if row.kind not in TO_A_PERSON:
            return row.lane
        lane = row.workspace_id, row.lane
        if lane not in self._conversations:
            known = self._terms(row).people.get(row.lane)
            channel = (known and known.dm_channel) or self._opened(row)
            if channel is None:  # Slack opens it when the person is posted to; if it refuses that too, it says why
                return row.lane
            self._conversations[lane] = channel
        return self._conversations[lane]

    def _opened(self, row: Outbox) -> str | None:
        try:
            channel = _beforehand(lambda: self._gateway.open_dm(row.lane))
        except SlackRefused as refusal:
            log.info("conversation not opened", person=row.lane, error=str(refusal))
            return None
        self._roster.conversation_opened(row.workspace_id, row.lane, channel)
        return channel

    def _terms(self, row: Outbox) -> Terms:
        return self._queries.terms(row.workspace_id)

    def _put_off(self, row: Outbox, now: datetime) -> bool:
        """Put a reminder off while this person is not to be reminded: outside of their hours, or while they want no
        disturbance; and while Slack can't be asked whether they do, but not for long."""
        opens = next_open(self._terms(row).calendar(row.lane, at=now), now)
        try:
            until = opens if opens > now else self._quiet.until(row.lane, at=now)
        except RateLimited as pause:
            again = min(now + timedelta(seconds=pause.retry_after), (row.wanted_at or now) + LONGEST_UNASKED)
            if again > now:
                self._queue.hold(row, until=again)
            return again > now
        if until is not None:
            self._queue.postpone(row, until=until)
        return until is not None

    def _failed(self, row: Outbox, error: SlackError) -> bool:
        """Decide what follows a failure. Whether the lane may go on."""
        now = self._clock.now()
        match error:
            case RateLimited():
                self._counters.failed.labels(row.kind, "held").inc()
                self._queue.hold_lane(row, until=now + timedelta(seconds=error.retry_after))
                return False
            case SlackUnavailable():
                self._later(row, str(error), maybe_done=error.maybe_done)
                return False
            case SlackRefused(code=code) if code in GONE and row.ts is not None:
                self._queue.repost(row, at=now)
                return True
            case SlackRefused(code=code) if code in WORKSPACE_WIDE:
                self._later(row, str(error), maybe_done=False)
                return False
            case SlackRefused(code="user_disabled"):
                log.warning("person has left", person=row.lane)
                self._roster.person_changed(row.workspace_id, row.lane, deactivated=True)
                self._queue.shown(row, channel=row.channel, ts=row.ts, fingerprint="")
                return True
            case _:
                log.error("message can't be sent", key=row.key, error=str(error))
                self._counters.failed.labels(row.kind, "dead").inc()
                self._queue.dead(row, str(error))
                return True

    def _later(self, row: Outbox, error: str, *, maybe_done: bool) -> None:
        again = self._queue.later(row, error, at=self._clock.now(), maybe_done=maybe_done)
        self._counters.failed.labels(row.kind, "later" if again else "dead").inc()
        log.log(
            30 if again else 40, "message not sent", key=row.key, error=error, attempt=row.attempts + 1, again=again
        )


def _beforehand(call: Callable[[], Result]) -> Result:
    """Make a call that shows nothing by itself: where it fails, the message was certainly not sent."""
    try:
        return call()
    except SlackUnavailable as error:
        raise SlackUnavailable(str(error), maybe_done=False) from error
