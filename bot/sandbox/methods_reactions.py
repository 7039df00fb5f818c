"""Web API: reactions.*"""

from bot.sandbox import conversation, shapes
from bot.sandbox.call import Call, Method
from bot.sandbox.errors import Refusal
from bot.sandbox.records import Channel, Json, Message


def _item(call: Call) -> tuple[Channel, Message]:
    ts = call.arguments.text("timestamp")
    channel_id = call.arguments.text("channel")
    if ts is None or channel_id is None:
        raise Refusal("no_item_specified")
    channel = call.workspace.visible_channel(channel_id)
    message = call.workspace.message_at(channel, ts)
    if message is None:
        raise Refusal("message_not_found")
    return channel, message


def add(call: Call) -> Json:
    """Adds a reaction of the bot, in a channel that the bot is in."""
    name = call.arguments.required("name")
    channel, message = _item(call)
    if not call.workspace.bot_is_in(channel):
        raise Refusal("not_in_channel")
    if channel.is_archived:
        raise Refusal("is_archived")
    conversation.react(call.workspace, channel, message, call.workspace.bot_user, name)
    return {}


def remove(call: Call) -> Json:
    """Removes a reaction of the bot."""
    name = call.arguments.required("name")
    channel, message = _item(call)
    conversation.unreact(call.workspace, channel, message, call.workspace.bot_user, name)
    return {}


def get(call: Call) -> Json:
    """Returns a message with its reactions."""
    channel, message = _item(call)
    shape = shapes.message(call.workspace, message)
    return {
        "type": "message",
        "channel": channel.id,
        "message": shape | {"permalink": call.workspace.permalink(channel, message)},
    }


METHODS: dict[str, Method] = {
    "reactions.add": add,
    "reactions.remove": remove,
    "reactions.get": get,
}
