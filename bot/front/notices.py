"""The threads that tell people what they did. No answer to Slack waits for them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

# Threads that tell people.
THREADS = 4
# At most this many notices wait or are under way. Beyond that a request gives its own, before it is answered.
MOST_OPEN = 100

log = structlog.get_logger(__name__)


class Notices:
    """Gives notices, each once. A notice is a call that logs by itself what Slack refuses."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="notice")
        self._open = 0
        self._changed = threading.Condition()
        self._stopping = False

    def give(self, notice: Callable[[], None]) -> None:
        """Gives a notice as soon as a thread is free. If too many wait, gives it at once, in this thread."""
        with self._changed:
            later = self._open < MOST_OPEN and not self._stopping
            if later:
                self._open += 1
                self._pool.submit(self._give, notice)
        if not later:
            notice()

    def _give(self, notice: Callable[[], None]) -> None:
        try:
            notice()
        except Exception:  # nobody waits for it
            log.exception("notice not given")
        finally:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def wait(self, *, patience: float | None = None) -> None:
        """Waits until every notice is given, or for `patience` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, patience)

    def stop(self, *, patience: float = 5.0) -> None:
        """Gives the notices that wait, for `patience` seconds at most."""
        with self._changed:
            self._stopping = True
        self.wait(patience=patience)
        self._pool.shutdown(wait=False, cancel_futures=True)
