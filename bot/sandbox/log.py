"""Everything that went over the wire, for tests and for an inspector."""

import threading
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.records import Json


@dataclass
class ApiCall:
    """One request to the Web API, or to a response URL (method `response_url`). `fault` is the kind of fault that hit
    it."""

    method: str
    arguments: Json
    at: datetime
    status: int = 200
    answer: Json = field(default_factory=dict)
    fault: str | None = None
    transport: str = "http"

    @property
    def ok(self) -> bool:
        """True if Slack answered ok."""
        return self.status == 200 and bool(self.answer.get("ok"))

    @property
    def error(self) -> str | None:
        """Slack's error code, or None."""
        return self.answer.get("error")


@dataclass
class Delivery:
    """One attempt to deliver a payload to the app.

    `kind` is slash_commands, interactive or events_api. `status` is the HTTP status: 200 for an acknowledged envelope,
    None if no answer came. `body` is the decoded answer: an object, a text, or None. `failure` says why the attempt
    does not count: http_timeout, http_error, connection_failed, socket_closed, no_app. `seconds` is machine time.
    """

    kind: str
    payload: Json
    at: datetime
    transport: str
    to: str | None = None
    attempt: int = 0
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    failure: str | None = None
    seconds: float = 0.0
    finished: bool = False
    fault: str | None = None

    @property
    def event_type(self) -> str | None:
        """The type of the event in the payload. None if it holds no event."""
        event = self.payload.get("event")
        return event.get("type") if isinstance(event, dict) else None


class Log:
    """Calls by the app and deliveries to it, oldest first. Safe to read at any time."""

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._calls: list[ApiCall] = []
        self._deliveries: list[Delivery] = []

    def add_call(self, call: ApiCall) -> None:
        """Adds a call."""
        with self._changed:
            self._calls.append(call)
            self._changed.notify_all()

    def add_delivery(self, delivery: Delivery) -> None:
        """Adds an attempt."""
        with self._changed:
            self._deliveries.append(delivery)
            self._changed.notify_all()

    def calls(self, method: str | None = None, **arguments: Any) -> list[ApiCall]:
        """Returns the calls, only those of this method and with these arguments if they are given."""
        with self._changed:
            return [
                call
                for call in self._calls
                if method in (None, call.method)
                and all(call.arguments.get(name) == value for name, value in arguments.items())
            ]

    def deliveries(self, kind: str | None = None, *, event: str | None = None) -> list[Delivery]:
        """Returns the attempts, only those of this kind or with this type of event if they are given."""
        with self._changed:
            return [one for one in self._deliveries if kind in (None, one.kind) and event in (None, one.event_type)]

    def clear(self) -> None:
        """Removes everything."""
        with self._changed:
            self._calls.clear()
            self._deliveries.clear()

    def as_json(self) -> Json:
        """Returns everything, for an inspector. Times are ISO 8601."""

        def plain(entry: ApiCall | Delivery) -> Json:
            return {**asdict(entry), "at": entry.at.isoformat()}

        with self._changed:
            return {
                "calls": [plain(call) for call in self._calls],
                "deliveries": [plain(delivery) for delivery in self._deliveries],
            }
