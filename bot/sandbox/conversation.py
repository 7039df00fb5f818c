"""What happens in conversations. Each act changes the workspace and sends the app the event that Slack would send."""

import re

from bot.sandbox import shapes
from bot.sandbox.errors import Refusal
from bot.sandbox.records import Channel, Json, Message, User
from bot.sandbox.scopes import CHANNEL_HISTORY, EVENT_SCOPES
from bot.sandbox.workspace import Workspace, random_id

CHANNEL_TYPE = {"public": "channel", "private": "group", "im": "im"}
MESSAGE_SUBSCRIPTION = {"public": "message.channels", "private": "message.groups", "im": "message.im"}
# A name of an emoji, with its skin tone if it has one.
EMOJI_NAME = re.compile(r"[a-z0-9_+'\-]+(::skin-tone-[2-6])?")
# At most this many different emoji on a message.
REACTIONS_PER_MESSAGE = 50
# At most this many reactions by one person on a message.
REACTIONS_PER_PERSON = 23


def tell(workspace: Workspace, event: Json, *, channel: Channel | None = None) -> None:
    """Sends `event` to the app if the app has subscribed to it and has the scope. If `channel` is given, the bot must
    also be in it."""
    kind = event["type"]
    if channel is not None and not workspace.bot_is_in(channel):
        return
    if kind == "message" and channel is not None:
        subscription, scope = MESSAGE_SUBSCRIPTION[channel.kind], CHANNEL_HISTORY[channel.kind]
    else:
        subscription, scope = kind, EVENT_SCOPES.get(kind, "")
        if scope == "channels:read" and channel is not None and channel.kind == "private":
            scope = "groups:read"
    if workspace.subscribed is not None and subscription not in workspace.subscribed:
        return
    if scope and scope not in workspace.bot_scopes:
        return
    workspace.emit(event)


def post(workspace: Workspace, channel: Channel, message: Message) -> Message:
    """Adds `message` to `channel`, and sends the events."""
    with workspace.change():
        parent = workspace.message_at(channel, message.thread_ts) if message.thread_ts else None
        if parent is not None and parent.thread_ts not in {None, parent.ts}:
            message.thread_ts = parent.thread_ts  # a reply to a reply goes into the same thread
        if message.broadcast:
            message.subtype = "thread_broadcast"
        channel.messages.append(message)
        channel.by_ts[message.ts] = message
        if message.thread_ts not in {None, message.ts}:
            channel.replies.setdefault(str(message.thread_ts), []).append(message)
        event = shapes.message(workspace, message) | {
            "channel": channel.id,
            "channel_type": CHANNEL_TYPE[channel.kind],
            "event_ts": message.ts,
        }
        tell(workspace, event, channel=channel)
        if f"<@{workspace.bot_user.id}>" in message.text and message.user != workspace.bot_user.id:
            mention = {key: value for key, value in event.items() if key != "channel_type"}
            tell(workspace, mention | {"type": "app_mention"}, channel=channel)
    return message


def post_ephemeral(workspace: Workspace, channel: Channel, message: Message) -> Message:
    """Shows `message` to one person. Sends no event, and the channel's history does not contain it."""
    with workspace.change():
        channel.ephemerals.append(message)
    return message


def new_message(workspace: Workspace, channel: Channel, **content: object) -> Message:
    """Returns a message by the app that is not posted yet."""
    facts: Json = {
        "user": workspace.bot_user.id,
        "bot_id": workspace.bot_id,
        "app_id": workspace.app_id,
        "text": "",
        **content,
    }
    return Message(channel=channel.id, ts=workspace.next_ts(), **facts)


def edit(workspace: Workspace, channel: Channel, message: Message, *, editor: str, changes: Json) -> None:
    """Changes fields of `message`, and marks it as edited unless it is ephemeral."""
    with workspace.change():
        before = shapes.message(workspace, message)
        for name, value in changes.items():
            setattr(message, name, value)
        if not message.ephemeral_to:
            message.edited = {"user": editor, "ts": workspace.next_ts()}
            event = _hidden(workspace, channel, "message_changed", before)
            event["message"] = shapes.message(workspace, message)
            tell(workspace, event, channel=channel)


def delete(workspace: Workspace, channel: Channel, message: Message) -> None:
    """Deletes `message`."""
    with workspace.change():
        if message.ephemeral_to:
            channel.ephemerals.remove(message)
            return
        before = shapes.message(workspace, message)
        channel.messages.remove(message)
        del channel.by_ts[message.ts]
        if message in channel.replies.get(message.thread_ts or "", []):
            channel.replies[str(message.thread_ts)].remove(message)
        event = _hidden(workspace, channel, "message_deleted", before)
        event["deleted_ts"] = message.ts
        tell(workspace, event, channel=channel)


def _hidden(workspace: Workspace, channel: Channel, subtype: str, before: Json) -> Json:
    ts = workspace.next_ts()
    return {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "previous_message": before,
        "channel": channel.id,
        "channel_type": CHANNEL_TYPE[channel.kind],
        "ts": ts,
        "event_ts": ts,
    }


def react(workspace: Workspace, channel: Channel, message: Message, user: User, emoji: str) -> None:
    """Adds a reaction. Raises Refusal: invalid_name, already_reacted, too_many_emoji, too_many_reactions."""
    name = emoji.strip(":")
    if not EMOJI_NAME.fullmatch(name):
        raise Refusal("invalid_name")
    with workspace.change():
        users = message.reactions.get(name, [])
        if user.id in users:
            raise Refusal("already_reacted")
        if not users and len(message.reactions) >= REACTIONS_PER_MESSAGE:
            raise Refusal("too_many_emoji")
        mine = sum(user.id in reacted for reacted in message.reactions.values())
        if mine >= REACTIONS_PER_PERSON:
            raise Refusal("too_many_reactions")
        message.reactions.setdefault(name, []).append(user.id)
        tell(workspace, _reaction("reaction_added", channel, message, user, name), channel=channel)


def unreact(workspace: Workspace, channel: Channel, message: Message, user: User, emoji: str) -> None:
    """Removes a reaction. Raises Refusal: invalid_name, no_reaction."""
    name = emoji.strip(":")
    if not EMOJI_NAME.fullmatch(name):
        raise Refusal("invalid_name")
    with workspace.change():
        users = message.reactions.get(name, [])
        if user.id not in users:
            raise Refusal("no_reaction")
        users.remove(user.id)
        if not users:
            del message.reactions[name]
        tell(workspace, _reaction("reaction_removed", channel, message, user, name), channel=channel)


def _reaction(kind: str, channel: Channel, message: Message, user: User, name: str) -> Json:
    event: Json = {
        "type": kind,
        "user": user.id,
        "reaction": name,
        "item": {"type": "message", "channel": channel.id, "ts": message.ts},
    }
    if message.user:
        event["item_user"] = message.user
    return event


def join(workspace: Workspace, channel: Channel, user: User, *, inviter: User | None = None) -> None:
    """Makes `user` a member. Does nothing if they are one already."""
    with workspace.change():
        if user.id in channel.members:
            return
        channel.members.append(user.id)
        event: Json = {
            "type": "member_joined_channel",
            "user": user.id,
            "channel": channel.id,
            "channel_type": "G" if channel.kind == "private" else "C",
            "team": workspace.home_of(user.id),
        }
        if inviter is not None:
            event["inviter"] = inviter.id
        tell(workspace, event, channel=channel)


def leave(workspace: Workspace, channel: Channel, user: User) -> None:
    """Ends a membership. Does nothing if `user` is no member."""
    with workspace.change():
        if user.id not in channel.members:
            return
        event = {
            "type": "member_left_channel",
            "user": user.id,
            "channel": channel.id,
            "channel_type": "G" if channel.kind == "private" else "C",
            "team": workspace.team_id,
        }
        tell(workspace, event, channel=channel)
        channel.members.remove(user.id)


def archive(workspace: Workspace, channel: Channel, user: User) -> None:
    """Archives `channel`."""
    with workspace.change():
        channel.is_archived = True
        kind = "group_archive" if channel.kind == "private" else "channel_archive"
        tell(workspace, {"type": kind, "channel": channel.id, "user": user.id}, channel=channel)


def unarchive(workspace: Workspace, channel: Channel, user: User) -> None:
    """Makes `channel` active again."""
    with workspace.change():
        channel.is_archived = False
        kind = "group_unarchive" if channel.kind == "private" else "channel_unarchive"
        tell(workspace, {"type": kind, "channel": channel.id, "user": user.id}, channel=channel)


def rename(workspace: Workspace, channel: Channel, name: str) -> None:
    """Gives `channel` another name."""
    with workspace.change():
        channel.name = name
        kind = "group_rename" if channel.kind == "private" else "channel_rename"
        described = {
            "id": channel.id,
            "name": name,
            "name_normalized": name,
            "created": channel.created,
            "is_channel": channel.kind == "public",
            "is_mpim": False,
        }
        tell(workspace, {"type": kind, "channel": described}, channel=channel)


def client_message_id() -> str:
    """Returns an id such as Slack's clients give to each message that a person writes."""
    raw = random_id("", 33).lower()
    return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:32]}"
