"""The threads in which requests are worked on, whichever way they come: never more than so many, however long the
database takes; and nobody waits for one longer than Slack does."""

from concurrent.futures import Future, ThreadPoolExecutor

import structlog
from slack_bolt import App, BoltRequest, BoltResponse

from bot.counted import Requests

THREADS = 16
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


class Workers:
    """Work on requests. A thread that hangs is not replaced by another: that many more would hang."""

    def __init__(self, app: App, requests: Requests) -> None:
        self.app = app
        self._requests = requests
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    def begin(self, request: BoltRequest) -> Future[BoltResponse]:
        """Have it worked on as soon as a thread is free. Wait for ANSWER_SECONDS at most, then give it up."""
        return self._pool.submit(self.app.dispatch, request)

    def give_up(self, job: Future[BoltResponse], request: BoltRequest) -> BoltResponse:
        """What is answered to a request that has no result in time; not to be worked on, if that has not begun. To a
        command: words. To anything else that it failed: of a click or a form Slack then tells the person so, and an
        event it delivers again."""
        begun = not job.cancel()
        log.warning("no answer in time", begun=begun)
        self._requests.answered.labels("late").inc()
        if "command" in request.body:
            return BoltResponse(
                status=200, body={"response_type": "ephemeral", "text": TOO_LATE if begun else TOO_BUSY}
            )
        return BoltResponse(status=503, body="too late")

    def stop(self) -> None:
        """Begin nothing more. What still hangs is left to the end of the program."""
        self._pool.shutdown(wait=False, cancel_futures=True)
