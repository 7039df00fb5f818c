"""The caller: a handler resolves it once, and passes it to every operation and every query.

A caller has no roles. `Terms.roles` finds them in the agreement that is in force in the very transaction that decides.
So Baton refuses a person whom the agreement stopped naming a moment ago.
"""

from dataclasses import dataclass
from enum import StrEnum

from models.errors import NotAMember, PersonId


class PersonKind(StrEnum):
    """What a person is to the workspace, as the chat reports it."""

    MEMBER = "member"
    # Took part before Baton asked what people are. Keeps their role until the chat reports what they are.
    ASSUMED = "assumed"
    # A guest who sees several channels.
    GUEST = "guest"
    CHANNEL_GUEST = "channel_guest"
    # Belongs to another company, in a channel that both share.
    STRANGER = "stranger"
    BOT = "bot"
    DEACTIVATED = "deactivated"
    UNKNOWN = "unknown"
    # Baton itself: the command line, the jobs.
    PROGRAM = "program"


# People of the company itself. The agreement means them where it names nobody.
MEMBERS = frozenset({PersonKind.MEMBER, PersonKind.ASSUMED})
# They have no role, even if the agreement names them.
NOBODY = frozenset({PersonKind.BOT, PersonKind.DEACTIVATED})


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A person, or the program, who asks something of a workspace."""

    workspace_id: str
    person: PersonId
    kind: PersonKind

    def require_member(self) -> None:
        """Raises NotAMember unless the caller is a member or the program. Before the first agreement any of them may
        set up."""
        if self.kind not in MEMBERS | {PersonKind.PROGRAM}:
            raise NotAMember


def program(workspace_id: str, name: str) -> Caller:
    """Returns the program as a caller. `name` appears in the ledger and with versions of the agreement."""
    return Caller(workspace_id=workspace_id, person=PersonId(name), kind=PersonKind.PROGRAM)
