"""SQLite's writers: several share a commit, but a failure of one does not affect the others."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from models.storage import writers
from models.storage.store import Store
from models.workspace.roster import ensure_workspace
from tests import databases
from tests.scenario.processes import wait_until

TIMEOUT = 20


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(databases.sqlite(tmp_path), steady=time.monotonic)
    yield store
    store.close()


@pytest.fixture
def commits(store: Store) -> list[str]:
    """The commits, one entry each."""
    seen: list[str] = []
    sa.event.listen(store.engine, "commit", lambda _connection: seen.append("commit"))
    return seen


def workspaces(store: Store) -> set[str]:
    with store.read() as session:
        return set(session.scalars(sa.text("SELECT id FROM workspace")))


def add(store: Store, name: str) -> Callable[[Session], None]:
    return lambda session: ensure_workspace(session, name)


class Queue:
    """Writers who all wait for the first one, which keeps its place until `go`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._go = threading.Event()
        self._pool = ThreadPoolExecutor(writers.MOST_WRITERS * 2)
        self._first_is_in = threading.Event()
        self.first = self._pool.submit(self._hold)
        assert self._first_is_in.wait(TIMEOUT)

    def _hold(self) -> None:
        with self._store.write() as session:
            ensure_workspace(session, "first")
            self._first_is_in.set()
            assert self._go.wait(TIMEOUT)

    def join(self, act: Callable[[Session], None]) -> Future[None]:
        """Has another writer wait for its place to do this. Returns when it waits."""
        before = self._store.writers_waiting()

        def write() -> None:
            with self._store.write() as session:
                act(session)

        future = self._pool.submit(write)
        wait_until(lambda: self._store.writers_waiting() > before)
        return future

    def go(self) -> None:
        self._go.set()
        self._pool.shutdown(wait=True)


def test_those_who_waited_together_share_one_commit(store: Store, commits: list[str]) -> None:
    queue = Queue(store)
    others = [queue.join(add(store, f"W{n}")) for n in range(5)]
    queue.go()
    for future in (queue.first, *others):
        future.result()
    assert workspaces(store) == {"first", "W0", "W1", "W2", "W3", "W4"}
    assert len(commits) == 1


def test_who_came_first_writes_first(store: Store) -> None:
    queue, order = Queue(store), list[str]()

    def note(name: str) -> Callable[[Session], None]:
        return lambda _session: order.append(name)

    waiting = [queue.join(note(name)) for name in "abcde"]
    queue.go()
    for one in waiting:
        one.result(TIMEOUT)
    assert "".join(order) == "abcde"


def test_nobody_waits_for_more_than_so_many_others(store: Store, commits: list[str]) -> None:
    queue = Queue(store)
    others = [queue.join(add(store, f"W{n}")) for n in range(writers.MOST_WRITERS)]
    queue.go()
    for future in others:
        future.result()
    assert len(commits) == 2


def test_one_who_fails_takes_nothing_of_the_others_with_it(store: Store, commits: list[str]) -> None:
    def fail(session: Session) -> None:
        ensure_workspace(session, "lost")
        raise KeyError

    queue = Queue(store)
    failing, other, last = queue.join(fail), queue.join(add(store, "other")), queue.join(fail)
    queue.go()
    for future in (failing, last):
        with pytest.raises(KeyError):
            future.result()
    other.result()
    assert workspaces(store) == {"first", "other"}
    assert len(commits) == 1


def disk_fails(_connection: sa.Connection) -> None:
    raise sa.exc.OperationalError("COMMIT", None, Exception("disk I/O error"))


def test_a_commit_that_fails_fails_for_everybody_and_the_next_begins_anew(store: Store) -> None:
    queue = Queue(store)
    other = queue.join(add(store, "other"))
    sa.event.listen(store.engine, "commit", disk_fails)
    queue.go()
    for future in (queue.first, other):
        with pytest.raises(sa.exc.OperationalError, match="disk I/O error"):
            future.result()
    sa.event.remove(store.engine, "commit", disk_fails)
    assert workspaces(store) == set()
    with store.write() as session:
        ensure_workspace(session, "later")
    assert workspaces(store) == {"later"}


def test_a_refusal_that_rests_on_what_was_never_durable_is_no_answer(store: Store) -> None:
    """A writer sees what another has written in the shared transaction, and is refused because of it. If that is then
    lost, the writer must not be told of a refusal."""

    def refused(session: Session) -> None:
        assert session.scalar(sa.text("SELECT count(*) FROM workspace")) == 1, "it sees the first one's"
        raise KeyError

    queue = Queue(store)
    second = queue.join(refused)
    sa.event.listen(store.engine, "commit", disk_fails)
    queue.go()
    for future in (queue.first, second):
        with pytest.raises(sa.exc.OperationalError, match="disk I/O error"):
            future.result()


def test_nobody_sees_what_is_written_alone_before_it_is_durable(store: Store, commits: list[str]) -> None:
    begun, go = threading.Event(), threading.Event()

    def write_alone() -> None:
        with store.write(alone=True) as session:
            ensure_workspace(session, "alone")
            begun.set()
            assert go.wait(TIMEOUT)

    def write() -> None:
        with store.write() as session:
            assert len(commits) == 1, "the other's commit came first"
            ensure_workspace(session, "next")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(write_alone)
        assert begun.wait(TIMEOUT)
        second = pool.submit(write)
        wait_until(lambda: store.writers_waiting() == 1)
        go.set()
        first.result()
        second.result()
    assert len(commits) == 2


def test_a_transaction_that_sqlite_gives_up_is_everybodys_loss_and_they_hear_why(store: Store) -> None:
    """SQLite does so by itself if it fails to read or write the file."""

    def give_up(session: Session) -> None:
        session.execute(
            sa.text("CREATE TEMP TRIGGER no BEFORE UPDATE ON workspace BEGIN SELECT RAISE(ROLLBACK, 'given up'); END")
        )
        session.execute(sa.text("UPDATE workspace SET bot_user_id = 'U1'"))

    queue = Queue(store)
    unlucky, other = queue.join(give_up), queue.join(add(store, "other"))
    queue.go()
    for future in (queue.first, unlucky):
        with pytest.raises(sa.exc.IntegrityError, match="given up"):
            future.result()
    other.result()
    assert workspaces(store) == {"other"}, "whoever came after it began anew"


def test_whoever_waits_too_long_is_told_and_holds_nobody_up(store: Store) -> None:
    queue = Queue(store)
    with pytest.raises(sa.exc.TimeoutError), store.write():
        pytest.fail("it did not wait for the writer before it")
    other = queue.join(add(store, "other"))
    queue.go()
    queue.first.result()
    other.result()
    assert workspaces(store) == {"first", "other"}
