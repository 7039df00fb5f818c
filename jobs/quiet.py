"""When people are not to be disturbed, by what they have set in Slack."""

import threading
from collections.abc import Iterable
from datetime import datetime

import structlog

from bot.slack.gateway import DISTURBED_AT_ONCE, Gateway, RateLimited, SlackError, SlackRefused
from models.clock import SteadyClock

KNOWN_SECONDS = 60
"""So long an answer counts. Slack may be asked only some dozen times a minute, and a team be reminded at once."""
Quiet = tuple[datetime, datetime] | None
log = structlog.get_logger(__name__)


class QuietTimes:
    """Asks Slack of many people at once, as soon as one of them is to be reminded."""

    def __init__(self, gateway: Gateway, *, steady: SteadyClock) -> None:
        self._gateway = gateway
        self._steady = steady
        self._known: dict[str, tuple[float, Quiet]] = {}
        self._expected: set[str] = set()
        self._pause_ends = 0.0
        self._noting = threading.Lock()
        self._asking = threading.Lock()

    def may_be_asked(self, people: Iterable[str]) -> None:
        """These are about to be reminded."""
        with self._noting:
            self._expected.update(people)

    def until(self, person: str, *, at: datetime) -> datetime | None:
        """The end of the quiet time that this person is in at that time; None as well if Slack does not tell: a
        reminder is then better than none. Raises RateLimited while Slack asks for a pause."""
        with self._asking:  # who comes meanwhile finds the answer
            now = self._steady()
            self._known = {one: known for one, known in self._known.items() if known[0] > now - KNOWN_SECONDS}
            if person not in self._known:
                if now < self._pause_ends:
                    raise RateLimited(self._pause_ends - now)
                self._ask([person, *self._others(person)])
            _, quiet = self._known[person]
        return quiet[1] if quiet and quiet[0] <= at < quiet[1] else None

    def _others(self, person: str) -> list[str]:
        """Whom to ask of in the same breath; nobody is named twice."""
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
            if len(people) > 1 and isinstance(error, SlackRefused):  # perhaps for one of them: then each alone
                self._ask(people[:1])
                return
            log.info("do-not-disturb unknown", people=len(people), error=str(error))
            told = {}
        now = self._steady()
        self._known.update({one: (now, told.get(one)) for one in people})
