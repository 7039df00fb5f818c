"""Answers by the app to a response_url."""

import json
from datetime import timedelta
from typing import Any

from bot.sandbox import conversation
from bot.sandbox.errors import Refusal
from bot.sandbox.methods_chat import checked_content
from bot.sandbox.records import Channel, Json, Message, ResponseUrl
from bot.sandbox.workspace import Workspace

# At most this many answers to one response_url.
MOST_USES = 5
# The refusals that answer with HTTP status 404.
UNUSABLE = {"invalid_url", "used_url", "expired_url"}
# How long a response_url works, on the sandbox's clock.
GOOD_FOR = timedelta(minutes=30)


def answer(workspace: Workspace, key: str, body: bytes) -> tuple[int, Json | str]:
    """Does what a POST to the response URL `key` asks for. Returns the HTTP status, and `ok` or the refusal."""
    with workspace.change():
        try:
            respond(workspace, _use(workspace, key), _payload(body))
        except Refusal as refusal:
            return (404 if refusal.code in UNUSABLE else 400), refusal.body()
    return 200, "ok"


def _use(workspace: Workspace, key: str) -> ResponseUrl:
    url = workspace.response_urls.get(key)
    if url is None:
        raise Refusal("invalid_url")
    if url.uses >= MOST_USES:
        raise Refusal("used_url")
    if workspace.now() - url.issued > GOOD_FOR:
        raise Refusal("expired_url")
    url.uses += 1
    return url


def _payload(body: bytes) -> Json:
    try:
        payload = json.loads(body)
    except ValueError as not_json:
        raise Refusal("invalid_payload") from not_json
    if not isinstance(payload, dict):
        raise Refusal("invalid_payload")
    return payload


def respond(workspace: Workspace, url: ResponseUrl, payload: Json) -> Message | None:
    """Deletes or replaces the message that the response belongs to, or posts a new one. Returns the message that it
    changed or posted, or None. Raises Refusal."""
    channel = workspace.channels[url.channel]
    original = workspace.message_at(channel, url.message_ts, ephemeral_for=url.user) if url.message_ts else None
    if payload.get("delete_original"):
        if original is not None:
            conversation.delete(workspace, channel, original)
        return None
    content = read_response(payload)
    if payload.get("replace_original") and original is not None:
        if payload.get("text") is None:
            content["text"] = original.text
        conversation.edit(workspace, channel, original, editor=workspace.bot_user.id, changes=content)
        return original
    return show(workspace, channel, url.user, payload, content, thread_ts=payload.get("thread_ts"))


def read_response(payload: Json) -> Json:
    """Returns text, blocks and attachments of a response. Raises Refusal."""
    return checked_content(_text(payload), payload.get("blocks"), payload.get("attachments"))


def _text(payload: Json) -> str | None:
    text: Any = payload.get("text")
    return None if text is None else str(text)


def show(
    workspace: Workspace,
    channel: Channel,
    user_id: str,
    payload: Json,
    content: Json,
    *,
    thread_ts: str | None,
) -> Message:
    """Shows a response to one person, or to everybody if its response_type is in_channel. Raises Refusal
    is_archived."""
    if channel.is_archived:
        raise Refusal("is_archived")
    in_channel = payload.get("response_type") == "in_channel"
    message = conversation.new_message(
        workspace,
        channel,
        **content,
        thread_ts=thread_ts,
        ephemeral_to=None if in_channel else user_id,
        metadata=payload.get("metadata") if in_channel else None,
    )
    if in_channel:
        return conversation.post(workspace, channel, message)
    return conversation.post_ephemeral(workspace, channel, message)
