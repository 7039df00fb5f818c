"""Invisible characters, and the many kinds of space. Pasted text contains them, and they have no meaning."""

import re

# Characters that are never visible: zero-width characters, soft hyphens, byte order marks, direction marks, fillers.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]"
)
# Joiners, variation selectors and tags in places where they change nothing. Some words in Persian, Hindi, Chinese and
# Mongolian need them, and so do many emoji: the heart, keycaps, the flag of Scotland.
_JOINERS = re.compile(
    "(?:(?<=[\x00-\u02ff])|^)[\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e01ef]+(?!\u20e3)"
    "|[\u200c\u200d]+(?=[\x00-\u02ff]|$)"
    "|(?<![^\\w\x00-\u02ff])(?<![\u1000-\u109f\u3400-\u9fff\ua840-\ua877\uf900-\ufaff\U00020000-\U0003ffff])"
    "[\ufe00-\ufe0f\U000e0100-\U000e01ef]+(?!\u20e3)"
    "|(?<![\u1800-\u18af])[\u180b-\u180d\u180f]+"
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
)
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\u3164]")
_LINE_ENDS = re.compile("\r\n?|[\u000b\u000c\u0085\u2028\u2029]")


def visible(text: str) -> str:
    """Returns the text without invisible characters. Every kind of space becomes a space, every kind of line end a
    newline."""
    if not text.isascii():  # all of these are beyond ASCII
        text = _SPACES.sub(" ", _JOINERS.sub("", _UNSEEN.sub("", text)))
    return _LINE_ENDS.sub("\n", text)
