"""The threads in which requests are worked on, whichever way they come: never more than so many, however long the
database takes; and nobody waits for one longer than Slack does."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import structlog
from slack_bolt import App, BoltRequest, BoltResponse

from bot.telemetry.requests import Requests

THREADS = 16
MOST_WAITING = 400
"""So many requests may wait for a thread: more could not be answered in time, however fast the database is."""
ANSWER_SECONDS = 2.8
"""After that long a request is answered without its result: Slack gives three seconds."""
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
    """One request. Either a thread takes it, or whoever waits for its answer does, and gives it up."""

    request: BoltRequest
    answer: Future[BoltResponse] = field(default_factory=Future)
    _taken: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        """Whether nobody took it before."""
        return self._taken.acquire(blocking=False)


class Workers:
    """Work on requests. A thread that hangs is not replaced by another: that many more would hang."""

    def __init__(self, app: App, requests: Requests) -> None:
        self.app = app
        self._requests = requests
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self._room = threading.Semaphore(MOST_WAITING)

    def begin(self, request: BoltRequest) -> Work:
        """Have it worked on as soon as a thread is free. Wait for ANSWER_SECONDS at most, then give it up."""
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
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is waited for
            job.answer.set_exception(error)

    def give_up(self, job: Work) -> BoltResponse:
        """What is answered to a request that has no result in time; not to be worked on, if that has not begun. To a
        command: words. To anything else that it failed: of a click or a form Slack then tells the person so, and an
        event it delivers again."""
        begun = not job.take()
        log.warning("no answer in time", begun=begun)
        self._requests.answered.labels("late").inc()
        if "command" in job.request.body:
            return BoltResponse(
                status=200, body={"response_type": "ephemeral", "text": TOO_LATE if begun else TOO_BUSY}
            )
        return BoltResponse(status=503, body="too late")

    def stop(self) -> None:
        """Begin nothing more. What still hangs is left to the end of the program."""
        self._pool.shutdown(wait=False, cancel_futures=True)
