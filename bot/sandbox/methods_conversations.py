"""Web API: conversations.*"""

from bot.sandbox import conversation, shapes
from bot.sandbox.call import Call, Method, missing_scope
from bot.sandbox.errors import Refusal
from bot.sandbox.records import Channel, Json, Message
from bot.sandbox.scopes import CHANNEL_HISTORY, CHANNEL_READ

# Slack's word for each type of conversation, and the sandbox's word for it.
KIND_OF_TYPE = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}
SCOPE_OF_TYPE = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}
# At most this many other people in a direct conversation.
MOST_USERS_IN_A_DM = 8


def list_conversations(call: Call) -> Json:
    """Returns the conversations that the bot may see, by `types`, in order of creation."""
    kinds = _kinds(call)
    shown = [channel for channel in call.workspace.channels.values() if _listed(call, channel, kinds)]
    page, metadata = call.page(shown)
    return {
        "channels": [shapes.channel(call.workspace, channel, with_members=True) for channel in page],
        "response_metadata": metadata,
    }


def users_conversations(call: Call) -> Json:
    """Returns the conversations that `user` (by default the bot) is a member of, if the bot may see them."""
    kinds = _kinds(call)
    member = call.arguments.text("user") or call.workspace.bot_user.id
    if member not in call.workspace.users:
        raise Refusal("user_not_found")
    shown = [
        channel
        for channel in call.workspace.channels.values()
        if _listed(call, channel, kinds) and member in channel.members
    ]
    page, metadata = call.page(shown)
    return {
        "channels": [shapes.channel(call.workspace, channel) for channel in page],
        "response_metadata": metadata,
    }


def _kinds(call: Call) -> set[str]:
    types = (call.arguments.text("types") or "public_channel").replace(" ", "").split(",")
    if any(one not in KIND_OF_TYPE for one in types):
        raise Refusal("invalid_types")
    for one in types:
        if SCOPE_OF_TYPE[one] not in call.workspace.bot_scopes:
            raise missing_scope(call.workspace, SCOPE_OF_TYPE[one])
    return {KIND_OF_TYPE[one] for one in types}


def _listed(call: Call, channel: Channel, kinds: set[str]) -> bool:
    if channel.kind not in kinds or (channel.is_archived and call.arguments.flag("exclude_archived")):
        return False
    return channel.kind == "public" or call.workspace.bot_is_in(channel)


def info(call: Call) -> Json:
    """Returns one conversation."""
    channel = _readable(call)
    counted = call.arguments.flag("include_num_members")
    return {"channel": shapes.channel(call.workspace, channel, with_members=counted)}


def members(call: Call) -> Json:
    """Returns the ids of a conversation's members."""
    page, metadata = call.page(_readable(call).members)
    return {"members": page, "response_metadata": metadata}


def _readable(call: Call) -> Channel:
    channel = call.workspace.visible_channel(call.arguments.required("channel"))
    call.needs(CHANNEL_READ[channel.kind])
    return channel


def open_conversation(call: Call) -> Json:
    """Returns the direct conversation with one person. Creates it if it is new. `users` names the person, or `channel`
    the conversation."""
    workspace = call.workspace
    known = call.arguments.text("channel")
    if known is not None:
        channel = workspace.visible_channel(known)
        if channel.kind != "im":
            raise Refusal("channel_not_found")
        return _opened(call, channel, already=True)
    ids = [one for one in (call.arguments.text("users") or "").split(",") if one]
    if not ids:
        raise Refusal("users_list_not_supplied")
    people = [workspace.users.get(one) for one in ids]
    if None in people:
        raise Refusal("user_not_found")
    person = people[0]
    if len(ids) > MOST_USERS_IN_A_DM:
        raise Refusal("too_many_users")
    if len(ids) > 1 or person is None:
        # The sandbox has no group conversations, so it refuses them as if the scope were missing.
        raise missing_scope(workspace, "mpim:write")
    if person.deleted:
        raise Refusal("user_disabled")
    if person.is_bot:
        raise Refusal("cannot_dm_bot")
    already = workspace.find_dm(person) is not None
    return _opened(call, workspace.dm_with_bot(person), already=already)


def _opened(call: Call, channel: Channel, *, already: bool) -> Json:
    full = call.arguments.flag("return_im")
    body: Json = {"channel": shapes.channel(call.workspace, channel) if full else {"id": channel.id}}
    if already:
        body |= {"no_op": True, "already_open": True}
    return body


def join(call: Call) -> Json:
    """Makes the bot a member of a public channel."""
    workspace = call.workspace
    channel = workspace.channels.get(call.arguments.text("channel") or "")
    if channel is None:
        raise Refusal("channel_not_found")
    if channel.kind != "public":
        raise Refusal("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refusal("is_archived")
    already = workspace.bot_is_in(channel)
    conversation.join(workspace, channel, workspace.bot_user)
    body: Json = {"channel": shapes.channel(workspace, channel)}
    if already:
        body |= {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return body


def leave(call: Call) -> Json:
    """Ends the bot's membership."""
    channel = call.workspace.visible_channel(call.arguments.required("channel"))
    if channel.kind == "im":
        raise Refusal("method_not_supported_for_channel_type")
    call.needs("channels:manage" if channel.kind == "public" else "groups:write")
    if not call.workspace.bot_is_in(channel):
        return {"not_in_channel": True}
    conversation.leave(call.workspace, channel, call.workspace.bot_user)
    return {}


def history(call: Call) -> Json:
    """Returns messages of a conversation, newest first, without the replies in threads."""
    channel = _history_of(call)
    shown = [
        message
        for message in reversed(channel.messages)
        if message.thread_ts in {None, message.ts} or message.broadcast
    ]
    page, metadata = call.page(_between(call, shown), default=100, at_most=999)
    body: Json = {"messages": _shapes(call, page), "has_more": bool(metadata["next_cursor"]), "pin_count": 0}
    if metadata["next_cursor"]:
        body["response_metadata"] = metadata
    return body


def replies(call: Call) -> Json:
    """Returns a thread: its first message, then the replies in order."""
    channel = _history_of(call)
    ts = call.arguments.required("ts")
    root = call.workspace.message_at(channel, ts)
    if root is None:
        raise Refusal("thread_not_found")
    top = root.thread_ts or root.ts
    first = call.workspace.message_at(channel, top)
    thread = [*([first] if first else []), *channel.replies.get(top, [])]
    page, metadata = call.page(_between(call, thread, keep=top), default=1000, at_most=1000)
    body: Json = {"messages": _shapes(call, page), "has_more": bool(metadata["next_cursor"])}
    if metadata["next_cursor"]:
        body["response_metadata"] = metadata
    return body


def _history_of(call: Call) -> Channel:
    channel = call.workspace.visible_channel(call.arguments.required("channel"))
    call.needs(CHANNEL_HISTORY[channel.kind])
    if not call.workspace.bot_is_in(channel):
        raise Refusal("not_in_channel")
    return channel


def _between(call: Call, messages: list[Message], *, keep: str | None = None) -> list[Message]:
    oldest, latest = _time(call, "oldest", "invalid_ts_oldest"), _time(call, "latest", "invalid_ts_latest")
    inclusive = call.arguments.flag("inclusive")

    def shown(message: Message) -> bool:
        if message.ts == keep:
            return True
        at = _micros(message.ts)
        if oldest is not None and (at < oldest or (at == oldest and not inclusive)):
            return False
        return latest is None or at < latest or (at == latest and inclusive)

    return [message for message in messages if shown(message)]


def _time(call: Call, name: str, refusal: str) -> int | None:
    value = call.arguments.text(name)
    if value is None:
        return None
    try:
        return _micros(value)
    except ValueError as not_a_time:
        raise Refusal(refusal) from not_a_time


def _micros(ts: str) -> int:
    seconds, _, fraction = ts.partition(".")
    return int(seconds) * 1_000_000 + int((fraction + "000000")[:6])


def _shapes(call: Call, messages: list[Message]) -> list[Json]:
    full = call.arguments.flag("include_all_metadata")
    return [shapes.message(call.workspace, message, with_metadata=full) for message in messages]


METHODS: dict[str, Method] = {
    "conversations.list": list_conversations,
    "conversations.info": info,
    "conversations.members": members,
    "conversations.open": open_conversation,
    "conversations.join": join,
    "conversations.leave": leave,
    "conversations.history": history,
    "conversations.replies": replies,
    "users.conversations": users_conversations,
}
