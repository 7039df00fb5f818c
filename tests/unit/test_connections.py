"""Connections that are kept: the next call uses them, and no call is sent twice."""

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request

import pytest

from bot.slack.connections import KEPT_SECONDS, Connections
from bot.slack.gateway import Gateway, SlackUnavailable


class Steady:
    """A steady clock that stands still until it is set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Server(ThreadingHTTPServer):
    """Answers "ok". `then` says for one request after another what it does instead: "hang up" after the answer, answer
    with the word "last", or "drop" the connection without an answer. `connections` has the bodies that came on each."""

    def __init__(self) -> None:
        self.then: list[str] = []
        self.connections: list[list[str]] = []
        self.ended = threading.Semaphore(0)
        super().__init__(("127.0.0.1", 0), Listener)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def shutdown_request(self, request: object) -> None:
        super().shutdown_request(request)  # type: ignore[arg-type]  # a socket
        self.ended.release()


class Listener(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.bodies: list[str] = []
        self.server.connections.append(self.bodies)

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["content-length"])).decode())
        then = self.server.then.pop(0) if self.server.then else ""
        self.close_connection = then != ""
        if then == "drop":
            return
        self.send_response(200)
        self.send_header("Content-Length", "2")
        if then == "last":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_arguments: object) -> None:
        """Prints nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def connections(server: Server, steady: Steady) -> Iterator[Connections]:
    connections = Connections(steady=steady)
    yield connections
    connections.close()  # before the server, whose threads wait for the next request


def post(connections: Connections, server: Server, body: str) -> str:
    request = Request(server.address, body.encode())  # noqa: S310 - http
    _, said = connections.post(request, timeout=10)
    return said


def test_the_next_call_uses_the_same_connection(connections: Connections, server: Server) -> None:
    assert [post(connections, server, body) for body in "abc"] == ["ok", "ok", "ok"]
    assert server.connections == [["a", "b", "c"]]


@pytest.mark.parametrize("then", ["hang up", "last"])
def test_a_connection_that_slack_closed_is_renewed(connections: Connections, server: Server, then: str) -> None:
    server.then = [then]
    assert post(connections, server, "a") == "ok"
    assert server.ended.acquire(timeout=10)
    assert post(connections, server, "b") == "ok"
    assert server.connections == [["a"], ["b"]]


def test_a_call_whose_answer_is_lost_is_not_sent_again(connections: Connections, server: Server) -> None:
    post(connections, server, "a")
    server.then = ["drop"]
    with pytest.raises(http.client.RemoteDisconnected):
        post(connections, server, "b")
    assert post(connections, server, "c") == "ok"
    assert server.connections == [["a", "b"], ["c"]]


def test_a_connection_is_not_kept_for_long(connections: Connections, server: Server, steady: Steady) -> None:
    post(connections, server, "a")
    steady.seconds += KEPT_SECONDS
    post(connections, server, "b")
    steady.seconds += KEPT_SECONDS + 1
    post(connections, server, "c")
    assert server.connections == [["a", "b"], ["c"]]


def test_closed_means_closed_and_a_later_call_opens_another(connections: Connections, server: Server) -> None:
    post(connections, server, "a")
    connections.close()
    assert server.ended.acquire(timeout=10)
    assert post(connections, server, "b") == "ok"
    assert server.connections == [["a"], ["b"]]


def test_the_sdk_sends_its_calls_over_them(server: Server, steady: Steady) -> None:
    """Both places where the SDK is made to use them are private to it: a new version may call them otherwise."""
    gateway = Gateway("xoxb-1", server.address, steady=steady)
    for _ in range(2):
        gateway.respond(server.address, "done", [])
        with pytest.raises(SlackUnavailable):  # "ok" is no JSON
            gateway.who_am_i()
    gateway.close()
    assert [len(bodies) for bodies in server.connections] == [4]
