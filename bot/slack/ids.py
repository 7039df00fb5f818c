"""Every name under which Slack and Baton know each other's parts. The manifest is made from these."""

from enum import StrEnum


class Command(StrEnum):
    MQL = "/mql"
    ACCEPT = "/accept"
    REJECT = "/reject"
    BATON = "/baton"


class Shortcut(StrEnum):
    FLAG = "flag_lead"
    FLAG_FROM_MESSAGE = "flag_lead_from_message"


PREFIX = "baton:"
"""What the name of every action and form of ours begins with."""


class Action(StrEnum):
    """Buttons. The value of each is a handoff's number, where it is about one."""

    ACCEPT = "baton:accept"
    REJECT = "baton:reject"
    WITHDRAW = "baton:withdraw"
    RETURN = "baton:return"
    HAND = "baton:hand"
    TAKE = "baton:take"
    CONTACT = "baton:contact"
    CONTACT_AGAIN = "baton:contact_again"
    """Its value is the number and how many contacts were logged when it was shown, 42:3."""
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
    UNDO = "baton:undo"
    """Its value is a line of the ledger."""
    FLAG = "baton:flag"
    DETAILS = "baton:details"
    SETUP = "baton:setup"


AGAIN = "@"
"""Stands between the name of a field and how often its form came back with other values: see `blocks.again`."""


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
    """From where a form was opened, which decides how its person learns that it was taken."""

    MESSAGE = "message"
    """A message that all see, and that changes with the handoff."""
    ASIDE = "aside"
    """What only this person sees and nothing changes: an answer, or a command."""
    HOME = "home"


METADATA_EVENT = "baton_message"
"""The type of the metadata on Baton's messages; its payload has the outbox row's token."""

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
