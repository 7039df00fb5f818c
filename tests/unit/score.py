"""How well lines are read: filed rightly, filed wrongly, or asked about."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.slack import quicktext
from models.rules import fields
from tests.unit.line_parts import Line


@dataclass(kw_only=True)
class Score:
    """Counts by kind of line, and the lines that went wrong with what was made of them."""

    filed: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[Line, str]] = field(default_factory=list)
    separated: int = 0
    separated_filed: int = 0
    not_filed: list[Line] = field(default_factory=list)


def filed(text: str) -> tuple[dict[str, str], str | None] | None:
    """The fields and the rep that a line would be filed with at once, and None where the form opens.
    A rep who is only named, and not mentioned, is `@name`."""
    draft = quicktext.read(text)
    if draft.problems:
        return None
    try:
        lead = fields.check(draft.fields)
    except fields.BadLead:
        return None
    said = {name: str(getattr(lead, name)) for name in fields.FIELDS if getattr(lead, name) not in ("", None)}
    return said, draft.rep or (f"@{draft.rep_name}" if draft.rep_name else None)


def score(lines: Iterable[Line]) -> Score:
    """Read each line and hold it against the truth; white space within a value makes no difference."""
    result = Score()
    for line in lines:
        got = filed(line.text)
        result.separated += line.separated
        if got is None:
            result.asked[line.kind] += 1
            if line.separated:
                result.not_filed.append(line)
            continue
        result.filed[line.kind] += 1
        fields, rep = got
        right = [_folded(one) for one in (line.truth, *line.also) if one is not None]
        if _folded(fields) not in right or rep != line.rep:
            result.wrong.append((line, repr((fields, rep))))
        elif line.separated:
            result.separated_filed += 1
    return result


def _folded(fields: dict[str, str]) -> dict[str, str]:
    return {name: " ".join(value.split()).casefold() for name, value in fields.items()}
