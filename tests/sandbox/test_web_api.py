"""The Web API as Slack's own Python client sees it."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox import Person, Sandbox
from bot.sandbox.records import Channel


def refusal(call: object, **arguments: object) -> str:
    """Returns the error code of a call that must fail."""
    assert callable(call)
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    return str(caught.value.response["error"])


def test_the_bot_learns_who_it_is(slack: Sandbox, client: WebClient) -> None:
    me = client.auth_test()

    assert me["user_id"] == slack.bot_user_id
    assert me["team_id"] == slack.team_id
    assert "chat:write" in me.headers["x-oauth-scopes"]


@pytest.mark.parametrize(
    ("token", "code"),
    [("", "not_authed"), ("xoxb-nobody", "invalid_auth"), ("app", "not_allowed_token_type")],
)
def test_a_token_must_be_the_right_one(slack: Sandbox, token: str, code: str) -> None:
    client = WebClient(token=slack.app_token if token == "app" else token, base_url=slack.api_url)

    assert refusal(client.users_list) == code


def test_a_missing_scope_is_named(slack: Sandbox, client: WebClient, leads: Channel) -> None:
    slack.bot_scopes.discard("chat:write")

    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=leads.id, text="hello")

    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "chat:write"
    assert "users:read" in caught.value.response["provided"]


def test_an_unknown_method_is_refused(client: WebClient) -> None:
    assert refusal(client.api_call, api_method="chat.shout") == "unknown_method"


def test_a_message_goes_to_channel_thread_and_history(client: WebClient, leads: Channel) -> None:
    root = client.chat_postMessage(channel=leads.id, text="root")
    reply = client.chat_postMessage(channel=leads.id, text="reply", thread_ts=root["ts"])

    history = client.conversations_history(channel=leads.id)["messages"]
    thread = client.conversations_replies(channel=leads.id, ts=root["ts"])["messages"]

    assert [message["text"] for message in history] == ["root"]
    assert history[0]["reply_count"] == 1
    assert [message["ts"] for message in thread] == [root["ts"], reply["ts"]]


def test_a_reply_to_a_message_that_is_gone_stands_in_the_channel(
    slack: Sandbox, client: WebClient, leads: Channel
) -> None:
    root = client.chat_postMessage(channel=leads.id, text="root")["ts"]
    client.chat_delete(channel=leads.id, ts=root)

    client.chat_postMessage(channel=leads.id, text="reply", thread_ts=root)

    assert [(message.text, message.thread_ts) for message in slack.messages(leads)] == [("reply", None)]


def test_posting_to_a_person_opens_the_direct_messages(client: WebClient, dana: Person) -> None:
    posted = client.chat_postMessage(channel=dana.id, text="hello")

    assert posted["channel"] == dana.dm.id
    assert [message.text for message in dana.direct_messages()] == ["hello"]


def test_metadata_comes_back_only_on_request(client: WebClient, leads: Channel) -> None:
    metadata = {"event_type": "outbox", "event_payload": {"key": "abc"}}
    client.chat_postMessage(channel=leads.id, text="hello", metadata=metadata)

    full = client.conversations_history(channel=leads.id, include_all_metadata=True)["messages"][0]
    short = client.conversations_history(channel=leads.id)["messages"][0]

    assert full["metadata"] == metadata
    assert "metadata" not in short


def test_history_keeps_to_its_bounds(client: WebClient, leads: Channel) -> None:
    times = [client.chat_postMessage(channel=leads.id, text=str(n))["ts"] for n in range(4)]

    def texts(**bounds: object) -> list[str]:
        found = client.conversations_history(channel=leads.id, **bounds)["messages"]  # type: ignore[arg-type]  # bounds are as the SDK names them
        return [message["text"] for message in found]

    assert texts(oldest=times[1]) == ["3", "2"]
    assert texts(oldest=times[1], inclusive=True) == ["3", "2", "1"]
    assert texts(latest=times[1]) == ["0"]
    assert texts(oldest=times[0], latest=times[2]) == ["1"]


def test_lists_come_in_pages(slack: Sandbox, client: WebClient, leads: Channel) -> None:
    for number in range(5):
        client.chat_postMessage(channel=leads.id, text=str(number))
        slack.person(f"p{number}")

    pages = [page["messages"] for page in client.conversations_history(channel=leads.id, limit=2)]
    people = [member["name"] for page in client.users_list(limit=3) for member in page["members"]]

    assert [message["text"] for page in pages for message in page] == ["4", "3", "2", "1", "0"]
    assert people == ["baton", "slackbot", "p0", "p1", "p2", "p3", "p4"]
    assert refusal(client.users_list, cursor="nonsense") == "invalid_cursor"


def test_an_update_with_text_alone_removes_the_blocks(slack: Sandbox, client: WebClient, leads: Channel) -> None:
    posted = client.chat_postMessage(channel=leads.id, text="old", blocks=[{"type": "divider"}])

    client.chat_update(channel=leads.id, ts=posted["ts"], text="new")

    message = slack.messages(leads)[0]
    assert (message.text, message.blocks) == ("new", [])
    assert message.edited is not None
    assert message.edited["user"] == slack.bot_user_id


def test_only_own_messages_can_be_changed(client: WebClient, leads: Channel, dana: Person) -> None:
    said = dana.say(leads, "mine")

    assert refusal(client.chat_update, channel=leads.id, ts=said.ts, text="x") == "cant_update_message"
    assert refusal(client.chat_delete, channel=leads.id, ts=said.ts) == "cant_delete_message"
    assert refusal(client.chat_update, channel=leads.id, ts="1.000001", text="x") == "message_not_found"


def test_membership_decides_who_may_write_and_read(slack: Sandbox, client: WebClient) -> None:
    public, private = slack.channel("public"), slack.channel("secret", private=True)

    assert client.chat_postMessage(channel=public.id, text="hello")["ok"]
    assert refusal(client.conversations_history, channel=public.id) == "not_in_channel"
    assert refusal(client.chat_postMessage, channel=private.id, text="x") == "channel_not_found"
    slack.bot_scopes.discard("chat:write.public")
    assert refusal(client.chat_postMessage, channel=public.id, text="x") == "not_in_channel"
    slack.archive(public)
    assert refusal(client.chat_postMessage, channel=public.id, text="x") == "is_archived"
    assert refusal(client.chat_postMessage, channel="C0NOWHERE", text="x") == "channel_not_found"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": "{"}, "invalid_blocks_format"),
        ({"text": "x", "metadata": {"event_type": "e"}}, "invalid_metadata_format"),
        (
            {"text": "x", "metadata": {"event_type": "e", "event_payload": {"k": "v" * 17_000}}},
            "metadata_too_large",
        ),
        ({"text": "x", "thread_ts": "yesterday"}, "invalid_thread_ts"),
    ],
)
def test_bad_content_is_refused(client: WebClient, leads: Channel, content: dict[str, object], code: str) -> None:
    call = {"channel": leads.id, **content}
    assert refusal(client.api_call, api_method="chat.postMessage", json=call) == code


def test_an_ephemeral_message_is_seen_by_one(slack: Sandbox, client: WebClient, leads: Channel, dana: Person) -> None:
    lee = slack.person("lee")
    assert refusal(client.chat_postEphemeral, channel=leads.id, user=dana.id, text="x") == "user_not_in_channel"
    slack.invite(leads, dana, lee)

    client.chat_postEphemeral(channel=leads.id, user=dana.id, text="psst")

    assert [message.text for message in dana.sees(leads)] == ["psst"]
    assert lee.sees(leads) == []
    assert client.conversations_history(channel=leads.id)["messages"] == []


def test_reactions_are_counted_once_per_person(client: WebClient, leads: Channel, dana: Person) -> None:
    said = dana.say(leads, "look")

    client.reactions_add(channel=leads.id, timestamp=said.ts, name="eyes")
    dana.react(said, "eyes")

    found = client.reactions_get(channel=leads.id, timestamp=said.ts)["message"]["reactions"]
    assert [(one["name"], one["count"]) for one in found] == [("eyes", 2)]
    again = refusal(client.reactions_add, channel=leads.id, timestamp=said.ts, name="eyes")
    assert again == "already_reacted"
    assert refusal(client.reactions_remove, channel=leads.id, timestamp=said.ts, name="tada") == "no_reaction"


def test_people_are_found(slack: Sandbox, client: WebClient, dana: Person) -> None:
    group = slack.usergroup("reps", dana)

    assert client.users_info(user=dana.id)["user"]["tz"] == "Europe/Berlin"
    assert client.users_lookupByEmail(email="Dana@acme.test")["user"]["id"] == dana.id
    assert client.usergroups_users_list(usergroup=group.id)["users"] == [dana.id]
    assert client.users_getPresence(user=dana.id)["presence"] == "active"
    assert client.dnd_teamInfo(users=[dana.id])["users"][dana.id]["dnd_enabled"] is False
    assert refusal(client.users_info, user="U0NOBODY") == "user_not_found"
    slack.bot_scopes.discard("users:read.email")
    assert "email" not in client.users_info(user=dana.id)["user"]["profile"]


def test_conversations_are_listed_joined_and_opened(slack: Sandbox, client: WebClient, dana: Person) -> None:
    public, hidden = slack.channel("public"), slack.channel("hidden", private=True)
    ours = slack.channel("ours", private=True)
    slack.invite_bot(ours)
    slack.invite(ours, dana)
    kinds = "public_channel,private_channel"

    listed = {one["name"] for one in client.conversations_list(types=kinds)["channels"]}
    joined = client.conversations_join(channel=public.id)["channel"]
    opened = client.conversations_open(users=[dana.id])["channel"]["id"]

    assert listed == {"public", "ours"}
    assert joined["is_member"]
    assert opened == dana.dm.id
    assert client.conversations_open(users=[dana.id])["already_open"]
    assert client.conversations_members(channel=ours.id)["members"] == [slack.bot_user_id, dana.id]
    assert client.conversations_info(channel=opened)["channel"]["user"] == dana.id
    assert refusal(client.conversations_info, channel=hidden.id) == "channel_not_found"
    assert refusal(client.conversations_open, users=["U0NOBODY"]) == "user_not_found"
    assert refusal(client.conversations_list, types="galaxies") == "invalid_types"
    slack.bot_scopes.discard("groups:read")
    assert refusal(client.conversations_info, channel=ours.id) == "missing_scope"
    assert refusal(client.conversations_list, types=kinds) == "missing_scope"


def test_workspace_bot_and_permalinks_are_told(slack: Sandbox, client: WebClient, leads: Channel) -> None:
    ts = client.chat_postMessage(channel=leads.id, text="x")["ts"]
    link = client.chat_getPermalink(channel=leads.id, message_ts=ts)["permalink"]

    assert client.team_info()["team"]["id"] == slack.team_id
    assert client.bots_info(bot=client.auth_test()["bot_id"])["bot"]["app_id"] == slack.app_id
    assert link == f"https://acme.slack.com/archives/{leads.id}/p{ts.replace('.', '')}"
    assert client.api_test(foo="bar")["args"] == {"foo": "bar"}


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("application/json", b"{", "invalid_json"),
        ("application/json", b"[]", "json_not_object"),
        ("application/json", b'{"token": "xoxb"}', "not_authed"),
        ("application/xml", b"<a/>", "invalid_post_type"),
        ("application/x-www-form-urlencoded", b"\xff=1", "invalid_form_data"),
    ],
)
def test_bodies_that_slack_cannot_read(slack: Sandbox, content_type: str, body: bytes, code: str) -> None:
    answer = httpx.post(f"{slack.api_url}auth.test", content=body, headers={"Content-Type": content_type})

    assert answer.status_code == 200
    assert answer.json()["error"] == code


def test_a_file_is_uploaded_in_three_steps(slack: Sandbox, client: WebClient, leads: Channel) -> None:
    client.files_upload_v2(
        channel=leads.id, filename="digest.csv", content="a,b\n1,2\n", title="Digest", initial_comment="here"
    )

    message = slack.messages(leads)[0]
    assert message.text == "here"
    assert message.files[0]["title"] == "Digest"
    assert message.files[0]["size"] == 8


def test_posts_are_held_to_slacks_pace(slack: Sandbox, client: WebClient, leads: Channel) -> None:
    slack.rate_limits = True
    other = slack.channel("other")
    for _ in range(3):
        client.chat_postMessage(channel=leads.id, text="quick")

    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=leads.id, text="too quick")

    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    assert caught.value.response["error"] == "ratelimited"
    assert client.chat_postMessage(channel=other.id, text="another channel flows")["ok"]


def test_an_app_is_installed_with_a_code_that_works_once(slack: Sandbox, dana: Person) -> None:
    client = WebClient(base_url=slack.api_url)
    whoever = {"client_id": slack.client_id, "client_secret": slack.client_secret}
    code = slack.install_code(dana)

    installed = client.oauth_v2_access(code=code, **whoever)

    assert installed["access_token"] == slack.bot_token
    assert installed["authed_user"] == {"id": dana.id}
    assert refusal(client.oauth_v2_access, code=code, **whoever) == "invalid_code"
    assert refusal(client.oauth_v2_access, client_id="x", client_secret="y", code=code) == "invalid_client_id"


def test_the_log_keeps_every_call(slack: Sandbox, client: WebClient, leads: Channel) -> None:
    client.chat_postMessage(channel=leads.id, text="hello")

    (call,) = slack.log.calls("chat.postMessage", channel=leads.id)
    assert call.ok
    assert call.arguments["text"] == "hello"
    assert "token" not in call.arguments


def test_every_answer_tells_the_sandboxs_time(slack: Sandbox, client: WebClient) -> None:
    slack.clock.set(datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC))
    told = parsedate_to_datetime(client.auth_test().headers["date"])
    assert abs(told - datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)) < timedelta(seconds=30)
