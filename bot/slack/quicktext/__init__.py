"""Reads a lead from one line of text.

`Jane Doe, Acme, jane@acme.com, source=webinar score=72 "asked for pricing"`: in any order, with any marks between, with
keys or without, as Slack sends it. A part with one possible meaning gets its field. Any other gets the likeliest, and
Baton asks: a wrong lead is worse than a question.

`marks` undoes Slack's own marks and finds those that people use. `parts` says what belongs together. `looks`, `phones`,
`companies` and `address` tell what a few words are, by `spelling`, by `words` and by libraries. `placing` gives each
part to a field. `whom` says for whom the lead is. `evidence` tells name, company and role from each other. `surplus`
and `doubts` find values that do not belong in their field. `layouts` reads the tables and questions of messages.
"""

import re
from dataclasses import dataclass, field

from bot.slack.quicktext.doubts import doubts
from bot.slack.quicktext.layouts import labelled, of_the_lead, rows_of
from bot.slack.quicktext.marks import Looks, typed
from bot.slack.quicktext.parts import Part, header, parts
from bot.slack.quicktext.phones import phone_in
from bot.slack.quicktext.placed import Placed
from bot.slack.quicktext.placing import place
from models.errors import PersonId

EXAMPLE = '/mql Jane Doe, Acme, jane@acme.com, source=webinar "asked for pricing"'


_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_FAX = re.compile(r"\b(?:tele)?fax(?:nummer| number)?\W{0,3}\+?[\d ()/.-]*|(?m:^)\s*F:[ \d+()/.-]*", re.IGNORECASE)
# `New lead from the website: Jane Doe, …`
_LEAD_IN = re.compile(
    r"^[^:,\n@]{0,40}\b(?:lead|request|contact|inquiry|enquiry|sign-?up|anfrage)\b[^:,\n@]{0,20}:\s*", re.IGNORECASE
)
_NEW_LEAD = re.compile(r"^(?:new |neuer )?(?:lead|mql)\s*:\s*", re.IGNORECASE)

# Emoji as Slack writes them, and lines that name who gets a copy.
_SHORTCODES = re.compile(r"(?<![\w:]):(?=[\w+-]*[a-z+-])[\w+-]{1,50}:(?![\w:])|(?m:\s\bcc\b[^\n@]*$)")

# In characters. The rest of a longer text is not read, and stays in the note for whoever looks it over.
LONGEST = 4000


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What was understood: texts by field, for whom the lead is, and what to ask before it is filed. `rep_name` is the
    name or handle of somebody who was asked for without a mention."""

    fields: dict[str, str] = field(default_factory=dict)
    rep: PersonId | None = None
    rep_name: str = ""
    problems: dict[str, str] = field(default_factory=dict)


def read(text: str, *, country: str = "") -> Draft:
    """Understands as much as possible. The check of the fields says what is missing or wrong. Reads phone numbers also
    as people write them in this country (two letters)."""
    said = _NEW_LEAD.sub("", typed(text).strip())
    beyond = said[LONGEST:].strip()
    said = said[:LONGEST]
    columns = header(said)
    placed = place(parts(said), country=country) if columns is None else _table(said, columns, country)
    if beyond:
        placed.doubt("long", f"only the first {LONGEST:,} letters were read")
        placed.fields["why_now"] = f"{placed.fields.get('why_now', '')} {beyond}".strip()
    if not placed.doubts:
        for about, sentence in doubts(said, placed.fields, country=country):
            placed.doubt(about, sentence)
    people, names = list(dict.fromkeys(placed.people)), list(dict.fromkeys(placed.names))
    if len(people) + len(names) > 1:
        placed.doubt("rep", "it is for several people; choose one of them")
    fields = {name: value for name, value in placed.fields.items() if value.strip()}
    return Draft(
        fields=fields,
        rep=PersonId(people[0]) if people else None,
        rep_name="" if people or not names else names[0],
        problems=placed.doubts,
    )


def of_message(text: str, *, country: str = "") -> Draft:
    """Returns what the message of a person or a program says about a lead. Of sentences it reads only addresses and
    labelled values. If each part of the message, or of the line with the address, has exactly one place, it reads all
    of it. Of several leads it returns the first, and a problem that says so."""
    whole = _SHORTCODES.sub(" ", of_the_lead(typed(text)[:LONGEST]))
    said, others = _first_lead(whole)
    said = labelled(said)
    placed = place(parts(said), country=country)
    with_address = next((_LEAD_IN.sub("", line) for line in said.splitlines() if "@" in line), "")
    one_line = place(parts(with_address), country=country)
    certain = next((one.fields for one in (placed, one_line) if _is_whole(one)), {})
    told = [part for part in parts(said) if part.key is not None or part.looks is Looks.EMAIL]
    fields = place(told, country=country).fields | certain
    if "phone" not in fields and (number := phone_in(_FAX.sub("", said), country)):
        fields["phone"] = number
    problems = {}
    if others:
        problems["several"] = f"there may be more than one lead in it; this is the first, not {others[:200]}"
    return Draft(
        fields={name: value for name, value in fields.items() if value.strip() and name != "why_now"},
        problems=problems,
    )


def _is_whole(placed: Placed) -> bool:
    """True if it says who and where, and each part has a place. Several lines of one field do no harm in a form."""
    return {"name", "company", "email"} <= placed.fields.keys() and placed.doubts.keys() <= {
        "lines",
        "fax",
        "two phone",
    }


def _first_lead(said: str) -> tuple[str, str]:
    """Returns the text about the first lead, and what tells the others: their addresses, or how many rows a table
    has."""
    found = list(_ADDRESS.finditer(said))
    addresses = list(dict.fromkeys(one[0].lower() for one in found))
    rows = rows_of(said)
    if rows > 1:
        return said, ", ".join(addresses[1:]) or f"the other {rows - 1} rows"
    if len(addresses) < 2:
        return said, ""
    second = next(one.start() for one in found if one[0].lower() != addresses[0])
    before = said[:second]
    cut = before.rfind("\n\n", found[0].end())
    cut = cut if cut >= 0 else before.rfind("\n", found[0].end())
    return said[: cut if cut >= 0 else second], ", ".join(addresses[1:])


def _table(said: str, columns: list[str], country: str) -> Placed:
    """Reads a table of a head and one line or more. It is no line that flags a lead, but one row of it can be read."""
    rows = [line for line in said.strip().splitlines()[1:] if line.strip()]
    mark = next((mark for mark in "\t;|," if mark in said.strip().splitlines()[0]), ",")
    cells = [cell.strip().strip('"') for cell in rows[0].split(mark)] if len(rows) == 1 else []
    whole = len(cells) == len(columns)
    found = (
        parts("\n".join(f"{name}={cell}" for name, cell in zip(columns, cells, strict=True) if cell))
        if whole
        else _rest(rows)
    )
    placed = place(found, country=country)
    placed.doubts = {
        "table": f"that looks like a table, and one line is one lead: write its values only, as in `{EXAMPLE}`"
    }
    return placed


def _rest(rows: list[str]) -> list[Part]:
    return parts(rows[0]) if rows else []
