"""Requests that Slack would not send: each gets a refusal from 400 to 413, or has one effect, and none makes Baton
fail."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.sandbox.http_transport import HttpAnswer, send
from tests import databases
from tests.scenario import world as worlds
from tests.scenario.world import World

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One bot for the whole file, because what it refuses leaves no trace."""
    with worlds.world(databases.sqlite(tmp_path_factory.mktemp("door")), "http") as made:
        yield made


def knock(world: World, body: bytes, content_type: str = FORM, **headers: str) -> HttpAnswer:
    """Sends a body as Slack would, signed, unless the headers say otherwise. A header with the value "-" is left
    out."""
    timestamp = headers.pop("timestamp", str(int(time.time())))
    secret = headers.pop("secret", world.slack.signing_secret)
    signed = b"v0:" + timestamp.encode() + b":" + body
    signature = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    sent = {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    assert world.url is not None
    address = f"{world.url}/slack/events"
    return asyncio.run(send(address, body, {name: value for name, value in sent.items() if value != "-"}))


def command(world: World, **fields: str) -> bytes:
    known = {
        "command": "/baton",
        "text": "help",
        "user_id": world.mia.id,
        "team_id": world.slack.team_id,
        "channel_id": world.leads.id,
        "trigger_id": "1.2.3",
    }
    return urlencode(known | fields).encode()


def test_what_slack_signed_is_answered(door: World) -> None:
    answer = knock(door, command(door))
    assert answer.status == 200
    assert "Baton hands leads" in answer.content.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Slack_Signature": "-"},
        {"X_Slack_Signature": "v0="},
        {"X_Slack_Signature": "v1=" + "0" * 64},
        {"X_Slack_Signature": "v0=" + "é" * 64},
        {"X_Slack_Request_Timestamp": "-"},
        {"X_Slack_Request_Timestamp": "now"},
        {"X_Slack_Request_Timestamp": "²"},
        {"timestamp": "-1"},
        {"timestamp": "1e9"},
        {"timestamp": "99999999999999999999"},
        {"secret": "another"},
    ],
    ids=str,
)
def test_what_slack_did_not_sign_is_turned_away(door: World, headers: dict[str, str]) -> None:
    assert knock(door, command(door), **headers).status == 401


@pytest.mark.parametrize("seconds", [-400, 4000])
def test_what_was_signed_at_another_time_is_turned_away(door: World, seconds: int) -> None:
    assert knock(door, command(door), timestamp=str(int(time.time()) + seconds)).status == 401


def test_a_body_changed_on_its_way_is_turned_away(door: World) -> None:
    timestamp = str(int(time.time()))
    signed = b"v0:" + timestamp.encode() + b":" + command(door)
    signature = "v0=" + hmac.new(door.slack.signing_secret.encode(), signed, hashlib.sha256).hexdigest()
    changed = knock(door, command(door, text="status"), timestamp=timestamp, X_Slack_Signature=signature)
    assert changed.status == 401


def _deep(levels: int) -> bytes:
    return b'{"type":"event_callback","event":' + b'{"a":' * levels + b"1" + b"}" * levels + b"}"


CLICK: dict[str, Any] = {"type": "block_actions", "actions": [{"action_id": "x", "value": "1"}]}
MALFORMED: list[tuple[str, Callable[[World], bytes], str]] = [
    ("nothing", lambda _: b"", FORM),
    ("no form", lambda _: b"%%%=&&&;", FORM),
    ("not UTF-8", lambda _: b"\xff\xfe\x00", FORM),
    ("not UTF-8 in percents", lambda _: b"command=%ff&user_id=%fe", FORM),
    ("a form with a payload that is no JSON", lambda _: b"payload=%7B", FORM),
    ("a form with a payload that is a list", lambda _: b"payload=%5B%5D", FORM),
    ("a form with a second payload", lambda w: _payload(w, **CLICK) + b"&payload=[]", FORM),
    ("a form with a second payload that is deep", lambda w: _payload(w, **CLICK) + b"&payload=" + b"[" * 5000, FORM),
    ("a string without an end, full of quotes", lambda _: b'{"a":"' + b'\\"' * 400_000, JSON),
    ("a string without an end, full of quotes, and a backslash", lambda _: b'{"a":"' + b'\\"' * 400_000 + b"\\", JSON),
    ("a form of a thousand fields", lambda _: b"&".join(b"a%d=1" % n for n in range(1000)), FORM),
    ("a command by nobody", lambda _: b"command=/baton&text=help", FORM),
    ("no JSON", lambda _: b"{", JSON),
    ("a JSON list", lambda _: b"[]", JSON),
    ("a JSON string", lambda _: b'"hello"', JSON),
    ("JSON null", lambda _: b"null", JSON),
    ("not a number", lambda _: b'{"type": NaN}', JSON),
    ("deep JSON", lambda _: _deep(5000), JSON),
    ("deep lists", lambda _: b"[" * 100_000, JSON),
    ("an event that is a list", lambda _: b'{"type":"event_callback","event":[]}', JSON),
    ("an event without a type", lambda _: b'{"type":"event_callback","event":{}}', JSON),
    ("a challenge that is none", lambda _: b'{"type":"url_verification","challenge":{}}', JSON),
    ("a click by nobody", lambda _: b"payload=" + b'{"type":"block_actions","actions":[]}', FORM),
    ("a click on nothing", lambda w: _payload(w, type="block_actions", actions=[]), FORM),
    ("a click on something without a name", lambda w: _payload(w, type="block_actions", actions=[{}]), FORM),
    ("an event that lacks its person", lambda _: _event(type="reaction_added", reaction="star", item={}), JSON),
    ("an event by somebody who is a number", lambda _: _event(type="message", user=7), JSON),
    ("a click with actions that are numbers", lambda w: _payload(w, type="block_actions", actions=[1]), FORM),
    ("a click with no list of places to answer", lambda w: _payload(w, **CLICK, response_urls=None), FORM),
    ("an event in a thread that is a word", lambda _: _event(type="message", assistant_thread="x"), JSON),
    ("a click in a function that is a word", lambda w: _payload(w, **CLICK, function_data="x"), FORM),
    ("a form without a view", lambda w: _payload(w, type="view_submission"), FORM),
    ("plain text", command, "text/plain"),
    ("a file", command, "multipart/form-data; boundary=x"),
    ("no content type", command, "-"),
]


def _payload(world: World, **parts: Any) -> bytes:
    known = {"user": {"id": world.mia.id}, "team": {"id": world.slack.team_id}}
    return urlencode({"payload": json.dumps(known | parts)}).encode()


def _event(**event: Any) -> bytes:
    return json.dumps({"type": "event_callback", "event": event}).encode()


@pytest.mark.parametrize(("body", "content_type"), [(b, c) for _, b, c in MALFORMED], ids=[n for n, _, _ in MALFORMED])
def test_what_slack_would_not_send_is_refused(door: World, body: Callable[[World], bytes], content_type: str) -> None:
    assert knock(door, body(door), content_type).status == 400


def test_a_body_that_is_too_large_is_refused_before_it_is_read(door: World) -> None:
    assert knock(door, b"a" * 1_000_001).status == 413
    assert knock(door, command(door, text="x" * 900_000)).status == 200


def test_a_form_that_begins_like_json_is_read_as_a_form(door: World) -> None:
    assert knock(door, b"{=1&" + command(door)).status == 200


@pytest.mark.parametrize("text", ["", "payload", "payload=1&x", "Jane Doe, Acme, jane@payload.com"])
def test_a_command_may_speak_of_payloads(world: World, text: str) -> None:
    channel = world.slack.channel("payload-team")
    world.slack.invite(channel, world.mia)
    assert world.mia.command("/baton", f"help {text}", channel=channel).text


@pytest.mark.parametrize("word", ["x", "é.", "<@U1|", "Jane" + " " * 50_000, '\\"', "payload="])
def test_whole_pages_are_read_at_once(door: World, word: str) -> None:
    page = word * (150_000 // len(word))
    answer = knock(door, command(door, command="/mql", text=f"Jane Doe, {page}", trigger_id=f"page of {word[:9]}"))
    assert answer.status == 200
    assert "e-mail address" in answer.content.decode(), "that it is missing, not that it takes too long to see"


def test_the_url_that_slack_verifies_echoes_the_challenge(door: World) -> None:
    assert door.slack.verify_url(f"{door.url}/slack/events")


def test_what_is_not_ours_is_acknowledged_and_has_no_effect(door: World) -> None:
    for parts in (
        {"type": "block_actions", "actions": [{"action_id": "somebody:else", "value": "1"}]},
        {"type": "view_closed", "view": {"type": "modal", "callback_id": "x"}},
        {"type": "shortcut", "callback_id": "unknown"},
    ):
        assert knock(door, _payload(door, **parts)).status in (200, 404), parts
    for kind in ("emoji_changed", "message", "reaction_added", "app_home_opened", "user_change", "no_such_event"):
        event = {"type": "event_callback", "team_id": door.slack.team_id, "event_id": "Ev1", "event": {"type": kind}}
        assert knock(door, json.dumps(event).encode(), JSON).status < 500, kind
    assert door.cards() == []


@pytest.mark.parametrize("person", ["", " ", "null", "B0BOT", "@dana", "[false]", "٣"])
def test_what_is_no_persons_id_is_nobodys_and_slack_is_not_asked(door: World, person: str) -> None:
    event = {"type": "app_home_opened", "user": person, "tab": "home", "channel": "D1", "event_ts": "1.1"}
    sent = {
        "type": "event_callback",
        "event_id": f"Ev{person}",
        "event": event,
        "team_id": door.slack.team_id,
        "api_app_id": door.slack.app_id,
    }
    assert knock(door, json.dumps(sent).encode(), JSON).status == 200
    assert knock(door, command(door, command="/baton", text="status", user_id=person)).status == 200
    assert not [call for call in door.slack.log.calls("users.info") if call.arguments.get("user") == person]


def test_a_replayed_request_has_one_effect(door: World) -> None:
    body = command(door, command="/mql", text="Jane Doe, Acme, jane@acme.com", trigger_id="9.9.9")
    timestamp = str(int(time.time()))
    answers = [knock(door, body, timestamp=timestamp) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 200]
    door.tick()
    assert len(door.cards()) == 1


def test_it_stays_well_and_counts_what_it_answered(door: World) -> None:
    knock(door, command(door), secret="another")
    sample = door.baton.registry.get_sample_value("baton_requests_total", {"status": "401"})
    assert sample is not None
    assert sample >= 1
    assert door.baton.not_ready() is None


# Arbitrary bodies.

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
NAMES = st.sampled_from(
    [
        "type",
        "user",
        "user_id",
        "team",
        "team_id",
        "id",
        "event",
        "actions",
        "action_id",
        "value",
        "view",
        "state",
        "callback_id",
        "channel",
        "channel_id",
        "command",
        "text",
        "trigger_id",
        "item",
        "ts",
        "reaction",
        "blocks",
        "private_metadata",
        "message",
        "thread_ts",
        "subtype",
        "previous_message",
        "event_ts",
        "values",
        "container",
    ]
)
WORDS = st.sampled_from(
    [
        "block_actions",
        "view_submission",
        "view_closed",
        "shortcut",
        "message_action",
        "event_callback",
        "message",
        "reaction_added",
        "reaction_removed",
        "user_change",
        "app_home_opened",
        "member_joined_channel",
        "1",
        "U1",
        "baton:accept",
        "baton:reject",
        "baton:form:flag",
        "baton:form:setup",
        "baton:form:qualify",
        "flag_lead",
        "C1",
        "message_changed",
        "message_deleted",
        "baton:setup",
        "baton:fix",
        "baton:details",
        "star",
        "1.1",
    ]
)
ANYTHING = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)
PAYLOADS = st.dictionaries(NAMES, ANYTHING, max_size=8)
LIKELY = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["block_actions", "view_submission", "shortcut", "message_action", "view_closed"]),
        "user": st.fixed_dictionaries({"id": st.just("U1")}),
        "actions": st.lists(st.dictionaries(NAMES, ANYTHING, max_size=4), max_size=2),
        "view": st.dictionaries(NAMES, ANYTHING, max_size=6),
        "callback_id": WORDS,
    },
    optional={"team": ANYTHING, "channel": ANYTHING, "message": ANYTHING, "container": ANYTHING},
)
EVENTS = st.fixed_dictionaries(
    {
        "type": st.just("event_callback"),
        "event": st.dictionaries(NAMES, ANYTHING, max_size=8).map(lambda event: event | {"type": "message"})
        | st.builds(
            lambda event, kind: event | {"type": kind},
            st.dictionaries(NAMES, ANYTHING, max_size=8),
            st.sampled_from(["reaction_added", "user_change", "app_home_opened", "member_joined_channel", "message"]),
        ),
    },
    optional={"team_id": ANYTHING, "event_id": ANYTHING},
)
FUZZ = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FUZZ
@given(body=st.binary(max_size=200))
def test_no_bytes_at_all_make_it_fail(door: World, body: bytes) -> None:
    assert knock(door, body).status in (200, 400)
    assert knock(door, body, JSON).status == 400


@FUZZ
@given(payload=PAYLOADS | LIKELY | EVENTS)
@example(payload={"type": "event_callback", "event": {"type": "message", "thread_ts": 1, "ts": [], "user": {}}})
@example(payload={"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": ["x"], "value": {}}]})
def test_no_json_at_all_makes_it_fail(door: World, payload: dict[str, Any]) -> None:
    text = json.dumps(payload)
    assert knock(door, text.encode(), JSON).status < 500, payload
    assert knock(door, urlencode({"payload": text}).encode()).status < 500, payload


@FUZZ
@given(fields=st.dictionaries(NAMES, st.text(max_size=30), max_size=8), name=st.sampled_from(["/mql", "/accept", "x"]))
def test_no_command_at_all_makes_it_fail(door: World, fields: dict[str, str], name: str) -> None:
    body = urlencode({"user_id": "U1", **fields, "command": name}, errors="surrogatepass").encode()
    assert knock(door, body).status in (200, 400, 404)
