"""Every name that Slack and Baton share. The manifest is made from these."""

from enum import StrEnum


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
    """Buttons. If a button is about a handoff, its value is the handoff's id."""

    ACCEPT = "baton:accept"
    REJECT = "baton:reject"
    WITHDRAW = "baton:withdraw"
    RETURN = "baton:return"
    HAND = "baton:hand"
    TAKE = "baton:take"
    CONTACT = "baton:contact"
    # Its value is the id, and how many contacts were logged when the button was shown: 42:3.
    CONTACT_AGAIN = "baton:contact_again"
    QUALIFY = "baton:qualify"
    DISQUALIFY = "baton:disqualify"
    WIN = "baton:win"
    LOSE = "baton:lose"
    ANSWER = "baton:answer"
    CONTEST = "baton:contest"
    UPHOLD = "baton:uphold"
    OVERTURN = "baton:overturn"
    FIX = "baton:fix"
    EDIT = "baton:edit"
    # Its value is the id of a ledger line.
    UNDO = "baton:undo"
    FLAG = "baton:flag"
    DETAILS = "baton:details"
    SETUP = "baton:setup"


# Stands between the name of a field and how often its form came back with other values: see `blocks.again`.
AGAIN = "@"


class Form(StrEnum):
    """Modal views, by callback id."""

    FLAG = "baton:form:flag"
    REJECT = "baton:form:reject"
    RETURN = "baton:form:return"
    HAND = "baton:form:hand"
    QUALIFY = "baton:form:qualify"
    DISQUALIFY = "baton:form:disqualify"
    WIN = "baton:form:win"
    LOSE = "baton:form:lose"
    CONTEST = "baton:form:contest"
    SETUP = "baton:form:setup"
    EDIT = "baton:form:edit"
    DETAILS = "baton:form:details"
    NOT_DONE = "baton:form:not_done"


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
