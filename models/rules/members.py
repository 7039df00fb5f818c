"""What kind of thing an id in the agreement names. Whoever reads the chat's ids decides it, and passes it in. Pure."""

from collections.abc import Callable
from enum import StrEnum


class MemberKind(StrEnum):
    PERSON = "person"
    # A user group, which stands for its members.
    GROUP = "group"
    OTHER = "other"


# Returns what an id names.
KindOf = Callable[[str], MemberKind]
