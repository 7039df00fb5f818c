"""Counts and times the answers to requests. It stands apart from what asks the database, so that `bot/front` needs no
model."""

from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from slack_bolt import App, BoltRequest, BoltResponse

# The limits of the histogram, in seconds. Slack waits three for an answer.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
# Each starts at 0, because Prometheus sees no increase in a series that begins with 1.
STATUSES = ("200", "400", "401", "404", "413", "500", "503", "late")


class Requests:
    """How many requests got which answer, and how long that took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.answered = Counter(
            "baton_requests_total",
            "Requests of Slack, by status of the answer, or late.",
            ["status"],
            registry=registry,
        )
        for status in STATUSES:
            self.answered.labels(status)
        self.duration = Histogram(
            "baton_request_duration_seconds", "How long a request of Slack took.", buckets=SECONDS, registry=registry
        )
        self.crowded_out = Counter(
            "baton_connections_crowded_out_total", "Idle connections closed, as there were too many.", registry=registry
        )


class CountedApp(App):
    """Bolt's app, which counts and times each request, over HTTP and over Socket Mode. `refusal` returns the answer to
    a payload that is not for us, which Bolt then does not see. For one that is, it returns None."""

    def __init__(
        self, requests: Requests, *, refusal: Callable[[dict[str, Any]], BoltResponse | None], **options: object
    ) -> None:
        super().__init__(**options)  # type: ignore[arg-type]  # Bolt's own options, passed on as they are
        self._requests = requests
        self._refusal = refusal

    def dispatch(self, req: BoltRequest) -> BoltResponse:
        with self._requests.duration.time():
            response = self._refusal(req.body) or super().dispatch(req)
        self._requests.answered.labels(response.status).inc()
        return response
