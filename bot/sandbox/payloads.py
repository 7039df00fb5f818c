"""What Slack sends to an app after a person did something."""

from bot.sandbox import shapes
from bot.sandbox.records import Channel, Json, Message, User, View
from bot.sandbox.workspace import Workspace

# Slack's name in payloads for conversations whose own name it hides.
CHANNEL_NAME = {"private": "privategroup", "im": "directmessage"}


def _channel_name(channel: Channel) -> str:
    return CHANNEL_NAME.get(channel.kind, channel.name)


def slash_command(
    workspace: Workspace, user: User, *, command: str, text: str, channel: Channel, response_url: str
) -> Json:
    """Returns the form of a slash command."""
    return {
        "token": workspace.verification_token,
        "team_id": workspace.team_id,
        "team_domain": workspace.team_domain,
        "channel_id": channel.id,
        "channel_name": _channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": workspace.new_trigger(user),
    }


def _base(workspace: Workspace, user: User, kind: str) -> Json:
    return {
        "type": kind,
        "team": {"id": workspace.team_id, "domain": workspace.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": workspace.home_of(user.id),
        },
        "api_app_id": workspace.app_id,
        "token": workspace.verification_token,
    }


def _of_message(workspace: Workspace, channel: Channel, message: Message) -> Json:
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    found: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": _channel_name(channel)},
    }
    if message.ephemeral_to is None:
        found["message"] = shapes.message(workspace, message)
    return found


def _of_view(workspace: Workspace, view: View) -> Json:
    return {"container": {"type": "view", "view_id": view.id}, "view": shapes.view(workspace, view)}


def message_action(
    workspace: Workspace,
    user: User,
    channel: Channel,
    message: Message,
    *,
    actions: list[Json],
    values: dict[str, dict[str, Json]],
    response_url: str,
) -> Json:
    """Returns block_actions from a message."""
    return {
        **_base(workspace, user, "block_actions"),
        **_of_message(workspace, channel, message),
        "trigger_id": workspace.new_trigger(user),
        "response_url": response_url,
        "state": {"values": values},
        "actions": actions,
    }


def view_action(workspace: Workspace, user: User, view: View, *, actions: list[Json]) -> Json:
    """Returns block_actions from a modal or a home."""
    return {
        **_base(workspace, user, "block_actions"),
        **_of_view(workspace, view),
        "trigger_id": workspace.new_trigger(user),
        "actions": actions,
    }


def suggestion(
    workspace: Workspace,
    user: User,
    *,
    element: Json,
    block_id: str,
    typed: str,
    view: View | None = None,
    message: tuple[Channel, Message] | None = None,
) -> Json:
    """Returns block_suggestion: what a person typed into an external select."""
    where = _of_view(workspace, view) if view else _of_message(workspace, *message) if message else {}
    return {
        **_base(workspace, user, "block_suggestion"),
        **where,
        "action_id": element["action_id"],
        "block_id": block_id,
        "value": typed,
    }


def view_submission(workspace: Workspace, user: User, view: View, *, response_urls: list[Json] | None = None) -> Json:
    """Returns view_submission: a modal that a person submitted."""
    return {
        **_base(workspace, user, "view_submission"),
        "trigger_id": workspace.new_trigger(user),
        "view": shapes.view(workspace, view),
        "response_urls": response_urls or [],
    }


def view_closed(workspace: Workspace, user: User, view: View, *, is_cleared: bool) -> Json:
    """Returns view_closed: a modal that a person closed without submitting it."""
    return {
        **_base(workspace, user, "view_closed"),
        "view": shapes.view(workspace, view),
        "is_cleared": is_cleared,
    }


def global_shortcut(workspace: Workspace, user: User, callback_id: str) -> Json:
    """Returns the payload of a global shortcut."""
    return {
        **_base(workspace, user, "shortcut"),
        "action_ts": workspace.next_ts(),
        "callback_id": callback_id,
        "trigger_id": workspace.new_trigger(user),
    }


def message_shortcut(
    workspace: Workspace,
    user: User,
    *,
    callback_id: str,
    channel: Channel,
    message: Message,
    response_url: str,
) -> Json:
    """Returns the payload of a shortcut in the menu of a message."""
    return {
        **_base(workspace, user, "message_action"),
        "action_ts": workspace.next_ts(),
        "callback_id": callback_id,
        "trigger_id": workspace.new_trigger(user),
        "response_url": response_url,
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": _channel_name(channel)},
        "message": shapes.message(workspace, message),
    }


def action(element: Json, block_id: str, action_ts: str, chosen: Json) -> Json:
    """Returns one entry of `actions`: the element, and what the person chose."""
    entry: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block_id,
        "action_ts": action_ts,
    }
    if element["type"] in {"button", "workflow_button", "icon_button"}:
        kept: tuple[str, ...] = ("text", "value", "style", "url")
    else:
        kept = ("placeholder", *(name for name in element if name.startswith("initial_")))
    entry |= {name: element[name] for name in kept if name in element}
    return entry | chosen
