"""Who asks: resolved once, at the door, and handed to every operation and every read.

What somebody may do is not kept here: `Terms.roles` says it by the agreement that is in force in the very transaction
in which it is decided, so that who was taken out of it a moment ago is refused.
"""

from dataclasses import dataclass
from enum import StrEnum

from models.errors import NotAMember, PersonId


class PersonKind(StrEnum):
    """What somebody is to the workspace, as the chat tells it."""

    MEMBER = "member"
    ASSUMED = "assumed"
    """Took part before it was asked what people are, and keeps their part until the chat tells."""
    GUEST = "guest"
    """Sees several channels."""
    CHANNEL_GUEST = "channel_guest"
    STRANGER = "stranger"
    """Of another company, in a channel that both share."""
    BOT = "bot"
    DEACTIVATED = "deactivated"
    UNKNOWN = "unknown"
    PROGRAM = "program"
    """Baton itself: the command line, the clock."""


MEMBERS = frozenset({PersonKind.MEMBER, PersonKind.ASSUMED})
"""Of the company itself: whom the agreement means where it names nobody."""
NOBODY = frozenset({PersonKind.BOT, PersonKind.DEACTIVATED})
"""Take no part, whoever names them."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A person, or the program, who asks something of a workspace."""

    workspace_id: str
    person: PersonId
    kind: PersonKind

    def require_member(self) -> None:
        """Raises NotAMember: before anything is agreed on, every member may set up, and the program."""
        if self.kind not in MEMBERS | {PersonKind.PROGRAM}:
            raise NotAMember


def program(workspace_id: str, name: str) -> Caller:
    """The program itself, under the name that stands in the ledger and beside versions of the agreement."""
    return Caller(workspace_id=workspace_id, person=PersonId(name), kind=PersonKind.PROGRAM)
