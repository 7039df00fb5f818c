"""Web API: chat.*"""

import json
import re
from typing import Any

from bot.sandbox import conversation, shapes
from bot.sandbox.block_rules import prepare_blocks
from bot.sandbox.call import Call, Method
from bot.sandbox.errors import Refusal
from bot.sandbox.records import Channel, Json, Message

# The form of a message's ts.
TS = re.compile(r"\d+\.\d{6}")
# At most this many characters of text in a message.
MOST_TEXT = 40_000
# At most this many characters of markdown_text in a message.
MOST_MARKDOWN = 12_000
# At most this many attachments in a message.
MOST_ATTACHMENTS = 100
# At most this many bytes of metadata in a message, as JSON.
MOST_METADATA_BYTES = 16_384


def post_message(call: Call) -> Json:
    """Posts to a channel, or to a person's direct messages if `channel` is a user id."""
    channel = target(call)
    content = read_content(call)
    thread_ts = call.arguments.text("thread_ts")
    if thread_ts and not TS.fullmatch(thread_ts):
        raise Refusal("invalid_thread_ts")
    if thread_ts and call.workspace.message_at(channel, thread_ts) is None:
        thread_ts = None  # a reply to a message that is gone goes into the channel itself
    message = conversation.new_message(
        call.workspace,
        channel,
        **content,
        thread_ts=thread_ts,
        broadcast=bool(thread_ts) and call.arguments.flag("reply_broadcast"),
    )
    conversation.post(call.workspace, channel, message)
    return {"channel": channel.id, "ts": message.ts, "message": shapes.message(call.workspace, message)}


def post_ephemeral(call: Call) -> Json:
    """Shows a message to one member of a channel. Slack keeps no history of it."""
    channel = target(call, ephemeral=True)
    content = read_content(call)
    reader = call.workspace.users.get(call.arguments.text("user") or "")
    if reader is None or reader.id not in channel.members:
        raise Refusal("user_not_in_channel")
    message = conversation.new_message(
        call.workspace,
        channel,
        **content,
        thread_ts=call.arguments.text("thread_ts"),
        ephemeral_to=reader.id,
    )
    conversation.post_ephemeral(call.workspace, channel, message)
    return {"message_ts": message.ts}


def update(call: Call) -> Json:
    """Changes a message of the app. Text without blocks removes the blocks."""
    workspace, arguments = call.workspace, call.arguments
    channel, message = own_message(call, "cant_update_message")
    content = read_content(call)
    if arguments.structure("metadata", malformed="invalid_metadata_format") is None:
        content["metadata"] = message.metadata
    if arguments.text("text") is None and arguments.text("markdown_text") is None:
        content["text"] = message.text
        if arguments.structure("attachments", malformed="invalid_attachments") is None:
            content.pop("attachments")
    conversation.edit(workspace, channel, message, editor=workspace.bot_user.id, changes=content)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": shapes.message(workspace, message),
    }


def delete(call: Call) -> Json:
    """Deletes a message of the app."""
    channel, message = own_message(call, "cant_delete_message")
    conversation.delete(call.workspace, channel, message)
    return {"channel": channel.id, "ts": message.ts}


def permalink(call: Call) -> Json:
    """Returns the address of a message."""
    channel = call.workspace.visible_channel(call.arguments.required("channel"))
    ts = call.arguments.required("message_ts")
    message = call.workspace.message_at(channel, ts)
    if message is None:
        raise Refusal("message_not_found")
    return {"channel": channel.id, "permalink": call.workspace.permalink(channel, message)}


def target(call: Call, *, ephemeral: bool = False) -> Channel:
    """Returns the conversation that `channel` names. Raises Refusal if the bot may not write there."""
    workspace = call.workspace
    wanted = call.arguments.text("channel") or ""
    person = workspace.users.get(wanted)
    if person is not None and not ephemeral:
        if person.is_bot:
            raise Refusal("cannot_dm_bot")
        if person.deleted:
            raise Refusal("user_disabled")
        return workspace.dm_with_bot(person)
    named = [c for c in workspace.channels.values() if c.kind != "im" and c.name == wanted.removeprefix("#")]
    channel = workspace.visible_channel(named[0].id if named else wanted)
    if channel.is_archived:
        raise Refusal("is_archived")
    if not workspace.bot_is_in(channel) and (ephemeral or "chat:write.public" not in workspace.bot_scopes):
        raise Refusal("not_in_channel")
    return channel


def own_message(call: Call, not_mine: str) -> tuple[Channel, Message]:
    """Returns the app's message that `channel` and `ts` name, with its channel. Raises Refusal, with the code
    `not_mine` if the message is not by the app."""
    workspace = call.workspace
    channel = workspace.visible_channel(call.arguments.text("channel"))
    if channel.is_archived:
        raise Refusal("is_archived")
    message = workspace.message_at(channel, call.arguments.required("ts"))
    if message is None:
        raise Refusal("message_not_found")
    if message.bot_id != workspace.bot_id:
        raise Refusal(not_mine)
    return channel, message


def read_content(call: Call) -> Json:
    """Returns text, blocks, attachments and metadata of a call, checked. Raises Refusal."""
    arguments = call.arguments
    text, markdown = arguments.text("text"), arguments.text("markdown_text")
    blocks = arguments.structure("blocks", malformed="invalid_blocks_format")
    attachments = arguments.structure("attachments", malformed="invalid_attachments")
    if markdown is not None:
        if text is not None or blocks:
            raise Refusal("markdown_text_conflict")
        if len(markdown) > MOST_MARKDOWN:
            raise Refusal("msg_too_long")
        text = markdown
    return checked_content(text, blocks, attachments) | {"metadata": read_metadata(call)}


def checked_content(text: str | None, blocks: Any, attachments: Any) -> Json:
    """Returns text, blocks and attachments as a message keeps them. Raises Refusal."""
    if not text and not blocks and not attachments:
        raise Refusal("no_text")
    if text and len(text) > MOST_TEXT:
        raise Refusal("msg_too_long")
    if blocks is not None and not isinstance(blocks, list):
        raise Refusal("invalid_blocks_format")
    return {
        "text": text or "",
        "blocks": prepare_blocks(blocks, surface="message", at="/blocks") if blocks else [],
        "attachments": checked_attachments(attachments),
    }


def checked_attachments(attachments: Any) -> list[Json]:
    """Returns legacy attachments, with the blocks inside them checked. Raises Refusal."""
    if not attachments:
        return []
    if not isinstance(attachments, list) or not all(isinstance(item, dict) for item in attachments):
        raise Refusal("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise Refusal("too_many_attachments")
    checked = []
    for number, attachment in enumerate(attachments):
        kept = {"id": number + 1, **attachment}
        if "blocks" in attachment:
            kept["blocks"] = prepare_blocks(attachment["blocks"], surface="message", at=f"/attachments/{number}/blocks")
        checked.append(kept)
    return checked


def read_metadata(call: Call) -> Json | None:
    """Returns the message's metadata (an event_type and an event_payload), or None. Raises Refusal."""
    metadata = call.arguments.structure("metadata", malformed="invalid_metadata_format")
    if not metadata:
        return None
    if not isinstance(metadata, dict) or set(metadata) - {"event_type", "event_payload", "entities"}:
        raise Refusal("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or not metadata["event_type"]:
        raise Refusal("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise Refusal("invalid_metadata_format")
    if len(json.dumps(metadata).encode()) > MOST_METADATA_BYTES:
        raise Refusal("metadata_too_large")
    return metadata


METHODS: dict[str, Method] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": permalink,
}
