"""What the control API can make a person do. `channel` and `ts` name a message.

Each docstring says which keys of the request's body the act takes.
"""

from collections.abc import Callable
from typing import Any

from bot.sandbox.errors import Impossible, NoSuchThing
from bot.sandbox.people import Person
from bot.sandbox.records import Channel, Json
from bot.sandbox.screen import Message, View
from bot.sandbox.screen_user import UNTOUCHED
from bot.sandbox.workspace import Workspace


def channel_of(workspace: Workspace, person: Person, name: str) -> Channel:
    """Returns the channel with that name or id. `dm` means the person's direct messages with the app. Raises
    NoSuchThing."""
    return person.dm if name == "dm" else workspace.channel_named(name)


def message_of(workspace: Workspace, person: Person, body: Json) -> Message:
    """Returns the message that `channel` and `ts` name, as the person sees it. Raises NoSuchThing."""
    for message in person.sees(channel_of(workspace, person, body.get("channel", "dm"))):
        if message.ts == body["ts"]:
            return message
    raise NoSuchThing(f"@{person.name} sees no message {body['ts']} there")


def command(workspace: Workspace, person: Person, body: Json) -> Json:
    """Sends a slash command. Takes `command`, `text` and `channel`."""
    place = channel_of(workspace, person, body.get("channel", "dm"))
    return person.command(body["command"], body.get("text", ""), channel=place).as_json()


def click(workspace: Workspace, person: Person, body: Json) -> Json:
    """Uses an element. Takes its `name`, and `channel` and `ts` of the message that it is in, or `where`: modal or
    home. `select` is what to choose."""
    where: Message | View | None
    if "ts" in body:
        where = message_of(workspace, person, body)
    else:
        where = person.home if body.get("where") == "home" else person.view
    if where is None:
        raise Impossible("there is no such view on the screen")
    answer = person.click(
        where,
        body["name"],
        select=body.get("select", UNTOUCHED),
        block=body.get("block"),
        duplicates=int(body.get("duplicates", 1)),
    )
    return answer.as_json()


def fill(_workspace: Workspace, person: Person, body: Json) -> Json:
    """Enters values into the modal. Takes `values`, by block_id, action_id or label."""
    for name, value in body["values"].items():
        person.fill(name, value)
    return _modal(person)


def submit(_workspace: Workspace, person: Person, body: Json) -> Json:
    """Submits the modal. Enters `values` before that."""
    answer = person.submit(body.get("values", {}))
    return answer.as_json() | _modal(person)


def close(_workspace: Workspace, person: Person, body: Json) -> Json:
    """Closes the modal on top, or every modal if `all`."""
    person.close(all_of_them=bool(body.get("all")))
    return _modal(person)


def _modal(person: Person) -> Json:
    view = person.view
    return {"view": view.as_json() if view else None}


def suggest(workspace: Workspace, person: Person, body: Json) -> Json:
    """Returns what the app suggests for the text `typed` in the external select `name`."""
    where = message_of(workspace, person, body) if "ts" in body else person.view
    if where is None:
        raise Impossible("there is no modal on the screen")
    return {"options": person.suggest(where, body["name"], body.get("typed", ""))}


def say(workspace: Workspace, person: Person, body: Json) -> Json:
    """Writes a message. Takes `text`, `channel` and `thread` (a ts)."""
    place = channel_of(workspace, person, body.get("channel", "dm"))
    return person.say(place, body["text"], thread=body.get("thread")).as_json()


def edit(workspace: Workspace, person: Person, body: Json) -> Json:
    """Changes the person's own message `channel`, `ts`. Takes the new `text`."""
    return person.edit(message_of(workspace, person, body), body["text"]).as_json()


def delete(workspace: Workspace, person: Person, body: Json) -> Json:
    """Deletes the person's own message `channel`, `ts`."""
    person.delete(message_of(workspace, person, body))
    return {}


def react(workspace: Workspace, person: Person, body: Json) -> Json:
    """Adds the reaction `emoji` to the message `channel`, `ts`."""
    person.react(message_of(workspace, person, body), body["emoji"])
    return {}


def unreact(workspace: Workspace, person: Person, body: Json) -> Json:
    """Removes the reaction `emoji` from the message `channel`, `ts`."""
    person.unreact(message_of(workspace, person, body), body["emoji"])
    return {}


def shortcut(_workspace: Workspace, person: Person, body: Json) -> Json:
    """Uses the global shortcut `callback_id`."""
    return person.shortcut(body["callback_id"]).as_json() | _modal(person)


def message_shortcut(workspace: Workspace, person: Person, body: Json) -> Json:
    """Uses the shortcut `callback_id` on the message `channel`, `ts`."""
    message = message_of(workspace, person, body)
    return person.message_shortcut(body["callback_id"], message).as_json() | _modal(person)


def open_home(_workspace: Workspace, person: Person, body: Json) -> Json:
    """Opens the app's home, or its messages if `tab` is messages."""
    home = person.open_home(body.get("tab", "home"))
    return {"home": home.as_json() if home else None}


def join(workspace: Workspace, person: Person, body: Json) -> Json:
    """Joins a channel. Takes `channel`."""
    person.join(channel_of(workspace, person, body["channel"]))
    return {}


def leave(workspace: Workspace, person: Person, body: Json) -> Json:
    """Leaves a channel. Takes `channel`."""
    person.leave(channel_of(workspace, person, body["channel"]))
    return {}


ACTS: dict[str, Callable[[Workspace, Person, Json], Any]] = {
    "command": command,
    "click": click,
    "fill": fill,
    "submit": submit,
    "close": close,
    "suggest": suggest,
    "say": say,
    "edit": edit,
    "delete": delete,
    "react": react,
    "unreact": unreact,
    "shortcut": shortcut,
    "message_shortcut": message_shortcut,
    "open_home": open_home,
    "join": join,
    "leave": leave,
}
