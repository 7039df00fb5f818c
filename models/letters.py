"""Letters that nobody sees, and the many kinds of space: what is pasted has them, and they mean nothing."""

import re

_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
    "|(?:(?<=[\x00-\u02ff])|^)[\u200c\u200d]|[\u200c\u200d](?=[\x00-\u02ff]|$)"
    "|(?:(?<=[\x00-\u02ff])|^)[\ufe00-\ufe0f](?!\u20e3)"
    "|(?<![\U0001f3f4\U000e0000-\U000e007f])[\U000e0000-\U000e007f]+"
)
"""Zero-width characters, soft hyphens, byte order marks, marks of direction. Joiners only where they join nothing:
Persian and Hindi words and many emoji need them. Marks that choose a sign's look only behind plain letters, where there
is nothing to choose; tags only where they make no flag."""
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\u3164]")
_LINE_ENDS = re.compile("\r\n?|[\u000b\u000c\u0085\u2028\u2029]")


def visible(text: str) -> str:
    """The text without what cannot be seen; every kind of space is a space, every kind of line end a line end."""
    return _LINE_ENDS.sub("\n", _SPACES.sub(" ", _UNSEEN.sub("", text)))
