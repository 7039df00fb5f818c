"""What somebody means who flags a lead in one line.

`Jane Doe, Acme, jane@acme.com, source=webinar score=72 "asked for pricing"`: in any order, with the marks that people
put between, with keys or without, as Slack sends it. What each part can only be, it is; what could be several things is
put where it most likely belongs, and asked about: a wrong lead is worse than a question.

`marks` undoes Slack's own marks and finds those that people use; `parts` says what belongs together; `looks` tells what
a few words look like, by `words` and by libraries; `placing` gives each part to a field.
"""

from dataclasses import dataclass, field

from bot.slack.quicktext import looks
from bot.slack.quicktext.doubts import doubts
from bot.slack.quicktext.marks import Looks, typed
from bot.slack.quicktext.parts import Part, header, parts
from bot.slack.quicktext.placing import Placed, place
from models.errors import PersonId

EXAMPLE = '/mql Jane Doe, Acme, jane@acme.com, source=webinar "asked for pricing"'


LONGEST = 4000
"""So many letters are read. More are no line, and kept for whoever looks it over."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What was understood: texts by field, who it is for, and what is to be asked before it is filed. `rep_name` is the
    name or handle of somebody who was asked for without a mention."""

    fields: dict[str, str] = field(default_factory=dict)
    rep: PersonId | None = None
    rep_name: str = ""
    problems: dict[str, str] = field(default_factory=dict)


def read(text: str, *, country: str = "") -> Draft:
    """Understand as much as possible; what is missing or wrong is for the check of the fields to say. Phone numbers are
    also read as people write them in this country (two letters)."""
    said = typed(text).strip()
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


def of_message(text: str, *, country: str = "") -> dict[str, str]:
    """What the message of a person or a program says of a lead, by field. Of sentences only addresses and what stands
    behind labels; where every part has just one place, all of it."""
    said = typed(text)[:LONGEST]
    found = parts(said)
    whole = place(found, country=country)
    told = place([part for part in found if part.key is not None or part.looks is Looks.EMAIL], country=country).fields
    fields = whole.fields if not whole.doubts and {"name", "company", "email"} <= whole.fields.keys() else told
    if "phone" not in fields and (number := looks.phone_in(said, country)):
        fields["phone"] = number
    return {name: value for name, value in fields.items() if value.strip() and name != "why_now"}


def _table(said: str, columns: list[str], country: str) -> Placed:
    """The head of a table, and a line or more of it: that is no line that flags a lead, but one of it can be read."""
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
