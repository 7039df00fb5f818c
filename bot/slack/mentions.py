"""Mentions in what people type. Slack sends marks with ids. Baton keeps them as words: `@Dana Fox`, `#sales`.

A mark in one of our messages would notify its person, and in plain text it would show the id. Words do neither,
wherever and whenever they are shown.
"""

import re
from collections.abc import Callable

MARK = re.compile(
    r"<(?:(?P<kind>[@#]|!subteam\^)(?P<id>[A-Z][A-Z0-9]{2,})|!(?P<all>here|channel|everyone))(?:\|(?P<label>[^<>]*))?>"
)
SIGNS = {"@": "@", "#": "#", "!subteam^": "@"}
UNNAMED = {"@": "@somebody", "#": "#some-channel", "!subteam^": "@some-group"}


def in_words(text: str, name_of: Callable[[str], str | None]) -> str:
    """Returns the text with each mark as a name: the one that `name_of` returns, or the one that Slack sent. A mark
    without a name stays."""

    def words(found: re.Match[str]) -> str:
        name = found["id"] and (name_of(found["id"]) or found["label"])
        return f"{SIGNS[found['kind']]}{name.lstrip('@#')}" if name else found[0]

    return MARK.sub(words, text)


def without_ids(text: str) -> str:
    """Returns the text with its marks as words. For text that was kept with marks: nobody can name them here, and an id
    means nothing to a reader."""

    def words(found: re.Match[str]) -> str:
        if found["all"]:
            return found[0]
        label = (found["label"] or "").lstrip("@#")
        return f"{SIGNS[found['kind']]}{label}" if label else UNNAMED[found["kind"]]

    return MARK.sub(words, text)


def calls_in_words(text: str) -> str:
    """Returns a message or a command with its calls to all as people typed them: @here. Use it before entities are
    undone, because a mark that somebody spelt out is none."""
    return MARK.sub(lambda found: f"@{found['all']}" if found["all"] else found[0], text)
