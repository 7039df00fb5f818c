"""Lanes run side by side: each keeps its order and its pace, and all come to an end."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from jobs.lanes import Lane, Lanes

ONE, TWO = ("T1", "C1"), ("T1", "C2")


class Worker:
    """Records its tasks. A task in `hold` waits for `free`. After a task in `refuse` its lane must stop."""

    def __init__(self, *, threads: int = 2, interval: float = 0.0) -> None:
        self.done: list[str] = []
        self.times: list[float] = []
        self.back: list[str] = []
        self.hold: set[str] = set()
        self.refuse: set[str] = set()
        self.holding = threading.Event()
        self.free = threading.Event()
        self.lanes: Lanes[tuple[Lane, str]] = Lanes(
            self._work, self._give_back, threads=threads, interval=interval, steady=time.monotonic
        )

    def add(self, lane: Lane, *names: str) -> None:
        self.lanes.add(lane, [(lane, name) for name in names])

    def _work(self, task: tuple[Lane, str]) -> bool:
        lane, name = task
        if name in self.hold:
            self.holding.set()
            assert self.free.wait(10)
        self.lanes.rest_after(lane)
        self.times.append(time.monotonic())
        self.done.append(name)
        return name not in self.refuse

    def _give_back(self, task: tuple[Lane, str]) -> None:
        self.back.append(task[1])


@contextmanager
def working(worker: Worker) -> Iterator[None]:
    try:
        yield
    finally:
        worker.free.set()
        worker.lanes.stop(patience=10)


def test_a_lane_keeps_its_order_and_one_that_is_held_up_holds_up_no_other() -> None:
    worker = Worker()
    worker.hold = {"a1"}
    with working(worker):
        worker.add(ONE, "a1", "a2", "a3")
        worker.add(TWO, "b1", "b2", "b3")
        while worker.lanes.open() != [ONE]:
            worker.lanes.wait(patience=0.01)
        assert worker.done == ["b1", "b2", "b3"]
        worker.free.set()
        worker.lanes.wait()
        assert worker.done[3:] == ["a1", "a2", "a3"]


def test_the_next_of_a_lane_waits_for_the_one_before_it_also_when_the_lane_was_empty_in_between() -> None:
    worker = Worker(interval=0.1)
    with working(worker):
        worker.add(ONE, "a1", "a2")
        worker.lanes.wait()
        worker.add(ONE, "a3")
        worker.lanes.wait()
    first, second, third = worker.times
    assert second - first >= 0.1
    assert third - second >= 0.1


def test_a_lane_that_is_open_is_not_opened_again() -> None:
    worker = Worker()
    worker.hold = {"a1"}
    with working(worker):
        worker.add(ONE, "a1", "a2")
        with pytest.raises(ValueError, match="is open"):
            worker.add(ONE, "a3")
        worker.free.set()
        worker.lanes.wait()
    assert worker.done == ["a1", "a2"]


def test_lanes_that_rest_need_no_thread() -> None:
    worker = Worker(threads=1, interval=60)
    with working(worker):
        for number in range(50):
            worker.add(("T1", f"C{number}"), f"{number} first", f"{number} second")
        while len(worker.done) < 50:
            worker.lanes.wait(patience=0.01)
        assert sorted(worker.done) == sorted(f"{number} first" for number in range(50))
    assert sorted(worker.back) == sorted(f"{number} second" for number in range(50))


def test_after_a_refusal_what_is_left_of_the_lane_goes_back() -> None:
    worker = Worker()
    worker.refuse = {"a2"}
    with working(worker):
        worker.add(ONE, "a1", "a2", "a3", "a4")
        worker.lanes.wait()
        assert (worker.done, worker.back) == (["a1", "a2"], ["a3", "a4"])


def test_at_the_end_what_is_under_way_is_finished_and_the_rest_goes_back() -> None:
    worker = Worker(threads=1)
    worker.hold = {"a1"}
    with working(worker):
        worker.add(ONE, "a1", "a2")
        worker.add(TWO, "b1", "b2")
        assert worker.holding.wait(10)
        ending = threading.Thread(target=worker.lanes.stop, kwargs={"patience": 10})
        ending.start()
        worker.free.set()
        ending.join()
    assert worker.done[0] == "a1"
    assert sorted(worker.done + worker.back) == ["a1", "a2", "b1", "b2"]
    assert worker.lanes.open() == []


def test_what_does_not_end_in_time_is_not_waited_for() -> None:
    worker = Worker(threads=1)
    worker.hold = {"a1"}
    with working(worker):
        worker.add(ONE, "a1")
        assert worker.holding.wait(10)
        worker.lanes.stop(patience=0)
        assert worker.done == []
