"""The weekly digest: one message that a manager reads in a minute, and its tables in the thread.

`digest_headline` has the first lines, `digest_lines` the numbers. It names a person beside late leads only if that
person has been told of them, and never in the handoff channel.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

from bot.slack.text import for_terminal, mention
from bot.slack.views.blocks import Block, Message, context, divider, fields, header, message, section
from bot.slack.views.digest_chart import bars, chart
from bot.slack.views.digest_headline import changes, first_line, who_is_late
from bot.slack.views.digest_lines import below, in_full, open_now, promises, source_line, volume, with_whom
from bot.slack.views.digest_words import in_paragraphs, references
from models.rules import findings
from models.rules.agreement import Agreement
from models.rules.digest_numbers import SMALL, DigestNumbers
from models.rules.week import Week

# The most sources, and sections with people, in the thread.
MORE_SOURCES, SECTIONS_OF_PEOPLE = 20, 12


def digest(numbers: DigestNumbers, agreement: Agreement, *, late: bool = False) -> Message:
    """Returns the week in one message. A quiet week gets two lines. `late`: the digest was not written in time."""
    so_far = " so far" if numbers.as_of < numbers.week.span(agreement.zone).end else ""
    title = f"Handoffs, week {numbers.week.number}{so_far} · {_dates(numbers.week)}"
    first, named = first_line(numbers), references(numbers)
    top: list[Block] = [header(title)]
    if late:
        top.append(context("This digest is late: I was not running when it was due."))
    if findings.is_quiet(numbers):
        return message(f"{title}. {first}", [*top, section("\n".join([first, *open_now(numbers)]))])
    blocks: list[Block] = [
        *top,
        section("\n".join([f"*{first}*", *who_is_late(numbers, agreement, named), *changes(numbers, agreement)])),
        divider(),
        fields(promises(numbers)),
        divider(),
        section(volume(numbers)),
    ]
    rest: list[Block] = [section("\n".join(lines)) for lines in below(numbers, agreement, named) if lines]
    if 0 < numbers.this_week.flagged < SMALL:
        rest.append(context(f"Fewer than {SMALL} handoffs this week: read the rates with care."))
    if numbers.last_week is None:
        return message(f"{title}. {first}", [*blocks, *rest])
    made = message(f"{title}. {first}", [*blocks, chart(numbers), *rest])
    return made._replace(plainer=[*blocks, bars(numbers), *rest])


def details(numbers: DigestNumbers, agreement: Agreement) -> Message:
    """Returns the tables behind the digest, for its thread."""
    shown = [f"*{name}*\n{value}" for name, value in in_full(numbers).items() if value]
    owners = with_whom(numbers, references(numbers)) if agreement.digest_names_people else []
    paragraphs = in_paragraphs(["*Open now, and with whom*", *owners]) if owners else []
    blocks = [
        section("*All numbers*"),
        *([fields(shown)] if shown else []),
        *[section(paragraph) for paragraph in paragraphs[:SECTIONS_OF_PEOPLE]],
        *[section(source_line(row, numbers, agreement)) for row in numbers.sources[:MORE_SOURCES]],
        context(
            "Handoffs and acceptance: flagged in the week (after a fix again), by sales' first answer; after an "
            "overturned rejection by the next one. Promises: those that fell due in the week, in business hours of "
            "the person on the clock. Times: median, 90th percentile. Something moved if chance alone makes as large "
            "a change less often than once in a thousand (Fisher's exact test against the weeks before).",
            f"Counted on {numbers.as_of:%Y-%m-%d %H:%M} UTC.",
        ),
    ]
    return message("All numbers of the week", blocks)


def as_text(made: Message, names: Mapping[str, str] | None = None) -> str:
    """Returns a message's words without Slack's marks, for a terminal. `names` are people's names by id. Without a
    name, the id stays."""
    lines: list[str] = []
    for block in made.plainer or made.blocks:
        if "text" in block:
            lines.append(block["text"]["text"])
        lines += [field["text"] for field in block.get("fields", [])]
        lines += [element["text"] for element in block.get("elements", []) if "text" in element]
        if block["type"] == "divider":
            lines.append("─" * 9)
    plain = re.sub(r"<https?://[^|>]*\|([^>]*)>", r"\1", "\n".join(lines).replace("*", ""))
    for person, name in (names or {}).items():
        plain = plain.replace(mention(person), f"@{name}" if name else person)
    return for_terminal(plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def _dates(week: Week) -> str:
    first, last = week.monday, week.monday + timedelta(days=6)
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{start} to {last.day} {last:%B}"
