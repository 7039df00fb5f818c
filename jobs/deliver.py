"""Delivers the outbox, in lanes: one for each channel or person, so that one that is held up holds up no other.

Each lane sends about one message a second, as Slack wants it. The machine's own clock counts, because Slack also counts
by real time.

Baton posts nothing a second time blindly. If an earlier attempt of a row has an unknown end, Baton first searches
Slack's history for the row's token, and adopts the message if it is there.
"""

import threading
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
from bot.slack.ids import is_channel
from bot.slack.metadata import Shows
from bot.slack.views.blocks import Message
from bot.telemetry.jobs import Counters
from jobs.compose import Composer
from jobs.lanes import Lane, Lanes
from jobs.quiet import QuietTimes
from models.clock import Clock, SteadyClock
from models.handoffs.queries import Queries
from models.outbox.queue import LEASE, OutboxQueue
from models.rules.messages import FOLDING, REMINDERS, TO_A_PERSON
from models.rules.terms import Terms
from models.rules.worktime import next_open
from models.storage import problems
from models.storage.tables import Outbox
from models.workspace.roster import Roster

# How many messages are sent at the same time.
THREADS = 20
# The most lanes at work at the same time. Most of them wait for their next second.
MOST_LANES = 400
# The most messages claimed from one lane at a time. At one a second, they are sent well within the lease.
PER_LANE = 20
# The most messages in one claim.
CLAIMED = 1000
# A send does not begin with less than this left of the lease.
MARGIN = timedelta(seconds=15)
# How long before the first attempt, by Slack's own clock, the search for a message begins.
TRIED_MARGIN = timedelta(minutes=10)
# How long before the message was wanted the search begins, if Slack's time at the first attempt is unknown.
LOOK_BACK = timedelta(hours=3)
# A machine's time that is earlier than a moment ago by more than this was set back.
WENT_BACK = timedelta(seconds=1)
# How long a reminder waits for Slack to say if its person wants no disturbance. Then it is sent: it must not be missed
# because Slack is asked too many other things.
LONGEST_UNASKED = timedelta(minutes=5)

# Slack's error codes for a message that is not there any more, or can't be edited any more.
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
# Slack's error codes for a channel that Baton is not in.
NO_ENTRY = frozenset({"not_in_channel", "channel_not_found"})

# Slack's error codes that other blocks would not change.
ABOUT_THE_PLACE = GONE | WORKSPACE_WIDE | NO_ENTRY | {"is_archived"}
Result = TypeVar("Result")
log = structlog.get_logger(__name__)


class LeaseEnds(Exception):  # noqa: N818 - the name says what happened
    """The lease ends soon. Then another worker may take the message over, so this one must not send it."""


class Deliverer:
    """Claims due rows of the outbox and shows them. Any number may run, in any number of processes."""

    def __init__(
        self,
        *,
        queue: OutboxQueue,
        composer: Composer,
        queries: Queries,
        roster: Roster,
        gateway: Gateway,
        clock: Clock,
        steady: SteadyClock,
        counters: Counters,
        post_interval: float,
        remind_until: Callable[[datetime], None],
    ) -> None:
        """`remind_until` writes every reminder that came up by a moment, so that a message that is sent then has it in
        it."""
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
        self._lanes = Lanes(self._deliver, self._give_back, threads=THREADS, interval=post_interval, steady=steady)
        self._steady_ends: dict[str, float] = {}
        self._claiming = threading.Lock()
        self._latest = clock.now()
        self._stopping = False

    def run(self) -> int:
        """Claims what is due and starts to send it. Returns how many messages that is. Does not wait for them."""
        with self._claiming:
            self._mend_times()
            taken = 0
            while not self._stopping and (rows := self._claim()):
                taken += len(rows)
            return taken

    def settle(self) -> None:
        """Sends everything that is due by now, and waits for it."""
        self.wait()  # nothing is claimed from a lane that is at work
        while self.run():
            self.wait()

    def wait(self, *, patience: float | None = None) -> None:
        """Waits until everything claimed is sent or given back, or for `patience` seconds."""
        self._lanes.wait(patience=patience)

    def begin_no_more(self) -> None:
        """Begins to send nothing more. Does not wait for what is being sent already."""
        self._stopping = True
        self._lanes.begin_no_more()

    def stop(self, *, patience: float = 5.0) -> None:
        """Waits `patience` seconds at most for messages that are being sent, and gives back the others. If Slack has
        not answered by then, the next process looks in Slack for the message."""
        self.begin_no_more()
        with self._claiming:
            self._lanes.stop(patience=patience)

    def _mend_times(self) -> None:
        """Corrects the times of messages after the machine's time was set back. Otherwise they would wait until it is
        that late again. The audit job corrects what other processes wrote."""
        now, before = self._clock.now(), self._latest
        if now < before - WENT_BACK:
            mended = self._queue.mend_times(at=now, went_back=True)
            log.warning("the machine's time went back", seconds=(before - now).total_seconds(), mended=mended)
            self._counters.times_mended.inc(mended)
        self._latest = now

    def _claim(self) -> list[Outbox]:
        """Claims some of what is due, from lanes that are not at work."""
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
        """Sends a message, and decides what follows a failure. True if its lane may go on."""
        try:
            return self._try(row)
        except Exception:  # not even the failure could be saved: the lease ends, and another attempt follows
            log.exception("message left to its lease", key=row.key)
            self._counters.failed.labels(row.kind, "left").inc()
            return True

    def _give_back(self, row: Outbox) -> None:
        try:
            self._queue.release(row)
        except Exception:  # it goes back when the lease ends
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
            problem = problems.of(error)  # an error of the database needs no trace of our code
            log.exception("message not sent", key=row.key, database=problem, exc_info=None if problem else error)
            self._later(row, f"{type(error).__name__}", maybe_done=True)
            return True

    def _look_at_the_lease(self, row: Outbox) -> None:
        """Raises LeaseEnds if the lease ends soon, by the clock that others go by or by the steady one, which nobody
        sets back."""
        ended = self._steady() > self._steady_ends.get(row.lease or "", 0.0)
        if ended or row.leased_until is None or self._clock.now() > row.leased_until - MARGIN:
            raise LeaseEnds

    def _send(self, row: Outbox) -> bool:
        """Shows one message as it should be now. True if the lane may go on."""
        self._look_at_the_lease(row)
        now = self._clock.now()
        if row.kind in TO_A_PERSON and self._terms(row).has_left(row.lane):  # Slack takes it, but nobody reads it
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
            channel, ts = self._post(row, channel, composed.message, composed.shows, thread_ts)
            how = "posted"
        elif composed.fingerprint != row.fingerprint:
            self._update(row, channel, ts, composed.message, composed.shows)
            how = "edited"
        self._counters.sent.labels(how).inc()
        if not self._queue.shown(row, channel=channel, ts=ts, fingerprint=composed.fingerprint):
            log.warning("overtaken by another worker", key=row.key, how=how)
            self._counters.overtaken.labels(how).inc()
        if row.kind in FOLDING and row.ts is None:
            self._queue.fold_older(row, at=self._clock.now())
        return True

    def _post(
        self, row: Outbox, channel: str, message: Message, shows: Shows | None, thread_ts: str | None
    ) -> tuple[str, str]:
        def post(blocks: list[Block]) -> tuple[str, str]:
            self._begin(row)
            return self._gateway.post(channel, message.text, blocks, token=row.token, shows=shows, thread_ts=thread_ts)

        if row.kind in TO_A_PERSON:
            return self._plainer_if_refused(message, post)
        if channel not in self._entered:
            self._enter(channel)
        return self._let_in(channel, lambda: self._plainer_if_refused(message, post))

    def _let_in(self, channel: str, act: Callable[[], Result]) -> Result:
        """Runs `act`. If Slack refuses it to somebody who is not in the channel, joins the channel and runs it
        again."""
        try:
            return act()
        except SlackRefused as refusal:
            if refusal.code not in NO_ENTRY or not is_channel(channel) or not self._enter(channel):
                raise
            return act()

    def _enter(self, channel: str) -> bool:
        """Joins a channel before the first message. A message may be posted without that, but Slack then does not
        report what people do with it. False if Baton can't join: somebody must invite it to a private channel."""
        try:
            _beforehand(lambda: self._gateway.join(channel))
        except SlackRefused as refusal:
            log.info("channel not joined", channel=channel, error=str(refusal))
            self._entered.add(channel)
            return False
        self._entered.add(channel)
        return True

    def _begin(self, row: Outbox) -> None:
        """The last check before each call that shows something. Raises LeaseEnds.

        Other machines' clocks may differ from ours, so the database decides. A worker that is held up after this for
        longer than MARGIN is overtaken.
        """
        self._look_at_the_lease(row)
        if not self._queue.holds(row):
            raise LeaseEnds
        self._lanes.rest_after((row.workspace_id, row.lane))

    def _update(self, row: Outbox, channel: str, ts: str, message: Message, shows: Shows | None) -> None:
        def update(blocks: list[Block]) -> None:
            self._begin(row)
            self._gateway.update(channel, ts, message.text, blocks, token=row.token, shows=shows)

        self._plainer_if_refused(message, update)

    @staticmethod
    def _plainer_if_refused(message: Message, send: Callable[[list[Block]], Result]) -> Result:
        """Sends the blocks or, if the workspace does not know the newest ones yet, the plainer blocks."""
        try:
            return send(message.blocks)
        except SlackRefused as refusal:
            if message.plainer is None or refusal.code in ABOUT_THE_PLACE:
                raise
            return send(message.plainer)

    def _find(self, row: Outbox, channel: str, thread_ts: str | None) -> str | None:
        """Returns the timestamp of the message if an attempt with an unknown end posted it, and otherwise None. Raises
        SlackError if Baton can't search now but may later: late is better than twice."""
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
        """Returns from when on, by Slack's clock, an earlier attempt may have posted the message, and if that is
        sure."""
        if row.tried_at is not None:
            return row.tried_at - TRIED_MARGIN, True
        slack_now = self._gateway.slack_now() or row.created_at
        return min(row.created_at, slack_now) - LOOK_BACK, row.created_at <= slack_now + LOOK_BACK

    def _place(self, row: Outbox, parent: Outbox | None) -> str:
        """Returns where the message is, or may be, or goes. A reply goes to its parent, whatever channel was agreed on
        meanwhile."""
        beside = parent.channel if parent and row.ts is None else None
        return beside or row.channel or self._channel(row)

    def _channel(self, row: Outbox) -> str:
        """Returns where this lane leads: a channel, or the conversation with a person."""
        if row.kind not in TO_A_PERSON:
            return row.lane
        lane = row.workspace_id, row.lane
        if lane not in self._conversations:
            known = self._terms(row).people.get(row.lane)
            channel = (known and known.dm_channel) or self._opened(row)
            if channel is None:  # a post to the person opens it, or Slack says why not
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
        """Puts a reminder off while the person is out of their hours or wants no disturbance. Also does so while Slack
        can't be asked, but not for long. True if it did."""
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
        """Decides what follows a failure. True if the lane may go on."""
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
    """Makes a call that shows nothing by itself. If it fails, the message was certainly not sent."""
    try:
        return call()
    except SlackUnavailable as error:
        raise SlackUnavailable(str(error), maybe_done=False) from error
