"""The packet that carries a change to Postgres, and changes while they are cut off or killed: all of it or nothing."""

import multiprocessing
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from bot.slack.ids import member_kind
from models.errors import PersonId, Refused
from models.handoffs.desk import Desk
from models.rules.callers import Caller, PersonKind
from models.rules.lifecycle import Move
from models.rules.requests import MoveRequest
from models.storage.change import Question, Rivalry
from models.storage.packet import Connection, Sent, Statement, ask, send
from models.storage.store import Store
from models.workspace.agreements import Agreements
from tests import databases
from tests.faults import postgres
from tests.faults.postgres import Server
from tests.monday import TEN
from tests.scenario.processes import wait_until
from tests.unit.office import DANA, REX, Office

pytestmark = pytest.mark.timeout(300)

ADD = Statement("INSERT INTO noted (a, b) VALUES ($1::INTEGER, $2::VARCHAR) RETURNING a", 2)
COUNT = Statement("SELECT count(*) FROM noted", 0)
# Longer than what the sockets of both sides hold.
LONG = "x" * 20_000_000
# How many handoffs two processes accept while their connections are cut.
CONTESTED = 200

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres.running() as made:
        yield made


@pytest.fixture
def url(server: Server) -> str:
    return server.new_database()


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    with Connection.connect(url, autocommit=True) as made:
        made.execute("CREATE TABLE noted (a INTEGER PRIMARY KEY, b VARCHAR)")
        yield made


def noted(connection: Connection) -> int:
    [(count,)] = ask(connection, Sent(COUNT, ()))
    return int(count)


def test_a_packet_is_one_transaction_and_returns_the_rows_of_each_statement(connection: Connection) -> None:
    assert send(connection, [Sent(ADD, (1, "one")), Sent(COUNT, ()), Sent(ADD, (2, None))]) == [[(1,)], [(1,)], [(2,)]]


def test_while_the_server_works_on_a_question_whoever_asked_takes_no_processor(connection: Connection) -> None:
    slow = Sent(Statement("SELECT 1 FROM pg_sleep(0.2)", 0), ())
    before = time.thread_time()
    assert ask(connection, slow) == [(1,)]
    assert time.thread_time() - before < 0.05


@pytest.mark.parametrize("place", range(4))
def test_where_one_statement_fails_nothing_is_kept_and_the_next_packet_goes(connection: Connection, place: int) -> None:
    send(connection, [Sent(ADD, (99, "there"))])
    packet = [Sent(ADD, (n, "new")) for n in range(3)]
    packet.insert(place, Sent(ADD, (99, "again")))
    with pytest.raises(psycopg.errors.UniqueViolation):
        send(connection, packet)
    assert noted(connection) == 1
    assert send(connection, packet[:place] + packet[place + 1 :]) == [[(0,)], [(1,)], [(2,)]]


def test_a_statement_that_the_server_does_not_understand_is_its_error_each_time(connection: Connection) -> None:
    wrong = Sent(Statement("SELECT nonsense", 0), ())
    for _ in range(2):
        with pytest.raises(psycopg.errors.UndefinedColumn):
            send(connection, [Sent(ADD, (1, "x")), wrong])
        with pytest.raises(psycopg.errors.UndefinedColumn):
            ask(connection, wrong)
    assert noted(connection) == 0


def test_statements_that_the_server_has_forgotten_are_prepared_again(connection: Connection) -> None:
    for n in range(3):
        send(connection, [Sent(ADD, (n, "x")), Sent(COUNT, ())])
        connection.execute("DEALLOCATE ALL")
        assert noted(connection) == n + 1
        connection.execute("DEALLOCATE ALL")


def test_a_session_that_is_rolled_back_takes_no_statement_away(url: str) -> None:
    store, question = Store(url, steady=time.monotonic), Question(sa.select(sa.literal_column("1")))
    with store.look() as look:
        assert look.ask(question) == [(1,)]
    for _ in range(10):  # often enough for psycopg to prepare it, too, if it may
        with store.write() as session:
            session.execute(sa.text("SELECT 2"))
    with store.write() as session:
        session.execute(sa.text("SELECT 2"))
        session.rollback()
    with store.look() as look:
        assert look.ask(question) == [(1,)]
    store.close()


def test_a_value_that_cannot_be_converted_sends_nothing(connection: Connection) -> None:
    with pytest.raises(psycopg.ProgrammingError):
        send(connection, [Sent(ADD, (1, "x")), Sent(ADD, (2, object()))])
    assert noted(connection) == 0


def test_what_neither_side_can_hold_at_once_is_sent_and_received(connection: Connection) -> None:
    back = Statement("SELECT b FROM noted", 0)
    found = send(connection, [Sent(ADD, (1, LONG)), Sent(back, ()), Sent(ADD, (2, LONG)), Sent(back, ())])
    assert [len(row[0]) for rows in (found[1], found[3]) for row in rows] == [len(LONG)] * 3


def test_a_server_that_says_nothing_is_given_up_and_its_connection_closed(
    connection: Connection, server: Server
) -> None:
    send(connection, [Sent(ADD, (1, "x"))])
    connection.patience = 0.2
    with server.frozen(), pytest.raises(psycopg.OperationalError, match=r"did not answer within 0\.2 seconds"):
        send(connection, [Sent(ADD, (2, "x"))])
    assert connection.closed


@pytest.mark.parametrize("asked_before", [False, True])
def test_a_server_that_does_not_answer_a_question_is_given_up_and_its_connection_closed(
    connection: Connection, server: Server, *, asked_before: bool
) -> None:
    if asked_before:
        assert noted(connection) == 0
    connection.patience = 0.2
    with server.frozen(), pytest.raises(psycopg.OperationalError, match=r"did not answer within 0\.2 seconds"):
        ask(connection, Sent(COUNT, ()))
    assert connection.closed


# An answer that takes minutes and comes in pieces.
LONG_ANSWER = sa.select(sa.func.repeat("x", 1000), sa.func.pg_sleep(0.001)).select_from(
    sa.func.generate_series(1, 100_000)
)


def found(store: Store) -> None:
    with store.look() as look:
        look.find(LONG_ANSWER)


def asked(store: Store) -> None:
    with store.look() as look:
        look.ask(Question(LONG_ANSWER))


def read(store: Store) -> None:
    with store.read() as session:
        session.execute(LONG_ANSWER)


def read_in_a_transaction(store: Store) -> None:
    with store.write() as session:
        session.execute(LONG_ANSWER)


@pytest.mark.parametrize("way", [found, asked, read, read_in_a_transaction])
def test_a_server_that_stands_still_in_the_middle_of_an_answer_is_given_up_however_it_was_asked(
    url: str, server: Server, way: Callable[[Store], None]
) -> None:
    store = Store(url, steady=time.monotonic)

    @sa.event.listens_for(store.engine, "connect")
    def _impatient(connection: Connection, _record: object) -> None:
        connection.patience = 0.5

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(way, store)
        works = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND pid <> pg_backend_pid()"
        wait_until(lambda: bool(server.tell(works)))
        with server.frozen(), pytest.raises(sa.exc.OperationalError, match=r"did not answer within 0\.5 seconds"):
            answer.result(timeout=60)
    with store.read() as session:
        assert session.execute(sa.text("SELECT 1")).scalar() == 1, "it answers again"
    store.close()


def test_a_migration_waits_for_as_long_as_the_server_takes(url: str) -> None:
    store = Store(url, steady=time.monotonic)

    @sa.event.listens_for(store.engine, "connect")
    def _impatient(connection: Connection, _record: object) -> None:
        connection.patience = 0.2

    with store.migrating() as connection:
        assert connection.execute(sa.text("SELECT 1 FROM pg_sleep(0.6)")).scalar() == 1
    store.close()


def test_what_neither_side_can_hold_at_once_is_asked_and_answered(connection: Connection) -> None:
    assert ask(connection, Sent(Statement("SELECT $1::VARCHAR", 1), (LONG,))) == [(LONG,)]


def test_a_question_on_a_connection_that_was_cut_says_so(connection: Connection, server: Server) -> None:
    server.cut()
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError):
            ask(connection, Sent(COUNT, ()))
        assert connection.closed


def test_a_packet_on_a_connection_that_was_cut_is_lost_and_says_so(connection: Connection, server: Server) -> None:
    server.cut()
    with pytest.raises(psycopg.OperationalError):
        send(connection, [Sent(ADD, (1, "x"))])
    assert connection.closed
    with pytest.raises(psycopg.OperationalError):
        send(connection, [Sent(ADD, (1, "x"))])


def test_connections_that_are_cut_in_the_middle_of_packets_leave_all_or_nothing(
    connection: Connection, url: str, server: Server
) -> None:
    connection.close()
    done = threading.Event()

    def work(worker: int) -> int:
        lost = 0
        made = Connection.connect(url, autocommit=True)
        for n in range(100):
            first = worker * 1_000_000 + n * 10
            try:
                send(made, [Sent(ADD, (first + i, "y" * 50_000)) for i in range(5)])
            except psycopg.OperationalError:
                lost += 1
                made = Connection.connect(url, autocommit=True)
        made.close()
        return lost

    def cut() -> int:
        cuts = 0
        while not done.is_set():
            server.cut_at_work()
            cuts += 1
        return cuts

    with ThreadPoolExecutor(5) as pool:
        cutting = pool.submit(cut)
        lost = sum(pool.map(work, range(4)))
        done.set()
        assert cutting.result() > 0
    assert lost > 0, "some were cut"
    with psycopg.connect(url, autocommit=True) as after:
        found = after.execute("SELECT a / 10, count(*) FROM noted GROUP BY 1").fetchall()
    assert {count for _, count in found} == {5}
    assert len(found) >= 400 - lost


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_of_handoffs_that_two_processes_accept_while_they_are_cut_off_or_killed_each_is_accepted_once(
    kind: str, server: Server, tmp_path: Path
) -> None:
    url = databases.sqlite(tmp_path) if kind == "sqlite" else server.new_database()
    store = Store(url, steady=time.monotonic)
    office = Office(store)
    numbers = [office.flag() for _ in range(CONTESTED)]
    start = Start()
    workers = [Worker(start, url, rep, numbers) for rep in (DANA, REX)]
    start.together()
    blows = 0
    while any(worker.works() for worker in workers):
        time.sleep(0.1)  # lets them get on between two blows
        if kind == "postgres":
            server.cut_at_work()
        elif blows < 4:
            workers[blows % 2].kill()
        blows += 1
    assert blows > 2
    check_that_each_is_accepted_once(office, numbers)
    store.close()


def check_that_each_is_accepted_once(office: Office, numbers: list[int]) -> None:
    """Asserts that each handoff has one ledger line for each of its versions, and that everything that a move writes is
    there, and nothing without it."""
    with office.store.read() as session:
        moves = "SELECT handoff_id, version, move, actor FROM ledger WHERE kind = 'move'"
        lines = session.execute(sa.text(moves)).all()
        handoffs = session.execute(sa.text("SELECT id, number, version, state, owner FROM handoff")).all()
        news = session.execute(sa.text("SELECT key FROM outbox WHERE kind = 'news'")).scalars().all()
        told = session.execute(sa.text("SELECT key, handoff_id FROM receipt WHERE key LIKE 'accept%'")).all()
        loads = session.execute(sa.text("SELECT person, open_handoffs FROM rep_load")).all()
        accepted = session.execute(sa.text("SELECT id FROM ledger WHERE move = 'accept'")).scalars().all()
    assert sorted(one.number for one in handoffs) == numbers
    assert {(one.version, one.state) for one in handoffs} == {(2, "accepted")}
    assert len(lines) == len({(line.handoff_id, line.version) for line in lines}) == 2 * len(numbers)
    winner = {line.handoff_id: line.actor for line in lines if line.move == "accept"}
    assert winner == {one.id: one.owner for one in handoffs}
    assert sorted(int(key.rsplit(":", 1)[1]) for key in news) == sorted(accepted)
    answered = {key for key, handoff in told if handoff is not None}
    assert answered == {f"accept:{one.owner}:{one.number}" for one in handoffs}
    assert {person: count for person, count in loads if count} == Counter(one.owner for one in handoffs)


class Start:
    """Lets processes begin together."""

    def __init__(self) -> None:
        self._ready = SPAWN.Semaphore(0)
        self._go = SPAWN.Event()

    def wait(self) -> None:
        self._ready.release()
        self._go.wait()

    def together(self) -> None:
        for _ in range(2):
            self._ready.acquire()
        self._go.set()


class Worker:
    """A process that accepts handoffs. If it is killed, another one begins again."""

    def __init__(self, start: "Start", url: str, rep: str, numbers: list[int]) -> None:
        self._arguments = start, url, rep, numbers
        self._begin()

    def _begin(self) -> None:
        self._process = SPAWN.Process(target=accept_all, args=self._arguments)
        self._process.start()

    def kill(self) -> None:
        if self.works():
            self._process.kill()
            self._process.join()
            self._begin()

    def works(self) -> bool:
        assert self._process.exitcode in (None, 0), "the process failed"
        return self._process.exitcode is None


def accept_all(start: Start, url: str, rep: str, numbers: list[int]) -> None:
    """Accepts each handoff, until it has an answer: a person does it again, and nothing happens twice."""
    store = Store(url, steady=time.monotonic)
    desk = Desk(store, Agreements(store, kind_of=member_kind))
    by = Caller(workspace_id="T1", person=PersonId(rep), kind=PersonKind.MEMBER)
    left = deque(numbers)
    start.wait()
    while left:
        request = MoveRequest(receipt=f"accept:{rep}:{left[0]}", handoff=left[0], move=Move.ACCEPT)
        try:
            desk.move(request, by=by, at=TEN)
        except Refused:
            left.popleft()  # somebody else was first
        except (sa.exc.SQLAlchemyError, Rivalry):
            continue
        else:
            left.popleft()
    store.close()
