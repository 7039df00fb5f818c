"""Queues that are worked off side by side: each in order, one thing at a time, and no faster than its own pace.

A queue that rests until it is free again holds up no thread: some hundred may rest while a few threads work.
"""

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Lane = tuple[str, str]
"""A workspace, and the channel or person in it."""
Task = TypeVar("Task")


class Lanes(Generic[Task]):
    """`work` does a task, and tells whether the lane may go on; `give_back` takes what is left of one that may not, or
    when all ends. Neither raises. Both may be called in `threads` threads at once, for one lane only in one.

    `interval`: seconds of the machine's steady clock from one `rest_after` of a lane to its next task, at least.
    """

    def __init__(
        self, work: Callable[[Task], bool], give_back: Callable[[Task], None], *, threads: int, interval: float
    ) -> None:
        self._work = work
        self._give_back = give_back
        self._interval = interval
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="lane")
        self._open: dict[Lane, deque[Task]] = {}
        self._resting: list[tuple[float, Lane]] = []
        self._free_at: dict[Lane, float] = {}
        self._changed = threading.Condition()
        self._waker: threading.Thread | None = None
        self._stopping = False

    def open(self) -> list[Lane]:
        """Those with something left to do."""
        with self._changed:
            return list(self._open)

    def add(self, lane: Lane, tasks: Iterable[Task]) -> None:
        """Open a lane. Raises ValueError for one that is open: what is in it would be lost."""
        with self._changed:
            if lane in self._open:
                raise ValueError(f"lane {lane} is open")
            self._open[lane] = deque(tasks)
            self._go_on(lane)

    def rest_after(self, lane: Lane) -> None:
        """Called by `work` when it does what may not be done too often."""
        with self._changed:
            self._free_at[lane] = time.monotonic() + self._interval

    def wait(self, *, patience: float | None = None) -> None:
        """Until no lane is open, or for so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, patience)

    def begin_no_more(self) -> None:
        """From now on no task is begun; what is added or left is given back. Does not wait for that."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            for _, lane in self._resting:
                self._pool.submit(self._step, lane)
            self._resting.clear()

    def stop(self, *, patience: float) -> None:
        """Let the tasks end that are being worked at, for so many seconds, and give the others back."""
        self.begin_no_more()
        self.wait(patience=patience)
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._waker is not None:
            self._waker.join()

    def _go_on(self, lane: Lane) -> None:
        """Work at this lane now, or have it rest until it is free. With the lock."""
        free_at = self._free_at.get(lane, 0.0)
        if free_at <= time.monotonic() or self._stopping:
            self._free_at.pop(lane, None)
            self._pool.submit(self._step, lane)
            return
        heapq.heappush(self._resting, (free_at, lane))
        self._changed.notify_all()
        if self._waker is None:
            self._waker = threading.Thread(target=self._wake, name="lanes", daemon=True)
            self._waker.start()

    def _wake(self) -> None:
        """Send lanes on that are free again."""
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                while self._resting and self._resting[0][0] <= now:
                    self._go_on(heapq.heappop(self._resting)[1])
                self._changed.wait(self._resting[0][0] - now if self._resting else None)

    def _step(self, lane: Lane) -> None:
        queue = self._open[lane]
        may_go_on = not self._stopping and self._work(queue.popleft())
        while queue and (self._stopping or not may_go_on):
            self._give_back(queue.popleft())
        with self._changed:
            if queue:
                self._go_on(lane)
            else:
                del self._open[lane]
                self._changed.notify_all()
