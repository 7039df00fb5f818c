"""Connections that are opened to keep the bot busy: it serves others in the meantime, and closes them in time."""

import hashlib
import hmac
import socket
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.front.connections import LARGEST_HEAD
from bot.front.web import MOST_LARGE
from tests.faults.houses import house
from tests.faults.memory import resident
from tests.scenario.processes import Process, wait_until
from tests.scenario.world import Team

EACH = 60
# The most files that the process may have open.
FILES = 300
# The most bytes by which the process may have grown afterwards.
GROWTH = 20_000_000


def beginnings(team: Team) -> list[bytes]:
    """Returns beginnings of requests that never end."""
    now = str(int(time.time()))
    body = b"command=/baton&text=help&user_id=U1" + b"&more=" * 100
    signature = hmac.new(team.slack.signing_secret.encode(), f"v0:{now}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: v0={signature}\r\n"
    ).encode()
    return [
        b"",
        b"POST /sla",
        head,
        head + b"\r\n" + body[:20],
        b"POST /healthz HTTP/1.1\r\nContent-Length: 999\r\n\r\n",
    ]


def test_half_open_connections_keep_nobody_from_being_served_and_are_closed_in_time(tmp_path: Path) -> None:
    with house("sqlite", tmp_path) as (team, installation), installation.serving() as server:
        before = resident(server.pid)
        opened = [connected(server, words) for words in beginnings(team) for _ in range(EACH)]

        def all_closed() -> bool:
            said = team.mia.command("/baton", "help", channel=team.leads)
            assert "Baton hands leads" in said.text, "others are served"
            opened[:] = [one for one in opened if not closed(one)]
            return not opened

        wait_until(all_closed, seconds=60)
        assert resident(server.pid) - before < GROWTH


def test_a_request_whose_head_does_not_end_is_cut_off(tmp_path: Path) -> None:
    with house("sqlite", tmp_path) as (_team, installation), installation.serving("--no-clock") as server:
        for words in (b"GET /healthz HTTP/1.1\r\nX: " + b"x" * LARGEST_HEAD, b"GET /" + b"x" * LARGEST_HEAD):
            talker = connected(server, words)
            wait_until(lambda talker=talker: closed(talker))  # type: ignore[misc]
        assert server.get("/healthz")[0] == 200


def test_more_silent_connections_than_there_may_be_open_files_keep_nobody_from_being_served(tmp_path: Path) -> None:
    limited = ("sh", "-c", f'ulimit -n {FILES} && exec "$@"', "sh")
    with house("sqlite", tmp_path, under=limited) as (team, installation), installation.serving() as server:
        silent = [connected(server, b"") for _ in range(FILES + 100)]
        said = team.mia.command("/baton", "help", channel=team.leads)
        assert "Baton hands leads" in said.text
        too_many = len(silent) - FILES // 2
        told = server.get("/metrics")[1]
        assert float(told.split("\nbaton_connections_crowded_out_total ")[1].split("\n")[0]) >= too_many
        for one in silent[:too_many]:
            assert hung_up(one), "the longest idle ones went first"
        assert not hung_up(silent[-1])
        for one in silent:
            one.close()


def test_large_bodies_without_an_end_take_little_memory_and_keep_nobody_from_being_served(tmp_path: Path) -> None:
    with house("sqlite", tmp_path) as (team, installation), installation.serving("--no-clock") as server:
        team.mia.command("/baton", "help", channel=team.leads)
        before = resident(server.pid)
        head = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n"
        opened = [connected(server, head) for _ in range(5 * MOST_LARGE)]
        for one in opened:
            one.setblocking(True)
            with suppress(OSError):  # the server may refuse it before all was sent
                one.sendall(b"x" * 900_000)
        assert resident(server.pid) - before < MOST_LARGE * 1_000_000 + GROWTH
        assert "Baton hands leads" in team.mia.command("/baton", "help", channel=team.leads).text
        refused = float(server.get("/metrics")[1].split('\nbaton_requests_total{status="503"} ')[1].split("\n")[0])
        assert refused >= len(opened) - MOST_LARGE
        for one in opened:
            one.close()
        wait_until(lambda: team.mia.command("/mql", "x" * 70_000, channel=team.leads).ok)


@pytest.mark.parametrize("said", [70_000, 900_000], ids=["a little", "nearly all"])
def test_large_bodies_that_stand_still_keep_no_large_payload_of_slacks_from_being_read(
    tmp_path: Path, said: int
) -> None:
    with house("sqlite", tmp_path) as (team, installation), installation.serving("--no-clock") as server:
        team.mia.command("/baton", "help", channel=team.leads)
        before = resident(server.pid)
        head = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n"
        opened: list[socket.socket] = []
        for n in range(15):  # the new connections take all places again before each signed payload
            for _ in range(MOST_LARGE if n == 0 else 2):
                opened.append(connected(server, head))
                opened[-1].setblocking(True)
                opened[-1].sendall(b"x" * said)
            answer = team.mia.command("/baton", f"help {'x' * 100_000}", channel=team.leads)
            assert answer.ok, answer
            assert "Baton hands leads" in answer.text
        assert resident(server.pid) - before < MOST_LARGE * 1_000_000 + GROWTH
        refused = float(server.get("/metrics")[1].split('\nbaton_requests_total{status="503"} ')[1].split("\n")[0])
        assert refused >= len(opened) - MOST_LARGE, "who stood still made room"
        for one in opened:
            one.close()


def hung_up(one: socket.socket) -> bool:
    """True if the other side has closed the connection. Sends nothing."""
    try:
        return one.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def connected(server: Process, words: bytes) -> socket.socket:
    address = urlsplit(server.url)
    made = socket.create_connection((address.hostname, address.port), timeout=5)
    made.sendall(words)
    made.setblocking(False)
    return made


def closed(one: socket.socket) -> bool:
    """Sends one more byte. True if the other side no longer listens."""
    try:
        one.send(b"x")
        while one.recv(4096):
            continue
    except BlockingIOError:
        return False
    except OSError:
        pass  # a reset closes it too
    one.close()
    return True
