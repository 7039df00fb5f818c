"""Security events: what somebody tried who may not. Each is counted; of each kind only so many a minute are logged, as
whoever knocks decides how often."""

import threading
import time
from enum import StrEnum

import structlog
from prometheus_client import CollectorRegistry, Counter

from models.clock import SteadyClock

LOGGED_A_MINUTE = 10

log = structlog.get_logger(__name__)


class Event(StrEnum):
    BAD_SIGNATURE = "bad_signature"
    """A request that the signing secret did not sign, or at another time: see the answer 401."""
    FOREIGN_ADDRESS = "foreign_address"
    """A payload that names a response_url which is not Slack's. It is not called."""
    FOREIGN_PAYLOAD = "foreign_payload"
    """A payload of another workspace or another app, signed all the same. Nothing is done."""
    NOT_ALLOWED = "not_allowed"
    """Somebody asked for what only others may do or see, and was refused."""


class Security:
    """Counts and logs security events of this process."""

    def __init__(self, registry: CollectorRegistry, *, steady: SteadyClock = time.monotonic) -> None:
        self._steady = steady
        self._counted = Counter(
            "baton_security_events_total",
            f"What somebody tried who may not, by event: {', '.join(Event)}.",
            ["event"],
            registry=registry,
        )
        for event in Event:
            self._counted.labels(event)  # from the start: Prometheus sees no increase in a series that begins with 1
        self._lock = threading.Lock()
        self._minutes = dict.fromkeys(Event, (0, 0))
        """Of each event which minute was last logged in, and how many there were in it."""

    def note(self, event: Event, **facts: object) -> None:
        """Remember that this happened. `facts` are ids and reasons, never what somebody typed."""
        self._counted.labels(event).inc()
        minute = int(self._steady() // 60)
        with self._lock:
            last, count = self._minutes[event]
            unlogged = max(0, count - LOGGED_A_MINUTE) if minute != last else 0
            count = 1 if minute != last else count + 1
            self._minutes[event] = minute, count
        if count <= LOGGED_A_MINUTE:
            more = {"unlogged_before": unlogged} if unlogged else {}
            log.warning("security", what=event.value, **facts, **more)
