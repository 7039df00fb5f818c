"""Every name that Slack and Baton share, and what the first letter of an id means. The manifest is made from these."""

import re
from enum import StrEnum

from models.rules.lifecycle import Move
from models.rules.members import MemberKind


class Command(StrEnum):
    MQL = "/mql"
    ACCEPT = "/accept"
    REJECT = "/reject"
    BATON = "/baton"


class Shortcut(StrEnum):
    FLAG = "flag_lead"
    FLAG_FROM_MESSAGE = "flag_lead_from_message"


# The beginning of the name of each of Baton's actions and forms.
PREFIX = "baton:"


class Action(StrEnum):
    """Buttons that no move has for its own. If a button is about a handoff, its value is the handoff's id."""

    # Its value is the id, and how many contacts were logged when the button was shown: 42:3.
    CONTACT_AGAIN = "baton:contact_again"
    FIX = "baton:fix"
    EDIT = "baton:edit"
    # Its value is the id of a ledger line.
    UNDO = "baton:undo"
    FLAG = "baton:flag"
    DETAILS = "baton:details"
    SETUP = "baton:setup"


def action_of(move: Move) -> str:
    """Returns the id of the button that makes this move, or opens its form."""
    return f"{PREFIX}{move}"


# Stands between the name of a field and how often its form came back with other values: see `blocks.again`.
AGAIN = "@"


class Form(StrEnum):
    """Modal views that no move has for its own, by callback id."""

    FLAG = "baton:form:flag"
    SETUP = "baton:form:setup"
    EDIT = "baton:form:edit"
    DETAILS = "baton:form:details"
    NOT_DONE = "baton:form:not_done"


def form_of(move: Move) -> str:
    """Returns the callback id of the form of this move."""
    return f"{PREFIX}form:{move}"


class Origin(StrEnum):
    """Where a form was opened. It decides how the person learns that the form has done its work."""

    # A message that everybody sees, and that changes with the handoff.
    MESSAGE = "message"
    # What only this person sees and what does not change: an answer, or a command.
    ASIDE = "aside"
    HOME = "home"


BOT_SCOPES = (
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "dnd:read",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "reactions:read",
    "usergroups:read",
    "users:read",
)

BOT_EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "channel_archive",
    "channel_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "reaction_added",
    "reaction_removed",
    "tokens_revoked",
    "user_change",
)

# A whole text that has the form of a person's id.
PERSON_ID = re.compile(r"[UW][A-Z0-9]{2,20}")


def is_group(identifier: str) -> bool:
    """True for a user group (S…), which stands for its members."""
    return identifier.startswith("S")


def is_person(identifier: str) -> bool:
    """True for a person (U…, or W… in an enterprise)."""
    return identifier.startswith(("U", "W"))


def is_channel(identifier: str) -> bool:
    """True for a channel (C…, or G… for an older private one). False for a direct message or a person."""
    return identifier.startswith(("C", "G"))


def member_kind(identifier: str) -> MemberKind:
    """Returns what an id in the agreement names."""
    if is_person(identifier):
        return MemberKind.PERSON
    return MemberKind.GROUP if is_group(identifier) else MemberKind.OTHER
