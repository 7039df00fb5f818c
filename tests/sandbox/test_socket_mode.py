"""Socket Mode with Bolt and with bare sockets."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from bot.sandbox import Person, Sandbox
from bot.sandbox.records import Channel
from tests.scenario.processes import wait_until


@contextmanager
def bolt_over_sockets(slack: Sandbox, app: App) -> Iterator[None]:
    handler = SocketModeHandler(app, slack.app_token, ping_interval=0.1)
    handler.connect()  # type: ignore[no-untyped-call]  # Bolt does not say
    try:
        slack.wait_for(lambda: slack.sockets == 1)
        yield
    finally:
        handler.client.auto_reconnect_enabled = False
        slack.hang_up_sockets()  # the SDK needs three seconds to hang up by itself
        wait_until(lambda: not handler.client.is_connected())  # the SDK fails if it closes at the same moment
        handler.close()  # type: ignore[no-untyped-call]  # Bolt does not say


def bolt(slack: Sandbox) -> App:
    client = WebClient(token=slack.bot_token, base_url=slack.api_url)
    return App(signing_secret=slack.signing_secret, client=client, process_before_response=True)


def socket_url(slack: Sandbox) -> str:
    client = WebClient(base_url=slack.api_url)
    return str(client.apps_connections_open(app_token=slack.app_token)["url"])


@contextmanager
def bare_socket(slack: Sandbox) -> Iterator[tuple[ClientConnection, dict[str, Any]]]:
    """Yields an open socket and Slack's hello."""
    before = slack.sockets
    with connect(socket_url(slack)) as socket:
        hello = json.loads(socket.recv(timeout=5))
        slack.wait_for(lambda: slack.sockets == before + 1)
        yield socket, hello


def test_commands_clicks_and_forms_go_over_the_socket(slack: Sandbox, dana: Person, leads: Channel) -> None:
    app = bolt(slack)
    modal = {
        "type": "modal",
        "callback_id": "why",
        "title": {"type": "plain_text", "text": "Why?"},
        "submit": {"type": "plain_text", "text": "Reject"},
        "blocks": [
            {
                "type": "input",
                "block_id": "reason",
                "label": {"type": "plain_text", "text": "Reason"},
                "element": {"type": "plain_text_input", "action_id": "text"},
            }
        ],
    }
    reactions: list[str] = []

    @app.command("/reject")
    def reject(ack, body, client) -> None:  # type: ignore[no-untyped-def]  # Bolt passes them by name
        client.views_open(trigger_id=body["trigger_id"], view=modal)
        ack("Tell me why")

    @app.view("why")
    def why(ack, view) -> None:  # type: ignore[no-untyped-def]  # Bolt passes them by name
        text = view["state"]["values"]["reason"]["text"]["value"]
        ack(response_action="errors", errors={"reason": "say more"}) if len(text) < 5 else ack()

    @app.event("reaction_added")
    def reacted(event) -> None:  # type: ignore[no-untyped-def]  # Bolt passes them by name
        reactions.append(event["reaction"])

    slack.subscribe("reaction_added")  # Bolt does not acknowledge events that have no listener
    with bolt_over_sockets(slack, app):
        assert dana.command("/reject", "42", channel=leads).text == "Tell me why"
        dana.submit(reason="no")
        assert [view.errors for view in (dana.view,) if view] == [{"reason": "say more"}]
        dana.submit(reason="no budget")
        assert dana.view is None
        dana.react(dana.say(leads, "look"), "eyes")

    assert reactions == ["eyes"]


def test_a_socket_is_greeted(slack: Sandbox) -> None:
    with bare_socket(slack) as (_, first), bare_socket(slack) as (_, second):
        assert first["type"] == "hello"
        assert (first["num_connections"], second["num_connections"]) == (1, 2)
        assert first["connection_info"] == {"app_id": slack.app_id}
        assert "host" in first["debug_info"]


def test_a_socket_address_works_once(slack: Sandbox) -> None:
    url = socket_url(slack)
    with connect(url) as socket:
        socket.recv(timeout=5)
        with pytest.raises(Exception, match="403"), connect(url):
            pass


def play(slack: Sandbox, act: Callable[[], object]) -> Any:
    """Starts `act` in a thread, so that the test can play the app. Returns a function that joins it."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(act)

    def finish() -> Any:
        try:
            return future.result(timeout=10)
        finally:
            pool.shutdown()

    return finish


def acknowledge(socket: ClientConnection, payload: dict[str, Any] | None = None) -> dict[str, Any]:
    envelope: dict[str, Any] = json.loads(socket.recv(timeout=5))
    answer: dict[str, Any] = {"envelope_id": envelope["envelope_id"]}
    if payload is not None:
        answer["payload"] = payload
    socket.send(json.dumps(answer))
    return envelope


def test_an_envelope_carries_payload_and_takes_an_answer(slack: Sandbox, dana: Person) -> None:
    with bare_socket(slack) as (socket, _):
        finish = play(slack, lambda: dana.command("/accept", "42"))
        envelope = acknowledge(socket, {"text": "Got it"})

        assert envelope["type"] == "slash_commands"
        assert envelope["accepts_response_payload"] is True
        assert envelope["payload"]["text"] == "42"
        assert finish().text == "Got it"


def test_each_payload_goes_to_one_socket_in_turn(slack: Sandbox, dana: Person) -> None:
    with bare_socket(slack) as (first, _), bare_socket(slack) as (second, _):
        texts = []
        for socket, text in ((first, "1"), (second, "2"), (first, "3")):
            finish = play(slack, lambda text=text: dana.command("/accept", text))  # type: ignore[misc]  # a default binds it now
            texts.append(acknowledge(socket)["payload"]["text"])
            finish()

    assert texts == ["1", "2", "3"]


def test_an_envelope_of_a_socket_that_closes_goes_to_the_next(slack: Sandbox, dana: Person, leads: Channel) -> None:
    slack.invite(leads, dana)
    with bare_socket(slack) as (first, _), bare_socket(slack) as (second, _):
        finish = play(slack, lambda: dana.say(leads, "hello"))
        lost = json.loads(first.recv(timeout=5))
        first.close()
        again = acknowledge(second)
        finish()

    assert again["payload"]["event_id"] == lost["payload"]["event_id"]
    assert (lost["retry_attempt"], again["retry_attempt"]) == (0, 1)


def test_sockets_are_asked_to_reconnect(slack: Sandbox) -> None:
    with bare_socket(slack) as (socket, _):
        slack.disconnect_sockets("warning", close=False)
        assert json.loads(socket.recv(timeout=5))["reason"] == "warning"
        slack.disconnect_sockets()
        assert json.loads(socket.recv(timeout=5))["reason"] == "refresh_requested"
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
        slack.wait_for(lambda: slack.sockets == 0)


def test_only_an_app_token_opens_a_socket(slack: Sandbox) -> None:
    answer = WebClient(base_url=slack.api_url).api_call
    with pytest.raises(Exception, match="not_allowed_token_type"):
        answer("apps.connections.open", headers={"Authorization": f"Bearer {slack.bot_token}"})
