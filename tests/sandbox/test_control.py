"""The sandbox driven from another process."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient

from bot.sandbox import Sandbox, render
from bot.sandbox.records import Channel
from tests.sandbox.apps import Recorder, Reply


@pytest.fixture
def control(slack: Sandbox) -> Any:
    with httpx.Client(base_url=f"{slack.url}/sandbox") as http:
        yield http


def test_people_and_channels_are_made_and_play(
    slack: Sandbox, app: Recorder, control: httpx.Client, client: WebClient
) -> None:
    control.post("/people", json={"name": "lee", "tz": "Asia/Tokyo", "email": "lee@acme.test"})
    control.post("/channels", json={"name": "inbound", "members": ["lee"], "bot": True})
    app.reply = Reply(body={"text": "Got it"})

    answer = control.post("/people/lee/command", json={"command": "/mql", "channel": "inbound"}).json()
    said = control.post("/people/lee/say", json={"channel": "inbound", "text": "hello"}).json()
    control.post("/people/lee/react", json={"channel": "inbound", "ts": said["ts"], "emoji": "eyes"})

    assert answer["message"]["text"] == "Got it"
    screen = control.get("/people/lee/screen", params={"channel": "inbound"}).json()
    assert [message["text"] for message in screen["messages"]] == ["Got it", "hello"]
    assert screen["messages"][1]["reactions"] == {"eyes": [slack.person("lee").id]}
    assert app.events[-1]["type"] == "reaction_added"


def test_forms_are_filled(slack: Sandbox, app: Recorder, control: httpx.Client, client: WebClient) -> None:
    control.post("/people/dana/shortcut", json={"callback_id": "flag"})
    element = {"type": "plain_text_input", "action_id": "it"}
    label = {"type": "plain_text", "text": "Who?"}
    client.views_open(
        trigger_id=app.received[-1].payload["trigger_id"],
        view={
            "type": "modal",
            "title": label,
            "submit": label,
            "blocks": [{"type": "input", "block_id": "who", "label": label, "element": element}],
        },
    )

    incomplete = control.post("/people/dana/submit", json={})
    done = control.post("/people/dana/submit", json={"values": {"Who?": "Jane"}})

    assert incomplete.status_code == 409
    assert "required" in incomplete.json()["error"]
    assert done.json()["view"] is None
    assert app.received[-1].payload["view"]["state"]["values"]["who"]["it"]["value"] == "Jane"


def test_it_says_where_it_is_and_what_it_can_do(slack: Sandbox, control: httpx.Client) -> None:
    facts = control.get("/").json()

    assert facts["api_url"] == slack.api_url
    assert facts["bot_token"] == slack.bot_token
    assert "POST /sandbox/people/{name}/{act}" in facts["paths"]
    assert {"command", "click", "submit", "react"} <= set(facts["acts"])


def test_settings_and_channels_change(slack: Sandbox, control: httpx.Client, client: WebClient, leads: Channel) -> None:
    control.post("/settings", json={"scopes": ["chat:write"], "events": ["app_home_opened"]})
    control.post("/channels/leads/rename", json={"name": "inbound"})
    control.post("/channels/inbound/archive", json={})

    assert slack.bot_scopes == {"chat:write"}
    assert control.get("/channels").json()["channels"][0]["name"] == "inbound"
    with pytest.raises(Exception, match="is_archived"):
        client.chat_postMessage(channel=leads.id, text="x")
    assert control.get("/channels/inbound/messages").json() == {"messages": []}


def test_time_and_trouble_are_set(control: httpx.Client, client: WebClient, slack: Sandbox) -> None:
    control.post("/clock", json={"set": "2030-01-01T00:00:00+00:00"})
    control.post("/clock", json={"advance": 86_400})
    control.post("/faults", json={"fault": "rate_limited", "method": "auth.test", "seconds": 3})

    assert control.get("/clock").json()["now"].startswith("2030-01-02")
    with pytest.raises(Exception, match="ratelimited"):
        client.auth_test()
    log = control.get("/log").json()
    assert [(call["method"], call["fault"]) for call in log["calls"]] == [("auth.test", "rate_limited")]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/people/nobody/say", {"text": "x"}, 404),
        ("/people/dana/dance", {}, 404),
        ("/people/dana/say", {}, 400),
        ("/people/dana/submit", {}, 409),
        ("/channels/leads/explode", {}, 404),
        ("/clock", {"set": "2030-01-01"}, 400),
        ("/faults", {"fault": "earthquake"}, 400),
        ("/faults", {"delivery": "earthquake"}, 400),
    ],
)
def test_what_cannot_be_is_explained(
    control: httpx.Client, app: Recorder, path: str, body: dict[str, Any], status: int
) -> None:
    answer = control.post(path, json=body)

    assert answer.status_code == status
    assert answer.json()["error"]


def test_a_foreign_page_is_not_obeyed(control: httpx.Client) -> None:
    assert control.post("/clock", content='{"advance": 5}').status_code == 415


def test_a_message_is_rendered_for_a_terminal(slack: Sandbox, client: WebClient, app: Recorder, leads: Channel) -> None:
    dana = slack.person("dana")
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Accept"}}
    text = f"<@{dana.id}>: Jane &lt;Acme&gt; by <!date^1772442000^{{date_short}} {{time}}|soon>"
    client.chat_postMessage(
        channel=leads.id,
        text="x",
        blocks=[
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {"type": "actions", "elements": [button]},
        ],
    )

    shown = render.message(slack.messages(leads)[0], lambda user: slack.workspace.users[user].name, "Europe/Berlin")

    assert shown.splitlines()[1:] == ["  @dana: Jane <Acme> by Mar 2, 2026 10:00", "  [Accept]"]


def test_it_runs_alone_and_prints_where_it_is(tmp_path: Path) -> None:
    clock_file = tmp_path / "clock"
    with subprocess.Popen(
        [sys.executable, "-m", "bot.sandbox", "--port", "0", "--clock-file", str(clock_file)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        try:
            me = WebClient(token=facts["bot_token"], base_url=facts["api_url"]).auth_test()
            httpx.post(f"{facts['url']}/sandbox/clock", json={"advance": 60})
        finally:
            process.send_signal(signal.SIGTERM)

    assert me["user_id"] == facts["bot_user_id"]
    assert float(clock_file.read_text()) == pytest.approx(60)
    assert process.returncode == 0
