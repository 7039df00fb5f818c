"""Reads the layouts in which programs describe a lead: tables, and questions with answers. Makes lines with a
label of each: `name: Jane Doe`."""

import re
from collections.abc import Iterator, Sequence

from bot.slack.quicktext.marks import shadow
from bot.slack.quicktext.words import FIELD_OF

# At most this many lines of a message are read.
MOST_LINES = 200

# The line between head and rows of a table.
_RULE = re.compile(r"[\s|:+=-]*-{2,}[\s|:+=-]*")
_FIRST = re.compile(
    r"^\W*(?:q(?:uestion)?\s*\d*\s*[:.)]\s*|\d+[.)]\s*)?"
    r"(?:(?:what(?:'s| is| are)|please (?:enter|give|tell us)|enter|wie (?:lautet|ist|hei(?:ss|ß)t))\s+)?"
    r"(?:(?:your|the|my|ihre?|deine?|die|der|votre|tu)\s+)?",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"^\W*a(?:nswer)?\s*\d*\s*[:.)]\s*", re.IGNORECASE)
# Words of questions by the field that they ask for. The first that fits counts.
_ASKED = {
    "email": r"e-?mail",
    "phone": r"phone|telefon|call you",
    "first name": r"first name|vorname",
    "last name": r"last name|surname|nachname",
    "employees": r"how many (?:employees|people)|company size|mitarbeiter",
    "title": r"job title|role|position",
    "website": r"website|homepage",
    "source": r"hear about us",
    "company": r"company|organi[sz]ation|firma|unternehmen|work for|employer|where (?:do you|are you) work",
    "name": r"name",
}


_SNAKE = re.compile(r"(?m)^(\W*)([A-Za-z]+(?:_[A-Za-z]+)+)(?=\W)")
_DASHED = re.compile(r"^\W*([^\W\d_][\w .'-]{0,30}?)\s+[-–—]+>?\s+(.+)$")
_SENT_BY = re.compile(r"^(?:from|von|de)\s*:\s*(?:\"?([^<\"]*?)\"?\s*)<?([^<>\s]+@[^<>\s]+?)>?\s*$", re.IGNORECASE)
# Lines of an e-mail's head, and lines about people of ours. They do not describe the lead.
_OURS = re.compile(
    r"^\W*(?:to|cc|bcc|an|reply-to|date|sent|subject|betreff|gesendet|(?:owner|rep|sales|ae|sdr|bdr|csm|assigned|assignee|our"
    r"|account (?:owner|manager|executive)|referr(?:ed|er)|partner|manager|booked)\b[^:\n]{0,30})\s*:",
    re.IGNORECASE,
)


def of_the_lead(text: str) -> str:
    """Returns the text without lines about others: the head of a forwarded e-mail, the owner, a referrer. The sender of
    the e-mail is the lead."""
    lines = []
    for line in text.splitlines():
        if sender := _SENT_BY.match(line):
            lines += [f"name: {sender[1]}"] * bool(sender[1]) + [f"email: {sender[2]}"]
        elif not _OURS.match(line):
            lines.append(line)
    return "\n".join(lines)


def labelled(text: str) -> str:
    """Returns the text with tables, and questions with answers, as lines with labels. Reads the first row of a
    table."""
    text = _SNAKE.sub(lambda found: found[1] + found[2].replace("_", " "), text)
    lines = [_colon(line) for line in text.splitlines()[:MOST_LINES]]
    return "\n".join((*_answered(list(_rows(lines))), *text.splitlines()[MOST_LINES:]))


def _colon(line: str) -> str:
    """Returns a line with a colon instead of a dash after its label: `Company - Acme`."""
    found = _DASHED.match(line)
    return f"{found[1]}: {found[2]}" if found and found[1].casefold() in FIELD_OF else line


def rows_of(text: str) -> int:
    """Returns how many rows the first table in a text has under its head."""
    lines = text.splitlines()[:MOST_LINES]
    for place, line in enumerate(lines):
        if (head := _head(line)) is not None:
            return len(_body(lines[place + 1 :], len(head)))
    return 0


def _rows(lines: Sequence[str]) -> Iterator[str]:
    """Yields each row under a head, and each row that begins with a label, with its labels."""
    skip = 0
    for place, line in enumerate(lines):
        if skip:
            skip -= 1
            continue
        head = _head(line)
        body = _body(lines[place + 1 :], len(head)) if head is not None else []
        if head is not None and body:
            yield from (f"{name}: {cell}" for name, cell in zip(head, body[0], strict=True) if name and cell)
            skip = len(body) + sum(_RULE.fullmatch(one) is not None for one in lines[place + 1 : place + 2])
            continue
        cells = _cells(line) if "|" in line or "\t" in line else []
        if len(cells) == 2 and (name := FIELD_OF.get(cells[0].lower().rstrip(":"))):
            yield f"{name}: {cells[1]}"
        elif _RULE.fullmatch(line) is None:
            yield line


def _head(line: str) -> list[str] | None:
    """Returns the fields that the head of a table names, in its order. A cell that names none is empty. None if the
    line is no head."""
    cells = [cell.lower().rstrip(":") for cell in _cells(line)]
    named = [FIELD_OF.get(cell, "") for cell in cells]
    return named if len(cells) > 1 and sum(map(bool, named)) > 1 and all(cells) and "email" in named else None


def _body(lines: Sequence[str], columns: int) -> list[list[str]]:
    """Returns the rows of a table after its head."""
    found: list[list[str]] = []
    for line in lines:
        if _RULE.fullmatch(line) and not found:
            continue
        cells = _cells(line)
        if len(cells) != columns:
            break
        found.append(cells)
    return found


def _cells(line: str) -> list[str]:
    mark = next((mark for mark in "\t|;," if mark in line), None)
    bare = line.strip().strip("|") if mark == "|" else line
    return [cell.strip(" *_\"'") for cell in bare.split(mark)] if mark else []


def _answered(lines: Sequence[str]) -> Iterator[str]:
    """Yields each question, or label on a line of its own, together with its answer."""
    asked = ""
    for line in lines:
        if not line.strip():
            yield line
            continue
        name = _asked(line)
        if asked and not name:
            yield f"{asked}: {_ANSWER.sub('', line).strip()}"
            asked = ""
            continue
        asked = name
        if not name:
            yield line


def _asked(line: str) -> str:
    """Returns the field that a line asks for, if it says nothing else."""
    bare = shadow(line).strip(" *_•-")
    if len(bare) > 100 or "@" in bare:
        return ""
    rest = _FIRST.sub("", bare.lower()).strip(" *_:?.")
    if rest in FIELD_OF:
        return FIELD_OF[rest]
    if not bare.rstrip("* _").endswith("?"):
        return ""
    return next((name for name, words in _ASKED.items() if re.search(words, rest)), "")
