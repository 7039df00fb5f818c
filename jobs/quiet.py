"""When people do not want to be disturbed, as they have set it in Slack."""

import threading
from collections.abc import Iterable
from datetime import datetime

import structlog

from bot.slack.gateway import DISTURBED_AT_ONCE, Gateway, RateLimited, SlackError, SlackRefused
from models.clock import SteadyClock

# Seconds that an answer counts. Slack answers only some dozen questions a minute, and a whole team may get reminders at
# once.
KNOWN_SECONDS = 60
# From when until when a person wants no messages, in UTC, or None.
Quiet = tuple[datetime, datetime] | None
log = structlog.get_logger(__name__)


class QuietTimes:
    """Asks Slack about many people at once, as soon as one of them gets a reminder."""

    def __init__(self, gateway: Gateway, *, steady: SteadyClock) -> None:
        self._gateway = gateway
        self._steady = steady
        self._known: dict[str, tuple[float, Quiet]] = {}
        self._expected: set[str] = set()
        self._pause_ends = 0.0
        self._noting = threading.Lock()
        self._asking = threading.Lock()

    def may_be_asked(self, people: Iterable[str]) -> None:
        """Names people who will soon get a reminder."""
        with self._noting:
            self._expected.update(people)

    def until(self, person: str, *, at: datetime) -> datetime | None:
        """Returns when the quiet time ends that this person has `at` that time, or None. Also None if Slack does not
        say, because a reminder is then better than none. Raises RateLimited while Slack asks for a pause."""
        with self._asking:  # a thread that waits here finds the answer
            now = self._steady()
            self._known = {one: known for one, known in self._known.items() if known[0] > now - KNOWN_SECONDS}
            if person not in self._known:
                if now < self._pause_ends:
                    raise RateLimited(self._pause_ends - now)
                self._ask([person, *self._others(person)])
            _, quiet = self._known[person]
        return quiet[1] if quiet and quiet[0] <= at < quiet[1] else None

    def _others(self, person: str) -> list[str]:
        """Returns whom to ask about in the same question. Returns nobody twice."""
        with self._noting:
            others = sorted(self._expected - self._known.keys() - {person})[: DISTURBED_AT_ONCE - 1]
            self._expected.difference_update([person, *others])
            return others

    def _ask(self, people: list[str]) -> None:
        try:
            told = self._gateway.do_not_disturb(people)
        except RateLimited as pause:
            self._pause_ends = self._steady() + pause.retry_after
            raise
        except SlackError as error:
            if len(people) > 1 and isinstance(error, SlackRefused):  # perhaps because of one of them, so each alone
                self._ask(people[:1])
                return
            log.info("do-not-disturb unknown", people=len(people), error=str(error))
            told = {}
        now = self._steady()
        self._known.update({one: (now, told.get(one)) for one in people})
