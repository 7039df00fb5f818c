"""Lanes: queues that are worked on side by side. Each works in order, on one task at a time, and not faster than its
pace.

A lane that rests until it is free takes no thread: some hundred lanes may rest while a few threads work.
"""

import heapq
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from models.clock import SteadyClock

# A workspace, and the channel or person in it.
Lane = tuple[str, str]
Task = TypeVar("Task")


class Lanes(Generic[Task]):
    """Works on the tasks of many lanes.

    `work` does a task, and returns True if its lane may go on. If it may not, or if everything stops, `give_back` takes
    each task that is left. Neither may raise. Both may run in `threads` threads at once, but for one lane only in one.

    `interval`: the least seconds from a `rest_after` of a lane to its next task, by the steady clock.
    """

    def __init__(
        self,
        work: Callable[[Task], bool],
        give_back: Callable[[Task], None],
        *,
        threads: int,
        interval: float,
        steady: SteadyClock,
    ) -> None:
        self._work = work
        self._give_back = give_back
        self._interval = interval
        self._steady = steady
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="lane")
        self._open: dict[Lane, deque[Task]] = {}
        self._resting: list[tuple[float, Lane]] = []
        self._free_at: dict[Lane, float] = {}
        self._changed = threading.Condition()
        self._waker: threading.Thread | None = None
        self._stopping = False

    def open(self) -> list[Lane]:
        """Returns the lanes that have something left to do."""
        with self._changed:
            return list(self._open)

    def add(self, lane: Lane, tasks: Iterable[Task]) -> None:
        """Opens a lane with these tasks. Raises ValueError if it is open already, because its tasks would be lost."""
        with self._changed:
            if lane in self._open:
                raise ValueError(f"lane {lane} is open")
            self._open[lane] = deque(tasks)
            self._go_on(lane)

    def rest_after(self, lane: Lane) -> None:
        """Makes the lane rest before its next task. `work` calls this when it does what must not happen too often."""
        with self._changed:
            self._free_at[lane] = self._steady() + self._interval

    def wait(self, *, patience: float | None = None) -> None:
        """Waits until no lane is open, or for `patience` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, patience)

    def begin_no_more(self) -> None:
        """Begins no more tasks. Gives back those that are left, or are added later. Does not wait for that."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            for _, lane in self._resting:
                self._pool.submit(self._step, lane)
            self._resting.clear()

    def stop(self, *, patience: float) -> None:
        """Lets tasks that have begun end, for `patience` seconds, and gives back the others."""
        self.begin_no_more()
        self.wait(patience=patience)
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._waker is not None:
            self._waker.join()

    def _go_on(self, lane: Lane) -> None:
        """Works on this lane now, or lets it rest until it is free. Call it with the lock held."""
        free_at = self._free_at.get(lane, 0.0)
        if free_at <= self._steady() or self._stopping:
            self._free_at.pop(lane, None)
            self._pool.submit(self._step, lane)
            return
        heapq.heappush(self._resting, (free_at, lane))
        self._changed.notify_all()
        if self._waker is None:
            self._waker = threading.Thread(target=self._wake, name="lanes", daemon=True)
            self._waker.start()

    def _wake(self) -> None:
        """Works on lanes that are free again."""
        with self._changed:
            while not self._stopping:
                now = self._steady()
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
