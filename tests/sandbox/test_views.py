"""Modals and the home, from the app's side and from the person's side."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox import Impossible, Person, Sandbox
from tests.sandbox.apps import Recorder, Reply
from tests.sandbox.blocks import Json, plain


def field(block_id: str, element: Json, **more: Any) -> Json:
    element = {"action_id": "it", **element}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(block_id.title()),
        "element": element,
        **more,
    }


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Form"), "submit": plain("Go"), "blocks": list(blocks), **more}


TEXT = field("text", {"type": "plain_text_input"})


def trigger(app: Recorder, dana: Person) -> str:
    """Returns a fresh trigger_id, from a command."""
    dana.command("/form")
    return str(app.received[-1].payload["trigger_id"])


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    return str(caught.value.response["error"])


def test_a_trigger_works_once_and_for_three_seconds(
    slack: Sandbox, app: Recorder, client: WebClient, dana: Person
) -> None:
    first, second = trigger(app, dana), trigger(app, dana)

    assert client.views_open(trigger_id=first, view=modal(TEXT))["view"]["id"].startswith("V")
    assert refused(client.views_open, trigger_id=first, view=modal(TEXT)) == "exchanged_trigger_id"
    assert refused(client.views_open, trigger_id="1.2.3", view=modal(TEXT)) == "invalid_trigger_id"
    slack.clock.advance(timedelta(seconds=4))
    assert refused(client.views_open, trigger_id=second, view=modal(TEXT)) == "expired_trigger_id"


def test_a_bad_view_is_refused_before_the_trigger_is_used(app: Recorder, client: WebClient, dana: Person) -> None:
    good = trigger(app, dana)

    assert refused(client.views_open, trigger_id=good, view=modal(TEXT, colour="red")) == "invalid_arguments"
    client.views_open(trigger_id=good, view=modal(TEXT))
    assert dana.view is not None


def test_what_was_entered_reaches_the_app(app: Recorder, client: WebClient, dana: Person) -> None:
    choice = [{"text": plain("Too small"), "value": "small"}, {"text": plain("Later"), "value": "later"}]
    view = modal(
        TEXT,
        field("reason", {"type": "static_select", "options": choice, "initial_option": choice[1]}),
        field("owner", {"type": "users_select"}),
        field("tags", {"type": "checkboxes", "options": choice}, optional=True),
        field("day", {"type": "datepicker"}),
        field("hour", {"type": "timepicker"}),
        field("value", {"type": "number_input", "is_decimal_allowed": False, "max_value": "9"}),
        callback_id="form",
        private_metadata="42",
    )
    client.views_open(trigger_id=trigger(app, dana), view=view)

    dana.submit(
        {"Text": "hello", "owner": dana.id, "tags": ["Later"]},
        day=date(2026, 3, 2),
        hour=time(9, 30),
        value=7,
    )

    payload = app.received[-1].payload
    values = payload["view"]["state"]["values"]
    assert payload["type"] == "view_submission"
    assert (payload["view"]["callback_id"], payload["view"]["private_metadata"]) == ("form", "42")
    assert values["text"]["it"] == {"type": "plain_text_input", "value": "hello"}
    assert values["reason"]["it"]["selected_option"]["value"] == "later"
    assert values["owner"]["it"] == {"type": "users_select", "selected_user": dana.id}
    assert [one["value"] for one in values["tags"]["it"]["selected_options"]] == ["later"]
    assert values["day"]["it"]["selected_date"] == "2026-03-02"
    assert values["hour"]["it"]["selected_time"] == "09:30"
    assert values["value"]["it"]["value"] == "7"
    assert dana.view is None


@pytest.mark.parametrize(
    ("element", "value", "complaint"),
    [
        ({"type": "plain_text_input"}, None, "complete this required field"),
        ({"type": "plain_text_input", "min_length": 5}, "x", "at least 5"),
        ({"type": "plain_text_input", "max_length": 5}, "x" * 6, "at most 5"),
        ({"type": "email_text_input"}, "nobody", "valid email"),
        ({"type": "url_text_input"}, "nowhere", "valid URL"),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Enter a number"),
        ({"type": "number_input", "is_decimal_allowed": True, "min_value": "2"}, "1.5", "at least 2"),
        (
            {"type": "static_select", "options": [{"text": plain("a"), "value": "a"}]},
            "b",
            "not among the options",
        ),
    ],
)
def test_slacks_client_stops_what_cannot_be_submitted(
    *, app: Recorder, client: WebClient, dana: Person, element: Json, value: Any, complaint: str
) -> None:
    client.views_open(trigger_id=trigger(app, dana), view=modal(field("it_all", element)))
    before = len(app.received)

    with pytest.raises(Impossible, match=complaint):
        dana.submit(it_all=value)

    assert len(app.received) == before


def test_errors_stand_at_their_fields_until_the_next_try(app: Recorder, client: WebClient, dana: Person) -> None:
    client.views_open(trigger_id=trigger(app, dana), view=modal(TEXT))
    app.replies = [Reply(body={"response_action": "errors", "errors": {"text": "Say more"}})]

    dana.submit(text="x")
    first = dana.view
    dana.submit(text="more")

    assert first is not None
    assert first.errors == {"text": "Say more"}
    assert dana.view is None


@pytest.mark.parametrize(
    "body",
    [
        {"response_action": "errors", "errors": {"elsewhere": "x"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "dance"},
        {"response_action": "update", "view": {"type": "modal"}},
    ],
)
def test_a_bad_response_action_is_trouble_and_changes_nothing(
    app: Recorder, client: WebClient, dana: Person, body: Json
) -> None:
    client.views_open(trigger_id=trigger(app, dana), view=modal(TEXT))
    app.replies = [Reply(body=body)]

    answer = dana.submit(text="x")

    assert not answer.ok
    assert dana.notices == ["We had some trouble connecting. Try again?"]
    assert dana.view is not None


def test_modals_are_updated_pushed_and_cleared(app: Recorder, client: WebClient, dana: Person) -> None:
    client.views_open(trigger_id=trigger(app, dana), view=modal(TEXT))
    app.replies = [
        Reply(body={"response_action": "update", "view": modal(TEXT, callback_id="second")}),
        Reply(body={"response_action": "push", "view": modal(TEXT, callback_id="on top")}),
        Reply(body={"response_action": "push", "view": modal(TEXT, callback_id="higher")}),
        Reply(body={"response_action": "push", "view": modal(TEXT, callback_id="too high")}),
        Reply(body={"response_action": "clear"}),
    ]
    seen = []
    for _ in range(5):
        answer = dana.submit(text="x")
        seen.append((answer.error, dana.view.callback_id if dana.view else None))

    assert seen == [
        (None, "second"),
        (None, "on top"),
        (None, "higher"),
        ("push_limit_reached", "higher"),
        (None, None),
    ]


def test_an_update_keeps_what_was_entered_and_needs_the_right_hash(
    app: Recorder, client: WebClient, dana: Person
) -> None:
    opened = client.views_open(trigger_id=trigger(app, dana), view=modal(TEXT))["view"]
    dana.fill("text", "half a sen")
    more = modal(TEXT, field("extra", {"type": "plain_text_input"}, optional=True))

    client.views_update(view_id=opened["id"], view=more, hash=opened["hash"])

    assert dana.view is not None
    assert dana.view.values["text"]["it"]["value"] == "half a sen"
    late = refused(client.views_update, view_id=opened["id"], view=more, hash=opened["hash"])
    assert late == "hash_conflict"
    dana.close()
    assert refused(client.views_update, view_id=opened["id"], view=more) == "not_found"


def test_a_closed_modal_is_told_if_asked(app: Recorder, client: WebClient, dana: Person) -> None:
    client.views_open(trigger_id=trigger(app, dana), view=modal(TEXT, notify_on_close=True))

    dana.close()

    payload = app.received[-1].payload
    assert (payload["type"], payload["is_cleared"]) == ("view_closed", False)


def test_elements_outside_inputs_and_dispatching_inputs_tell_the_app(
    app: Recorder, client: WebClient, dana: Person
) -> None:
    dispatching = field("text", {"type": "plain_text_input"}, dispatch_action=True)
    client.views_open(trigger_id=trigger(app, dana), view=modal(dispatching))

    dana.fill("text", "hello")

    payload = app.received[-1].payload
    assert payload["type"] == "block_actions"
    assert payload["container"]["type"] == "view"
    assert payload["actions"][0]["value"] == "hello"
    assert payload["view"]["state"]["values"]["text"]["it"]["value"] == "hello"


def test_an_external_select_asks_the_app(app: Recorder, client: WebClient, dana: Person) -> None:
    client.views_open(trigger_id=trigger(app, dana), view=modal(field("account", {"type": "external_select"})))
    app.replies = [Reply(body={"options": [{"text": plain("Acme"), "value": "acme"}]})]

    dana.submit(account="Acme")

    question, submission = (received.payload for received in app.received[-2:])
    assert (question["type"], question["value"]) == ("block_suggestion", "Acme")
    chosen = submission["view"]["state"]["values"]["account"]["it"]["selected_option"]
    assert chosen["value"] == "acme"


def test_the_home_is_published_and_opened(app: Recorder, client: WebClient, dana: Person) -> None:
    home = {"type": "home", "blocks": [{"type": "section", "text": plain("Welcome")}]}
    assert dana.open_home() is None
    published = client.views_publish(user_id=dana.id, view=home)["view"]

    opened = dana.open_home()

    assert opened is not None
    assert opened.plain() == "Welcome"
    first, second = app.events
    assert "view" not in first
    assert (second["tab"], second["view"]["id"], second["user"]) == ("home", published["id"], dana.id)
    stale = refused(client.views_publish, user_id=dana.id, view=home, hash="1.x")
    assert stale == "hash_conflict"


def test_shortcuts_carry_their_payloads(slack: Sandbox, app: Recorder, dana: Person) -> None:
    dana.shortcut("flag_lead")
    said = dana.say(dana.dm, "Jane from Acme asked for a price")
    dana.message_shortcut("flag_from_message", said)

    payloads = [one.payload for one in app.received if "event" not in one.payload]
    assert [(one["type"], one["callback_id"]) for one in payloads] == [
        ("shortcut", "flag_lead"),
        ("message_action", "flag_from_message"),
    ]
    assert payloads[1]["message"]["text"] == said.text
    assert payloads[1]["message_ts"] == said.ts
    assert payloads[1]["response_url"].startswith(slack.url)


def test_selects_in_messages_send_their_choice_and_state(app: Recorder, client: WebClient, dana: Person) -> None:
    options = [{"text": plain("One"), "value": "1"}, {"text": plain("Two"), "value": "2"}]
    elements = [
        {"type": "static_select", "action_id": "pick", "options": options},
        {"type": "datetimepicker", "action_id": "when"},
        {"type": "overflow", "action_id": "more", "options": options},
    ]
    client.chat_postMessage(
        channel=dana.id, text="x", blocks=[{"type": "actions", "block_id": "b", "elements": elements}]
    )
    message = dana.direct_messages()[0]

    dana.click(message, "pick", select="Two")
    dana.click(message, "when", select=datetime(2026, 3, 2, 9, tzinfo=UTC))
    dana.click(message, "more", select="1")

    actions = [one.payload["actions"][0] for one in app.received if "event" not in one.payload]
    assert actions[0]["selected_option"]["value"] == "2"
    assert actions[1]["selected_date_time"] == 1_772_442_000
    assert actions[2]["selected_option"]["value"] == "1"
    state = app.received[-1].payload["state"]["values"]["b"]
    assert state["pick"]["selected_option"]["value"] == "2"
    with pytest.raises(Impossible, match="say what to select"):
        dana.click(message, "pick")
