"""Who asks: resolved once, at the door, and handed to every operation and every read.

What somebody may do is not kept here: `Terms.roles` says it by the agreement that is in force in the very transaction
in which it is decided, so that who was taken out of it a moment ago is refused.
"""

from dataclasses import dataclass
from enum import StrEnum

from models.errors import PersonId


class PersonKind(StrEnum):
    """What somebody is to the workspace, as the chat tells it."""

    MEMBER = "member"
    GUEST = "guest"
    """Sees several channels."""
    CHANNEL_GUEST = "single-channel guest"
    STRANGER = "stranger"
    """Of another company, in a channel that both share."""
    BOT = "bot"
    DEACTIVATED = "deactivated"
    UNKNOWN = "not known yet"
    PROGRAM = "program"
    """Baton itself: the command line, the clock."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A person, or the program, who asks something of a workspace."""

    workspace_id: str
    person: PersonId
    kind: PersonKind


def program(workspace_id: str, name: str) -> Caller:
    """The program itself, under the name that stands in the ledger and beside versions of the agreement."""
    return Caller(workspace_id=workspace_id, person=PersonId(name), kind=PersonKind.PROGRAM)
