"""The threads that work on requests, over HTTP and over Socket Mode. There are never more than THREADS, however slow
the database is, and nobody waits for one longer than Slack does."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import structlog
from slack_bolt import App, BoltRequest, BoltResponse

from bot.telemetry.requests import Requests

# Threads that work on requests.
THREADS = 16
# At most this many requests wait for a thread. Beyond that none would be answered in time.
MOST_WAITING = 400
# Seconds after which a request is answered without its result. Slack allows three.
ANSWER_SECONDS = 2.8
TOO_LATE = (
    "I can't tell you yet whether this was saved: my database takes too long to answer. Please do it again in a "
    "minute, nothing happens twice."
)
TOO_BUSY = (
    "I did not get to this in time, so it was not saved: I have more to do than I can. Please do it again in a minute."
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Work:
    """One request. Either a thread takes it to work on it, or the code that waits for the answer takes it to give it
    up."""

    request: BoltRequest
    answer: Future[BoltResponse] = field(default_factory=Future)
    _taken: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        """True if this call was the first to take it."""
        return self._taken.acquire(blocking=False)


class Workers:
    """Works on requests. A thread that hangs is not replaced: its replacement would hang too."""

    def __init__(self, app: App, requests: Requests) -> None:
        self.app = app
        self._requests = requests
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self._room = threading.Semaphore(MOST_WAITING)

    def begin(self, request: BoltRequest) -> Work:
        """Starts work on a request as soon as a thread is free. Wait for its answer for ANSWER_SECONDS at most, then
        call `give_up`."""
        job = Work(request)
        if self._room.acquire(blocking=False):
            self._pool.submit(self._work, job)
        else:
            job.answer.set_result(self.give_up(job))
        return job

    def _work(self, job: Work) -> None:
        self._room.release()
        if not job.take():
            return
        try:
            job.answer.set_result(self.app.dispatch(job.request))
        except BaseException as error:  # noqa: BLE001 - raised in the code that waits for the answer
            job.answer.set_exception(error)

    def give_up(self, job: Work) -> BoltResponse:
        """Returns the answer to a request without a result in time. Work that has not begun does not begin any more. A
        command gets a sentence. Anything else gets 503: Slack then tells the person that a click or a form failed, and
        delivers an event again."""
        begun = not job.take()
        log.warning("no answer in time", begun=begun)
        self._requests.answered.labels("late").inc()
        if "command" in job.request.body:
            return BoltResponse(
                status=200, body={"response_type": "ephemeral", "text": TOO_LATE if begun else TOO_BUSY}
            )
        return BoltResponse(status=503, body="too late")

    def stop(self) -> None:
        """Begins no more work. Does not wait for a thread that hangs."""
        self._pool.shutdown(wait=False, cancel_futures=True)
