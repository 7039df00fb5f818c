"""Holds what was made of a line so far: fields, doubts, and the words that have no place yet."""

import re
from dataclasses import dataclass, field

from bot.slack.quicktext import looks
from models.rules.fields import FIELDS

_TITLE_NEVER = re.compile(r"[^\w\s&'’.+-]|\d|_")
# The least agreement of an address with a name or a company that counts (see `Address.names_person`).
SENSIBLE = 2


@dataclass(frozen=True, kw_only=True)
class Bit:
    """A few words without a key. `name` and `company` say how much speaks for each: 3 surely, 2 plainly, 1 by their
    shape, 0 nothing, below 0 impossible."""

    text: str
    mark: str = ""
    name: int = 0
    company: int = 0


@dataclass(kw_only=True)
class Placed:
    """What was understood so far, and what is to be asked."""

    fields: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    # First and last name, if each has a key.
    halves: dict[str, str] = field(default_factory=dict)
    why: list[str] = field(default_factory=list)
    # A website that only looks like one: it has no key, no http and no www.
    bare_site: str = ""

    def put(self, name: str, text: str) -> None:
        """Puts a text into this field. If the field has another text, adds it and asks about it."""
        if name == "why_now":
            self.why.append(text)
        elif name not in self.fields:
            self.fields[name] = looks.without_full_stop(text) if name == "title" else text
        elif self.fields[name].casefold() != text.casefold():
            self.doubt(
                f"two {name}", f"{FIELDS[name].called} is said twice, “{self.fields[name][:40]}” and “{text[:40]}”"
            )
            self.why.append(text)

    def put_site(self, text: str) -> None:
        """Puts a text that only looks like a website."""
        self.put("website", text)
        self.bare_site = text

    def doubt(self, about: str, sentence: str) -> None:
        self.doubts.setdefault(about, sentence)

    def several(self, text: str) -> None:
        self.doubt("several", f"“{text[:60]}” may be two people; one line is one lead")

    def unsure(self, text: str) -> None:
        """Keeps a text that has no sensible place where it most likely belongs, and asks about it."""
        self.doubt(f"unsure {text[:40]}", f"I am not sure where “{text[:60]}” belongs")
        likely = not _TITLE_NEVER.search(text) and not looks.names_place(text) and not looks.site(text)
        if "source" not in self.fields and likely and looks.sourceish(text) and not looks.role(text):
            self.fields["source"] = text
        elif "title" not in self.fields and likely and len(text) <= 60 and len(text.split()) < 5 and not text.islower():
            self.fields["title"] = text
        else:
            self.why.append(text)
