"""Whom people speak of in what they type. Slack sends marks with ids; they are kept as words, `@Dana Fox`, `#sales`.

A mark in a message of ours would call its person, and in plain text show the id. Words do neither, wherever they are
shown, for as long as they are kept.
"""

import re
from collections.abc import Callable

MARK = re.compile(
    r"<(?:(?P<kind>[@#]|!subteam\^)(?P<id>[A-Z][A-Z0-9]{2,})|!(?P<all>here|channel|everyone))(?:\|(?P<label>[^<>]*))?>"
)
SIGNS = {"@": "@", "#": "#", "!subteam^": "@"}
UNNAMED = {"@": "@somebody", "#": "#some-channel", "!subteam^": "@some-group"}


def in_words(text: str, name_of: Callable[[str], str | None]) -> str:
    """Each mark as the name of whom it means, by `name_of` or as Slack sent it. One without a name stays."""

    def words(found: re.Match[str]) -> str:
        name = found["id"] and (name_of(found["id"]) or found["label"])
        return f"{SIGNS[found['kind']]}{name.lstrip('@#')}" if name else found[0]

    return MARK.sub(words, text)


def without_ids(text: str) -> str:
    """For what was kept with its marks: nobody can name them here, and an id tells nothing."""

    def words(found: re.Match[str]) -> str:
        if found["all"]:
            return found[0]
        label = (found["label"] or "").lstrip("@#")
        return f"{SIGNS[found['kind']]}{label}" if label else UNNAMED[found["kind"]]

    return MARK.sub(words, text)


def calls_in_words(text: str) -> str:
    """As a message or a command arrives: calls to all as they were typed, @here. To be read before entities are undone,
    for what somebody spelt out as a mark is none."""
    return MARK.sub(lambda found: f"@{found['all']}" if found["all"] else found[0], text)
