"""Somebody tries what they may not do: it has no effect, and whoever runs Baton can see it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import structlog

from bot.telemetry.security import LOGGED_A_MINUTE
from tests.scenario.test_guard import command, knock
from tests.scenario.world import World

ONE_KIND = pytest.mark.parametrize("kind", ["sqlite-http"])


def counted(world: World, event: str) -> float:
    return world.baton.registry.get_sample_value("baton_security_events_total", {"event": event}) or 0


class Stranger(HTTPServer):
    """Somebody else's server on another port of this machine. `called` has the requests that it got."""

    def __init__(self) -> None:
        self.called: list[str] = []
        super().__init__(("127.0.0.1", 0), _Listener)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Listener(BaseHTTPRequestHandler):
    server: Stranger

    def do_POST(self) -> None:
        self.server.called.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Prints nothing."""


@contextmanager
def stranger() -> Iterator[Stranger]:
    with Stranger() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def click(world: World, response_url: str) -> None:
    """Raj clicks *Log contact* on a lead that is not his. The payload asks for the answer at this address."""
    payload = {
        "type": "block_actions",
        "user": {"id": world.raj.id},
        "team": {"id": world.slack.team_id},
        "channel": {"id": world.leads.id},
        "trigger_id": f"1.1.{response_url}",
        "response_url": response_url,
        "actions": [{"action_id": "baton:contact", "value": str(world.id_of(1))}],
    }
    world.slack.deliver("interactive", payload)


def test_an_answer_goes_only_where_slack_says_that_answers_go(world: World) -> None:
    world.flag(to=world.dana)
    world.accept(1)
    with stranger() as server, structlog.testing.capture_logs() as logs:
        for host in (
            server.address,
            f"http://hooks.slack.com:{server.server_port}",
            f"https://127.0.0.1:{server.server_port}",
            "https://hooks.slack.com.example.com",
            "https://example.com",
            "https://slack.com:444",
        ):
            before = len([one for one in world.raj.sees(world.leads) if one.is_ephemeral])
            click(world, f"{host}/actions/x")
            told = [one for one in world.raj.sees(world.leads) if one.is_ephemeral]
            assert len(told) == before + 1, f"{host}: he hears in the channel all the same"
            assert "is with" in told[-1].plain()
    assert server.called == []
    noted = [one for one in logs if one.get("what") == "foreign_address"]
    assert {one["person"] for one in noted} == {world.raj.id}
    assert [one["host"] for one in noted][-2:] == ["example.com", "slack.com"]
    assert counted(world, "foreign_address") == len(noted) == 6


def test_the_answer_to_a_click_still_comes_by_its_own_address(world: World) -> None:
    world.flag(to=world.dana)
    world.accept(1)
    world.click(world.raj, 1, "Log contact")
    assert "is with" in world.told(world.raj)
    assert [call.method for call in world.slack.log.calls("response_url")] == ["response_url"]
    assert counted(world, "foreign_address") == 0


@ONE_KIND
def test_what_slack_did_not_sign_is_counted_each_time_and_logged_at_a_pace(world: World) -> None:
    with structlog.testing.capture_logs() as logs:
        for _ in range(3 * LOGGED_A_MINUTE):
            assert knock(world, command(world), secret="another").status == 401
    assert counted(world, "bad_signature") == 3 * LOGGED_A_MINUTE
    noted = [one for one in logs if one.get("what") == "bad_signature"]
    assert len(noted) in (LOGGED_A_MINUTE, 2 * LOGGED_A_MINUTE), "a new minute may have begun meanwhile"
    assert noted[0]["why"] == "wrong signature"
    assert noted[0]["peer"] == "127.0.0.1"


def test_who_is_refused_for_lack_of_right_is_named_in_the_log_whatever_they_tried(world: World) -> None:
    world.flag(to=world.dana)
    tries: dict[str, Callable[[], object]] = {
        "a command": lambda: world.command(world.mia, "/accept", "1"),
        "a click": lambda: world.click(world.mia, 1, "Accept"),
        "a form": lambda: world.command(world.dana, "/mql", "Bob Ray, Globex, bob@globex.com"),
        "a reaction": lambda: world.react(world.mia, 1, "white_check_mark"),
        "the set-up": lambda: world.command(world.raj, "/baton", "setup"),
    }
    for number, (what, attempt) in enumerate(tries.items(), 1):
        with structlog.testing.capture_logs() as logs:
            attempt()
        noted = [one for one in logs if one.get("what") == "not_allowed"]
        assert len(noted) == 1, what
        assert noted[0]["person"] in {world.mia.id, world.dana.id, world.raj.id}
        assert noted[0]["refused"] == "NotInRole"
        assert counted(world, "not_allowed") == number
    assert world.moves(1) == ["flag"]
