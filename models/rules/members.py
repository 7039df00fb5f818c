"""What kind of thing an id in the agreement names. Only this module reads the prefixes of the chat's ids. Pure."""


def is_group(identifier: str) -> bool:
    """True for a user group (S…), which stands for its members."""
    return identifier.startswith("S")


def is_person(identifier: str) -> bool:
    """True for a person (U…, or W… in an enterprise)."""
    return identifier.startswith(("U", "W"))


def is_channel(identifier: str) -> bool:
    """True for a channel (C…, or G… for an older private one). False for a direct message or a person."""
    return identifier.startswith(("C", "G"))
