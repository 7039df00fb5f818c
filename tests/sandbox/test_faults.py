"""Faults of Slack, on demand."""

import http.client
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.sandbox import Fault, Person, Sandbox
from bot.sandbox.records import Channel
from tests.sandbox.apps import Recorder


def texts(slack: Sandbox, channel: Channel) -> list[str]:
    return [message.text for message in slack.messages(channel)]


def test_a_rate_limit_names_the_seconds_to_wait(slack: Sandbox, client: WebClient, leads: Channel) -> None:
    slack.faults.add("chat.postMessage", Fault.rate_limited(7))

    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=leads.id, text="one")
    client.chat_postMessage(channel=leads.id, text="two")

    assert caught.value.response.headers["Retry-After"] == "7"
    assert texts(slack, leads) == ["two"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.token_revoked(), "token_revoked"),
        (Fault.account_inactive(), "account_inactive"),
        (Fault.is_archived(), "is_archived"),
        (Fault.method_missing(), "unknown_method"),
        (Fault.refused("fatal_error"), "fatal_error"),
    ],
)
def test_a_call_is_refused(slack: Sandbox, client: WebClient, leads: Channel, fault: Fault, code: str) -> None:
    slack.faults.add("chat.postMessage", fault)

    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=leads.id, text="x")

    assert caught.value.response["error"] == code
    assert texts(slack, leads) == []


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        (Fault.drop_before(), []),
        (Fault.drop_after(), ["x"]),
        (Fault.silent(), []),
        (Fault.silent_after(), ["x"]),
        (Fault.slow(30), ["x"]),
    ],
)
def test_the_caller_cannot_know_what_became_of_a_call(
    slack: Sandbox, leads: Channel, fault: Fault, left: list[str]
) -> None:
    impatient = WebClient(token=slack.bot_token, base_url=slack.api_url, timeout=1, retry_handlers=[])
    impatient.timeout = 0.05  # type: ignore[assignment]  # urllib takes fractions of a second
    slack.faults.add("chat.postMessage", fault)

    with pytest.raises((OSError, http.client.HTTPException)):
        impatient.chat_postMessage(channel=leads.id, text="x")

    slack.wait_for(lambda: slack.log.calls("chat.postMessage"))
    assert texts(slack, leads) == left


def test_a_server_error_is_not_json(slack: Sandbox, client: WebClient, leads: Channel) -> None:
    slack.faults.add("chat.postMessage", Fault.server_error(502))

    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=leads.id, text="x")

    assert caught.value.response.status_code == 502
    assert texts(slack, leads) == []


def test_a_fault_is_for_some_calls_of_one_method_and_channel(slack: Sandbox, client: WebClient, leads: Channel) -> None:
    other = slack.channel("other")
    slack.faults.add("chat.postMessage", Fault.refused("fatal_error"), times=2, channel=leads.id)
    outcomes: list[bool] = []

    def attempt(call: Callable[..., Any], **arguments: Any) -> None:
        try:
            call(**arguments)
        except SlackApiError:
            outcomes.append(False)
        else:
            outcomes.append(True)

    attempt(client.chat_postMessage, channel=other.id, text="x")
    attempt(client.auth_test)
    for _ in range(3):
        attempt(client.chat_postMessage, channel=leads.id, text="x")

    assert outcomes == [True, True, False, False, True]
    assert [call.fault for call in slack.log.calls("chat.postMessage")] == [None, "refused", "refused", None]


def test_a_response_url_has_its_troubles_too(slack: Sandbox, app: Recorder, dana: Person) -> None:
    dana.command("/accept")
    webhook = WebhookClient(app.received[-1].payload["response_url"], retry_handlers=[])
    slack.faults.add("response_url", Fault.server_error(500))

    assert webhook.send(text="lost").status_code == 500
    assert webhook.send(text="seen").status_code == 200
    assert [message.text for message in dana.direct_messages()] == ["seen"]
    assert [call.arguments["text"] for call in slack.log.calls("response_url")] == ["lost", "seen"]


def test_a_revoked_token_stays_revoked(slack: Sandbox, client: WebClient) -> None:
    slack.revoke_token()

    with pytest.raises(SlackApiError) as caught:
        client.auth_test()

    assert caught.value.response["error"] == "token_revoked"
