"""Acts that happen at the same time: in threads that start together, or in separate processes, like two servers."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from models.errors import PersonId, Refused
from models.rules.lifecycle import Move
from models.storage import schema
from models.storage.store import Store
from tests.forks import CONTEXT
from tests.unit.office import Office

Result = TypeVar("Result")


def threads(acts: Sequence[Callable[[], Result]]) -> list[Result]:
    """Runs each act in a separate thread. All start at the same moment. Returns what each returned, in order."""
    barrier = threading.Barrier(len(acts))

    def act_together(act: Callable[[], Result]) -> Result:
        barrier.wait(timeout=30)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act_together, acts))


def processes(act: Callable[..., Result], calls: Sequence[tuple[object, ...]]) -> list[Result]:
    """Runs `act` with each of these arguments, each in a new process that shares nothing with this one."""
    with CONTEXT.Manager() as manager:
        barrier = manager.Barrier(len(calls))
        with ProcessPoolExecutor(len(calls), mp_context=CONTEXT) as pool:
            futures = [pool.submit(_wait_and_act, barrier, act, *call) for call in calls]
            return [future.result() for future in futures]


def _wait_and_act(barrier: threading.Barrier, act: Callable[..., Result], *arguments: object) -> Result:
    barrier.wait(60)
    return act(*arguments)


# The acts of a process. Each opens the database itself.


def accept_all(url: str, rep: str, numbers: list[int], at: datetime) -> dict[int, str]:
    """Accepts each handoff. Returns the outcome of each: "won", or the sentence of the refusal."""
    store = Store(url, steady=time.monotonic)
    try:
        return {number: accept(Office(store), rep, number, at) for number in numbers}
    finally:
        store.close()


def accept(office: Office, rep: str, number: int, at: datetime) -> str:
    try:
        office.move(Move.ACCEPT, number, PersonId(rep), at=at, receipt=f"{rep}-{number}")
    except Refused as refusal:
        return str(refusal)
    return "won"


def run_digests(url: str, at: datetime) -> int:
    store = Store(url, steady=time.monotonic)
    try:
        return Office(store).digests.run_due(at=at)
    finally:
        store.close()


def remind(url: str, at: datetime) -> int:
    store = Store(url, steady=time.monotonic)
    try:
        return Office(store).reminders.remind(at=at)
    finally:
        store.close()


def migrate(url: str) -> tuple[str | None, str]:
    store = Store(url, steady=time.monotonic)
    try:
        return schema.migrate(store)
    finally:
        store.close()
