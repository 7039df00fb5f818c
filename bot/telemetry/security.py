"""Security events: somebody tried what they may not do. Each is counted. Only LOGGED_A_MINUTE of each kind are logged
in a minute, because an attacker decides how many there are."""

import threading
from enum import StrEnum

import structlog
from prometheus_client import CollectorRegistry, Counter

from models.clock import SteadyClock

# The most log lines of one kind in a minute.
LOGGED_A_MINUTE = 10

log = structlog.get_logger(__name__)


class Event(StrEnum):
    # A request without a valid signature of the present time. It was answered with 401.
    BAD_SIGNATURE = "bad_signature"
    # A payload with a response_url that is not Slack's. Baton does not call it.
    FOREIGN_ADDRESS = "foreign_address"
    # A signed payload of another workspace or app. Baton does nothing with it.
    FOREIGN_PAYLOAD = "foreign_payload"
    # Somebody asked for what only others may do or see. Baton refused it.
    NOT_ALLOWED = "not_allowed"


class Security:
    """Counts and logs security events of this process."""

    def __init__(self, registry: CollectorRegistry, *, steady: SteadyClock) -> None:
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
        # For each event, the last minute in which it happened, and how often it happened in that minute.
        self._minutes = dict.fromkeys(Event, (0, 0))

    def note(self, event: Event, **facts: object) -> None:
        """Counts and logs an event. `facts` are ids and reasons, never what somebody typed."""
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
