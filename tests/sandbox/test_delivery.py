"""Commands, clicks and events over signed HTTP."""

import threading
from datetime import timedelta
from urllib.request import Request, urlopen

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from bot.sandbox import DeliveryFault, Impossible, Person, Sandbox
from bot.sandbox.records import Channel
from tests.sandbox.apps import Recorder, Reply, bolt_over_http, http_app

BUTTON = {
    "type": "actions",
    "block_id": "card",
    "elements": [
        {
            "type": "button",
            "action_id": "accept",
            "text": {"type": "plain_text", "text": "Accept"},
            "value": "42",
        }
    ],
}


def test_a_slash_command_has_slacks_form_fields_and_signature(
    slack: Sandbox, app: Recorder, dana: Person, leads: Channel
) -> None:
    app.reply = Reply(body={"response_type": "ephemeral", "text": "Got it"})

    answer = dana.command("/accept", " 42 on it ", channel=leads)

    (received,) = app.received
    assert SignatureVerifier(slack.signing_secret).is_valid_request(received.body, received.headers)
    form = received.payload
    assert form["command"] == "/accept"
    assert form["text"] == "42 on it"
    assert (form["user_id"], form["user_name"]) == (dana.id, "dana")
    assert (form["channel_id"], form["channel_name"]) == (leads.id, "leads")
    assert form["api_app_id"] == slack.app_id
    assert set(form) == {
        "token",
        "team_id",
        "team_domain",
        "channel_id",
        "channel_name",
        "user_id",
        "user_name",
        "command",
        "text",
        "api_app_id",
        "is_enterprise_install",
        "response_url",
        "trigger_id",
    }
    assert answer.text == "Got it"
    assert [message.text for message in dana.sees(leads)] == ["Got it"]
    assert slack.messages(leads) == []


def test_a_command_can_answer_to_everybody(slack: Sandbox, app: Recorder, dana: Person, leads: Channel) -> None:
    app.reply = Reply(body={"response_type": "in_channel", "text": "Dana accepted 42"})

    dana.command("/accept", "42", channel=leads)

    assert [message.text for message in slack.messages(leads)] == ["Dana accepted 42"]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=500), "dispatch_failed"),
        (Reply(body={"text": "x", "blocks": [{"type": "header"}]}), "invalid_blocks"),
    ],
)
def test_a_bad_answer_is_trouble_that_the_person_sees(
    app: Recorder, dana: Person, leads: Channel, reply: Reply, error: str
) -> None:
    app.reply = reply

    answer = dana.command("/accept", "42", channel=leads)

    assert answer.error == error
    assert [message.text for message in dana.sees(leads)] == [f'/accept failed with the error "{error}"']


def test_an_answer_after_three_seconds_is_too_late(slack: Sandbox, dana: Person, leads: Channel) -> None:
    slack.time_to_answer = 0.05  # the order matters here, not the three seconds
    answered = threading.Event()

    def slow(_received: object) -> Reply:
        answered.wait(5)
        return Reply(body="too late")

    with http_app(slow) as url:
        slack.deliver_to(url)
        answer = dana.command("/accept", "42", channel=leads)
        answered.set()

    assert answer.timed_out
    assert dana.notices == ['/accept failed with the error "operation_timeout"']


def test_a_click_carries_message_action_and_state(
    slack: Sandbox, app: Recorder, client: WebClient, dana: Person, leads: Channel
) -> None:
    client.chat_postMessage(channel=leads.id, text="card", blocks=[BUTTON])
    slack.settle()
    card = slack.messages(leads)[0]

    dana.click(card, "Accept")

    payload = app.received[-1].payload
    assert payload["type"] == "block_actions"
    assert payload["user"]["id"] == dana.id
    assert payload["container"] == {
        "type": "message",
        "message_ts": card.ts,
        "channel_id": leads.id,
        "is_ephemeral": False,
    }
    assert payload["channel"] == {"id": leads.id, "name": "leads"}
    assert payload["message"]["ts"] == card.ts
    (action,) = payload["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("accept", "card", "42")
    assert payload["state"] == {"values": {}}


def test_only_what_is_on_the_screen_can_be_clicked(
    slack: Sandbox, app: Recorder, client: WebClient, dana: Person, leads: Channel
) -> None:
    posted = client.chat_postMessage(channel=leads.id, text="card", blocks=[BUTTON])
    old = slack.messages(leads)[0]
    client.chat_update(channel=leads.id, ts=posted["ts"], text="taken")

    with pytest.raises(Impossible, match="nothing called 'Accept'"):
        dana.click(old, "Accept")
    assert dana.click(old, "Accept", stale=True).ok


def test_a_response_url_works_five_times(slack: Sandbox, dana: Person, leads: Channel) -> None:
    app = App(token=slack.bot_token, signing_secret=slack.signing_secret, client=_client(slack))
    statuses: list[int] = []

    @app.command("/accept")
    def accept(ack, respond) -> None:  # type: ignore[no-untyped-def]  # Bolt passes them by name
        ack()
        statuses.extend(respond(f"answer {number}").status_code for number in range(6))

    with bolt_over_http(app) as url:
        slack.deliver_to(url)
        dana.command("/accept", channel=leads)
        slack.wait_for(lambda: len(statuses) == 6 or len(dana.sees(leads)) == 5)

    assert [message.text for message in dana.sees(leads)] == [f"answer {number}" for number in range(5)]


def test_a_response_url_replaces_and_deletes_the_ephemeral_original(
    slack: Sandbox, app: Recorder, client: WebClient, dana: Person, leads: Channel
) -> None:
    slack.invite(leads, dana)
    client.chat_postEphemeral(channel=leads.id, user=dana.id, text="card", blocks=[BUTTON])
    dana.click(dana.sees(leads)[0], "accept")
    webhook = WebhookClient(app.received[-1].payload["response_url"])

    assert webhook.send(text="done", replace_original=True).body == "ok"
    assert [message.text for message in dana.sees(leads)] == ["done"]
    webhook.send(delete_original=True)
    assert dana.sees(leads) == []
    slack.clock.advance(timedelta(minutes=31))
    late = webhook.send(text="late")
    assert late.status_code == 404
    assert "expired_url" in late.body


def test_events_reach_the_bot_only_where_it_is(slack: Sandbox, app: Recorder, dana: Person, leads: Channel) -> None:
    slack.invite(leads, dana)
    app.received.clear()
    elsewhere = slack.channel("elsewhere")
    message = dana.say(elsewhere, "not for the bot")
    dana.react(message, "eyes")
    assert app.events == []

    message = dana.say(leads, "for the bot")
    dana.react(message, "eyes")
    dana.unreact(message, "eyes")

    kinds = [event["type"] for event in app.events]
    assert kinds == ["message", "reaction_added", "reaction_removed"]
    said, added = app.events[:2]
    assert (said["channel"], said["channel_type"], said["text"]) == (leads.id, "channel", "for the bot")
    assert said["event_ts"] == said["ts"] == message.ts
    assert added["item"] == {"type": "message", "channel": leads.id, "ts": message.ts}
    assert added["item_user"] == dana.id


def test_typed_markup_is_escaped_and_mentions_reach_the_bot(
    slack: Sandbox, app: Recorder, dana: Person, leads: Channel
) -> None:
    slack.invite(leads, dana)
    app.received.clear()
    dana.say(leads, f"<@{slack.bot_user_id}> R&D <b>&lt;")

    texts = {event["type"]: event["text"] for event in app.events}
    escaped = f"<@{slack.bot_user_id}> R&amp;D &lt;b&gt;&amp;lt;"
    assert texts == {"message": escaped, "app_mention": escaped}

    dana.command("/accept", f"<@{slack.bot_user_id}> R&D <b>&lt;", channel=leads)
    assert app.received[-1].payload["text"] == escaped


def test_a_shared_file_is_a_message_whose_file_the_app_can_fetch(
    slack: Sandbox, app: Recorder, dana: Person, leads: Channel
) -> None:
    slack.invite(leads, dana)
    app.received.clear()
    shared = dana.share(leads, "leads.csv", b"a,b\n", "from the fair & more")

    (event,) = app.events
    assert (event["type"], event["subtype"], event["user"]) == ("message", "file_share", dana.id)
    assert event["text"] == "from the fair &amp; more"
    (file,) = event["files"]
    assert (file["name"], file["mimetype"], file["size"], file["user"]) == ("leads.csv", "text/csv", 4, dana.id)
    asked = Request(file["url_private"], headers={"Authorization": f"Bearer {slack.bot_token}"})  # noqa: S310 - our own loopback
    with urlopen(asked) as answer:  # noqa: S310 - as above
        assert answer.read() == b"a,b\n"
    assert [one.files for one in dana.sees(leads)][-1] == shared.files


def test_an_event_comes_in_slacks_envelope(slack: Sandbox, app: Recorder, dana: Person, leads: Channel) -> None:
    dana.say(dana.dm, "hello")

    envelope = app.received[-1].payload
    assert envelope["type"] == "event_callback"
    assert envelope["event_id"].startswith("Ev")
    assert (envelope["team_id"], envelope["api_app_id"]) == (slack.team_id, slack.app_id)
    assert envelope["authorizations"][0]["user_id"] == slack.bot_user_id
    assert envelope["event"]["channel_type"] == "im"


def test_edits_deletions_and_channel_changes_are_told(
    slack: Sandbox, app: Recorder, dana: Person, leads: Channel
) -> None:
    slack.invite(leads, dana)
    message = dana.say(leads, "helo")
    dana.edit(message, "hello")
    dana.delete(message)
    slack.rename(leads, "inbound")
    slack.archive(leads)
    slack.person("new")
    dana.change(tz="Asia/Tokyo")
    slack.uninstall()

    kinds = [event.get("subtype") or event["type"] for event in app.events]
    assert kinds == [
        "member_joined_channel",
        "message",
        "message_changed",
        "message_deleted",
        "channel_rename",
        "channel_archive",
        "team_join",
        "user_change",
        "app_uninstalled",
    ]
    assert app.events[2]["message"]["text"] == "hello"
    assert app.events[2]["previous_message"]["text"] == "helo"


def test_events_need_subscription_and_scope(slack: Sandbox, app: Recorder, dana: Person, leads: Channel) -> None:
    slack.invite(leads, dana)
    app.received.clear()
    slack.subscribe("reaction_added")
    dana.react(dana.say(leads, "quiet"), "eyes")
    slack.bot_scopes.discard("reactions:read")
    dana.react(dana.say(leads, "quieter"), "eyes")

    assert [event["type"] for event in app.events] == ["reaction_added"]


def test_a_failed_event_comes_again_at_once_after_one_and_after_five_minutes(
    slack: Sandbox, app: Recorder, dana: Person, leads: Channel
) -> None:
    slack.invite(leads, dana)
    app.received.clear()
    app.reply = Reply(status=500)
    dana.say(leads, "hello")
    assert len(app.received) == 2

    slack.clock.advance(timedelta(seconds=59))
    slack.settle()
    assert len(app.received) == 2
    slack.clock.advance(timedelta(seconds=2))
    slack.settle()
    assert len(app.received) == 3
    slack.clock.advance(timedelta(minutes=5))
    slack.settle()
    assert len(app.received) == 4
    slack.clock.advance(timedelta(hours=1))
    slack.settle()

    attempts = [one.headers.get("x-slack-retry-num") for one in app.received]
    assert attempts == [None, "1", "2", "3"]
    assert {one.headers["x-slack-retry-reason"] for one in app.received[1:]} == {"http_error"}
    assert len({one.payload["event_id"] for one in app.received}) == 1


def test_an_app_can_decline_redelivery(slack: Sandbox, app: Recorder, dana: Person, leads: Channel) -> None:
    slack.invite(leads, dana)
    app.received.clear()
    app.reply = Reply(status=500, headers={"X-Slack-No-Retry": "1"})
    dana.say(leads, "hello")
    slack.clock.advance(timedelta(hours=1))
    slack.settle()

    assert len(app.received) == 1


def test_deliveries_are_duplicated_dropped_and_reordered_on_demand(
    slack: Sandbox, app: Recorder, dana: Person, leads: Channel
) -> None:
    slack.invite(leads, dana)
    app.received.clear()
    slack.faults.add_delivery(DeliveryFault.duplicate(3), event="message")
    dana.say(leads, "thrice")
    slack.faults.add_delivery(DeliveryFault.drop(), event="message")
    dana.say(leads, "never")
    slack.faults.add_delivery(DeliveryFault.hold(), event="message", times=2)
    dana.say(leads, "first")
    dana.say(leads, "second")
    assert slack.faults.release(reverse=True) == 2

    assert [event["text"] for event in app.events] == ["thrice"] * 3 + ["second", "first"]
    assert len({one.payload["event_id"] for one in app.received[:3]}) == 1


def test_copies_of_a_command_are_identical(slack: Sandbox, app: Recorder, dana: Person) -> None:
    answer = dana.command("/accept", "42", duplicates=3)

    assert len(answer.deliveries) == 3
    assert len({received.body for received in app.received}) == 1


def test_several_urls_take_turns(slack: Sandbox, dana: Person) -> None:
    one, two = Recorder(), Recorder()
    with http_app(one) as first, http_app(two) as second:
        slack.deliver_to(first, second)
        for _ in range(4):
            dana.command("/accept")

    assert (len(one.received), len(two.received)) == (2, 2)


def test_a_url_is_verified_by_its_echo(slack: Sandbox, app: Recorder) -> None:
    bolt = App(token=slack.bot_token, signing_secret=slack.signing_secret, client=_client(slack))
    with bolt_over_http(bolt) as url:
        assert slack.verify_url(url)
    with http_app(app) as url:
        assert not slack.verify_url(url)


def test_nobody_listening_is_a_failed_dispatch(dana: Person) -> None:
    assert dana.command("/accept").error == "dispatch_failed"


def test_it_ends_while_the_app_still_thinks() -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(_received: object) -> Reply:
        asked.set()
        go_on.wait(5)
        return Reply()

    with http_app(slow) as url:
        with Sandbox() as slack:
            slack.deliver_to(url)
            leads = slack.channel("leads")
            leads.members.append(slack.bot_user_id)
            _client(slack).chat_postMessage(channel=leads.id, text="hello")
            assert asked.wait(5)
        go_on.set()

    (delivery,) = slack.log.deliveries(event="message")
    assert delivery.status is None


def test_a_timeout_is_retried_with_its_reason(slack: Sandbox, dana: Person, leads: Channel) -> None:
    slack.time_to_answer = 0.05
    go_on = threading.Event()
    recorder = Recorder()

    def slow_once(received: object) -> Reply:
        if not recorder.received:
            recorder.received.append(received)  # type: ignore[arg-type]  # it is what http_app passes
            go_on.wait(5)
            return Reply()
        return recorder(received)  # type: ignore[arg-type]  # likewise

    slack.invite(leads, dana)
    with http_app(slow_once) as url:
        slack.deliver_to(url)
        dana.say(leads, "hello")
        go_on.set()

    assert [one.headers.get("x-slack-retry-reason") for one in recorder.received] == [None, "http_timeout"]


def _client(slack: Sandbox) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.api_url)
