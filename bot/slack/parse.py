"""Makes typed requests of Slack's payloads. An error says what can't be understood."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.slack import incoming, quicktext
from bot.slack.ids import AGAIN, Action, Origin
from bot.slack.incoming import MadeOf, Said
from bot.slack.moves import FORMS, MOVE_OF_ACTION, MOVE_OF_FORM
from bot.slack.orders import Order, marked, plain_words
from bot.slack.quicktext import Draft
from bot.slack.text import channel, clean, mention
from models.errors import PersonId, Refused
from models.rules.fields import FIELDS, LeadDetails
from models.rules.lifecycle import Move
from models.rules.requests import CommentRequest, EditRequest, FlagRequest, MoveRequest, ReactionRequest, UndoRequest
from models.rules.rows import CarriedId

Payload = Mapping[str, Any]

# The value of a button: the id of a handoff or of a ledger line, and for some how many contacts were logged when the
# button was shown. A handoff from before ids were made by the program has its number as its id.
_VALUE = re.compile(r"(\d{1,19})(?::(\d{1,9}))?", re.ASCII)
# An id, as a form carries it along. Earlier versions of Baton wrote numbers.
_ID = re.compile(r"[1-9]\d{0,18}", re.ASCII)


class StaleForm(Refused):
    """This form is too old for me: I can't tell any more what it is about, so nothing was saved. Open it again."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something was said, and by whom: what an answer needs."""

    workspace_id: str
    person: PersonId
    channel: str | None
    response_url: str | None
    trigger_id: str | None
    # The person's own workspace, if the payload says it. In a channel that companies share it may be another one.
    team: str | None = None
    # The id of the window in which something was clicked.
    window: str | None = None


def place(payload: Payload, workspace_id: str) -> Place:
    """Returns the place of a command, an interaction or an event."""
    person = payload.get("user_id") or _id(payload.get("user")) or ""
    channel = payload.get("channel_id") or _id(payload.get("channel")) or (payload.get("item") or {}).get("channel")
    urls = payload.get("response_urls") or []
    return Place(
        workspace_id=workspace_id,
        person=PersonId(person),
        channel=channel,
        response_url=payload.get("response_url") or (urls[0].get("response_url") if urls else None),
        trigger_id=payload.get("trigger_id"),
        team=user.get("team_id") if isinstance(user := payload.get("user"), Mapping) else payload.get("user_team"),
        window=_window(payload),
    )


def receipt(kind: str, *parts: object) -> str:
    """Returns a key that all copies of one delivery have in common, and no other delivery has."""
    said = json.dumps([kind, *parts], sort_keys=True, default=str)
    return f"{kind}:{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()[:40]}"


def command_receipt(command: Payload, *parts: object) -> str:
    """Returns the receipt of a command. `parts` tell apart the things that one command asks for."""
    return receipt(
        "command",
        *(command.get(key) for key in ("trigger_id", "response_url", "command", "text", "user_id", "channel_id")),
        *parts,
    )


def click_receipt(body: Payload, action: Payload) -> str:
    return receipt(
        "click",
        *(body.get(key) for key in ("trigger_id", "response_url")),
        (body.get("message") or {}).get("edited"),
        (body.get("container") or {}).get("message_ts"),
        _id(body.get("user")),
        *(action.get(key) for key in ("action_id", "value", "action_ts")),
    )


def form_receipt(body: Payload) -> str:
    view = body["view"]
    parts = (view.get(key) for key in ("id", "hash", "callback_id", "private_metadata", "state"))
    return receipt("form", _id(body.get("user")), *parts)


def event_receipt(body: Payload) -> str:
    return receipt("event", body.get("event_id"), body["event"])


# Commands.


def draft(command: Payload, *, country: str = "") -> Draft:
    """Returns what was understood of `/mql …`. Reads phone numbers as people write them in this country."""
    return quicktext.read(marked(command.get("text")), country=country)


def flag(command: Payload, draft: Draft, lead: LeadDetails) -> FlagRequest:
    return FlagRequest(
        receipt=command_receipt(command),
        lead=lead,
        rep=draft.rep,
    )


def move(command: Payload, move: Move, handoff: int, order: Order) -> MoveRequest:
    """Returns what a command asks for one lead. If there are several, each counts as a delivery of its own."""
    parts = (handoff,) if len(order.numbers) > 1 else ()
    return MoveRequest(
        receipt=command_receipt(command, *parts),
        handoff=handoff,
        move=move,
        reason=order.reason,
        note=order.note,
        to=order.to,
    )


# Clicks.


def clicked(action: Payload) -> tuple[Action | Move | None, CarriedId | None]:
    """Returns which of our buttons was clicked, or the move that it stands for, and the id in its value. None for what
    is not ours."""
    name = str(action.get("action_id", ""))
    try:
        which = MOVE_OF_ACTION.get(name) or Action(name)
    except ValueError:
        return None, None
    found = _VALUE.fullmatch(str(action.get("value", "")))
    return which, CarriedId(found[1]) if found else None


def click(body: Payload, action: Payload, move: Move, handoff: int) -> MoveRequest:
    known = _VALUE.fullmatch(str(action.get("value", "")))
    return MoveRequest(
        receipt=click_receipt(body, action),
        handoff=handoff,
        move=move,
        attempts_known=int(known[2]) if known and known[2] else None,
    )


def undo(body: Payload, action: Payload, line: int) -> UndoRequest:
    return UndoRequest(receipt=click_receipt(body, action), line=line)


def origin(body: Payload) -> Origin:
    """Returns where something was clicked."""
    if (body.get("view") or {}).get("type") == "home":
        return Origin.HOME
    container = body.get("container") or {}
    return Origin.ASIDE if container.get("is_ephemeral") or container.get("type") == "view" else Origin.MESSAGE


# Forms.


def opened_from(view: Payload) -> Origin:
    """Returns where the form that was sent had been opened."""
    try:
        return Origin(about(view).get("from", ""))
    except ValueError:
        return Origin.MESSAGE


def opened_in(view: Payload) -> str | None:
    """Returns the channel in which the form that was sent had been opened, or None."""
    channel = about(view).get("in")
    return channel if isinstance(channel, str) and channel else None


def values(view: Payload) -> dict[str, Any]:
    """Returns what was entered, by field: text, or the chosen value or values. Dates and times are text."""
    entered: dict[str, Any] = {}
    for block, elements in ((view.get("state") or {}).get("values") or {}).items():
        for element in elements.values():
            found = _entered(element)
            entered[field_name(block)] = clean(found) if isinstance(found, str) else found
    return entered


def field_name(block_id: str) -> str:
    """Returns the name of a field, also in a form that came back with other values: see `blocks.again`."""
    return block_id.partition(AGAIN)[0]


def at_blocks(view: Payload, errors: Mapping[str, str]) -> dict[str, str]:
    """Returns errors by block, as Slack wants them, from errors by field. Raises StaleForm if the form has none of
    these fields, because Slack takes no answer without an error."""
    blocks = [block["block_id"] for block in view.get("blocks") or [] if block.get("type") == "input"]
    found = {block: errors[field_name(block)] for block in blocks if field_name(block) in errors}
    if not found:
        raise StaleForm
    return found


def typed(value: object) -> str:
    """Returns the value if it is text, and otherwise an empty text."""
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, kw_only=True)
class Entered:
    """What somebody entered in one field of a form: its label, and the typed words or mentions of what was chosen, in
    mrkdwn."""

    label: str
    words: str = ""
    mentions: str = ""


def entries(view: Payload) -> list[Entered]:
    """Returns everything that was entered in a form, whichever form it is, for people to read."""
    blocks = [block for block in view.get("blocks") or [] if isinstance(block.get("label"), Mapping)]
    labels = {block.get("block_id"): str(block["label"].get("text", "")) for block in blocks}
    found = [
        Entered(label=labels.get(block) or block, words=words, mentions=mentions)
        for block, elements in ((view.get("state") or {}).get("values") or {}).items()
        for words, mentions in map(_in_words, elements.values())
    ]
    return [entry for entry in found if entry.words or entry.mentions]


def about(view: Payload) -> dict[str, Any]:
    """Returns what a form carries along, such as the id of its handoff. Raises StaleForm if that can't be read."""
    try:
        carried = json.loads(view.get("private_metadata") or "{}")
    except ValueError as error:
        raise StaleForm from error
    if not isinstance(carried, dict):
        raise StaleForm
    return carried


def version(view: Payload) -> int:
    """Returns the version of the agreement on which a form was opened, or 0 if there was none. Raises StaleForm."""
    told = about(view).get("version")
    if type(told) is not int or not 0 <= told < 10**9:
        raise StaleForm
    return told


def about_handoff(view: Payload, *names: str) -> CarriedId | None:
    """Returns the id of a handoff that a form carries along under one of these names, or None. Raises StaleForm."""
    told = next((found for name in names if (found := about(view).get(name)) is not None), None)
    if told is None:
        return None
    if type(told) not in (int, str) or not _ID.fullmatch(str(told)):  # True is an int too
        raise StaleForm
    return CarriedId(told)


def form_move(body: Payload) -> MoveRequest:
    """Returns the move that a form asks for. Raises BadValue if an amount or a date can't be read, and StaleForm."""
    move = MOVE_OF_FORM.get(body["view"].get("callback_id", ""))
    if move is None:  # a form of another version of Baton
        raise StaleForm
    entered, handoff = values(body["view"]), about_handoff(body["view"], "handoff", "number")
    if handoff is None:
        raise StaleForm
    request = MoveRequest(receipt=form_receipt(body), handoff=handoff, move=move, may_repeat=True)
    for one in FORMS[move].inputs:
        if one.name in entered:
            request = one.read(request, typed(entered[one.name]), about(body["view"]))
    return request


def form_lead(body: Payload) -> dict[str, str]:
    """Returns the texts of the flag form, by field."""
    return {name: value or "" for name, value in values(body["view"]).items() if name in FIELDS}


def form_edit(body: Payload, lead: LeadDetails) -> EditRequest:
    """Returns the correction that a form asks for. Raises StaleForm."""
    handoff, seen = about_handoff(body["view"], "handoff", "number"), about(body["view"]).get("seen")
    if handoff is None or not isinstance(seen, Mapping):
        raise StaleForm
    return EditRequest(
        receipt=form_receipt(body),
        handoff=handoff,
        lead=lead,
        seen={name: typed(mark) for name, mark in seen.items()},
    )


def form_flag(body: Payload, lead: LeadDetails) -> FlagRequest:
    """Returns the lead that a form flags. Raises StaleForm."""
    rep = values(body["view"]).get("rep")
    return FlagRequest(
        receipt=form_receipt(body),
        lead=lead,
        rep=PersonId(rep) if rep else None,
        fixes=about_handoff(body["view"], "mends"),
        may_repeat=True,
    )


# Events.


def reaction(body: Payload, handoff: int) -> ReactionRequest:
    event = body["event"]
    return ReactionRequest(
        receipt=event_receipt(body),
        handoff=handoff,
        reaction=event["reaction"],
        given=event["type"] == "reaction_added",
        event_at=_order(body, event.get("event_ts")),
    )


def reaction_move(body: Payload, handoff: int, move: Move) -> MoveRequest:
    return MoveRequest(receipt=event_receipt(body), handoff=handoff, move=move)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A message in a thread. `thread_by` wrote the first message of the thread. `text` is None if the message was
    deleted."""

    channel: str
    thread_ts: str
    thread_by: str | None
    ts: str
    person: PersonId
    text: str | None
    event_at: str


def reply(body: Payload) -> Reply | None:
    """Returns a person's reply in a thread: new, edited or deleted. None for every other message."""
    event = body["event"]
    subtype = event.get("subtype")
    if subtype == "message_changed":
        message, text = event.get("message") or {}, (event.get("message") or {}).get("text", "")
    elif subtype == "message_deleted":
        message, text = event.get("previous_message") or {}, None
    elif subtype in (None, "file_share", "thread_broadcast"):
        message, text = event, event.get("text", "")
    else:
        return None
    thread, ts, person = message.get("thread_ts"), message.get("ts"), message.get("user")
    if not (thread and ts and person) or thread == ts or message.get("bot_id"):
        return None
    return Reply(
        channel=event.get("channel", ""),
        thread_ts=thread,
        thread_by=message.get("parent_user_id"),
        ts=ts,
        person=PersonId(person),
        text=None if text is None else clean(plain_words(text)),
        event_at=_order(body, event.get("event_ts") or event.get("ts") or ts),
    )


def comment(reply: Reply, handoff: int) -> CommentRequest:
    return CommentRequest(
        handoff=handoff,
        ts=reply.ts,
        text=reply.text,
        event_at=reply.event_at,
    )


def message_said(body: Payload) -> Said:
    """Returns what the message says that somebody wants to flag as a lead."""
    message = body.get("message")
    return incoming.words_of(message if isinstance(message, Mapping) else {})


def message_draft(said: Said, *, country: str = "") -> Draft:
    """Returns what a message says of a lead. All its words become the field `why_now`."""
    found = quicktext.of_message(clean(said.text), country=country)
    words = "" if said.made_of is MadeOf.NOTHING else clean(plain_words(said.text)).strip()
    return replace(found, fields=found.fields | ({"why_now": words[:3000]} if words else {}))


def event_time(event: Payload) -> datetime | None:
    """Returns when an event happened by Slack's clock, in UTC, or None if it does not say so."""
    try:
        return datetime.fromtimestamp(float(event.get("event_ts", "")), UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _order(body: Payload, event_ts: object) -> str:
    """Returns when an event happened by Slack's clock, as text that sorts by time."""
    for told in (event_ts, body.get("event_time")):
        try:
            return f"{float(str(told)):020.6f}"
        except ValueError:
            continue
    return f"{0:020.6f}"


def _entered(element: Payload) -> Any:
    match element.get("type"):
        case "static_select" | "external_select":
            return (element.get("selected_option") or {}).get("value")
        case "multi_static_select" | "checkboxes":
            return [option["value"] for option in element.get("selected_options") or [] if "value" in option]
        case "users_select":
            return element.get("selected_user")
        case "multi_users_select":
            return element.get("selected_users") or []
        case "conversations_select":
            return element.get("selected_conversation")
        case "channels_select":
            return element.get("selected_channel")
        case "datepicker":
            return element.get("selected_date")
        case "timepicker":
            return element.get("selected_time")
        case _:
            return element.get("value")


def _in_words(element: Payload) -> tuple[str, str]:
    """Returns what was entered in an element: the words, or else mentions of the people and channels that were
    chosen."""
    found = _entered(element)
    chosen = [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, str)]
    kind = str(element.get("type", ""))
    if "users_select" in kind:
        return "", " ".join(map(mention, chosen))
    if "conversations_select" in kind or "channels_select" in kind:
        return "", " ".join(map(channel, chosen))
    options = [one for one in (element.get("selected_option"), *(element.get("selected_options") or [])) if one]
    labels = [str(one["text"].get("text", "")) for one in options if isinstance(one.get("text"), Mapping)]
    return clean(", ".join(labels or chosen)), ""


def _window(payload: Payload) -> str | None:
    view = payload.get("view")
    clicked = isinstance(view, Mapping) and view.get("type") == "modal" and payload.get("type") == "block_actions"
    return _id(view) if clicked else None


def _id(party: object) -> str | None:
    """Returns the id of a user or channel. Slack sends an object in some payloads and an id in others."""
    if isinstance(party, Mapping):
        return party.get("id")
    return party if isinstance(party, str) else None
