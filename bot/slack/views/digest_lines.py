"""The numbers of the digest in words: a function for each number or group of numbers.

`below` lists what stands in the message, `in_full` what stands in its thread. A test says which number stands in
neither.
"""

from bot.slack.text import escape, mention, quoted
from bot.slack.views.card import MEANINGS, asked_as
from bot.slack.views.digest_headline import to_talk_about
from bot.slack.views.digest_words import (
    Reference,
    amounts,
    handoffs,
    in_time,
    length,
    plural,
    rate,
    some,
    source_name,
    weeks_before,
    with_value,
)
from models.rules.agreement import Agreement
from models.rules.digest_numbers import SMALL, DigestNumbers, Kept, SourceRow, Volume

# The most sources in the message. The thread names more.
SOURCES = 5
# The most leads of each person in the thread.
MORE_LEADS = 15


def below(numbers: DigestNumbers, agreement: Agreement, named: Reference) -> tuple[list[str], ...]:
    """Returns the lines of each paragraph below the chart, in order. Of a paragraph that says nothing, there are
    none."""
    return (
        _sources(numbers, agreement),
        _refusals(numbers, agreement, named),
        _outcomes(numbers, agreement),
        _feedback(numbers),
        _wins(numbers, agreement, named),
        open_now(numbers),
        to_talk_about(numbers, agreement),
    )


def in_full(numbers: DigestNumbers) -> dict[str, str]:
    """Returns the numbers that stand in the thread only, by name. Of what was not counted, there is no text."""
    return {
        "Time to accept or reject": _times(numbers.accept),
        "Time to first contact": _times(numbers.contact),
        "Speed to lead, around the clock": _times(numbers.speed),
        f"MQLs in the {weeks_before(numbers)}": ", ".join(f"{volume.flagged}" for volume in numbers.trend[:-1]),
    }


def promises(numbers: DigestNumbers) -> list[str]:
    sales = [
        f"{promise} {in_time(kept)}: {rate(kept.share)}"
        for promise, kept in (("answer", numbers.accept), ("contact", numbers.contact))
        if kept.due
    ]
    medians = [
        f"{length(kept.median)} {what}"
        for kept, what in ((numbers.accept, "to answer"), (numbers.contact, "to contact"))
        if kept.median is not None
    ]
    if medians:
        sales.append(f"median {', '.join(medians)}")
    last = f" ({numbers.last_week.flagged} last week)" if numbers.last_week else ""
    marketing = [f"MQLs: {numbers.this_week.flagged}{last}"]
    if numbers.answers.due:
        marketing.append(f"rejections answered {in_time(numbers.answers)}: {rate(numbers.answers.share)}")
    return ["\n".join(["*Sales promised*", *(sales or ["nothing fell due"])]), "\n".join(["*Marketing*", *marketing])]


def volume(numbers: DigestNumbers) -> str:
    week, weeks = numbers.this_week, len(numbers.trend) - 1
    before = ""
    if numbers.last_week is not None:
        usual = f", {numbers.before.flagged / weeks:.1f} a week in the {weeks} before" if weeks > 1 else ""
        before = f" ({numbers.last_week.flagged} last week{usual})"
    became = f": {_became(week)}" if week.flagged else ""
    return f"*{week.flagged or 'No'} handoff{plural(week.flagged)}* flagged{before}{became}."


def _became(volume: Volume) -> str:
    """Returns what became of the flagged leads: accepted 3 of 4 answered; 6 waiting."""
    taken = rate(volume.acceptance, of="answered")
    parts = (
        f"accepted {taken}" if volume.answered else "",
        f"{volume.waiting} waiting" if volume.waiting else "",
        f"{volume.withdrawn} withdrawn" if volume.withdrawn else "",
    )
    return "; ".join(part for part in parts if part)


def _sources(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    if not numbers.sources:
        return []
    lines = [source_line(row, numbers, agreement) for row in numbers.sources[:SOURCES]]
    more = len(numbers.sources) - len(lines)
    return ["*By source*", *lines, *([f"and {more} more in the thread"] if more else [])]


def source_line(row: SourceRow, numbers: DigestNumbers, agreement: Agreement) -> str:
    parts = [f"{source_name(row.source)}: {row.week.flagged}", _became(row.week)]
    if row.before.answered:
        parts.append(f"{rate(row.before.acceptance)} in the {weeks_before(numbers)}")
    if row.qualified:
        parts.append(with_value(f"{row.qualified} SQL", row.value, agreement))
    return " · ".join(part for part in parts if part)


def _refusals(numbers: DigestNumbers, agreement: Agreement, named: Reference) -> list[str]:
    counted = numbers.rejections.by_reason
    if not counted:
        return []
    few = " (too few to rank)" if sum(count for _, count in counted) < SMALL else ""
    reasons = ", ".join(f"{escape(asked_as(agreement, code), 70)} {count}" for code, count in counted[:8])
    quotes = [
        f"{quoted(one.note, 200)} {mention(one.person)} on {named(one.number)}" for one in numbers.rejections.quotes
    ]
    return [f"*Why sales said no*: {reasons}{few}", *quotes]


def _outcomes(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    this, earlier = numbers.outcomes, numbers.earlier
    week = [
        with_value(f"{this.qualified} SQL", this.qualified_value, agreement) if this.qualified else "",
        with_value(f"{this.won} won", this.won_value, agreement) if this.won else "",
        f"{this.lost} lost" if this.lost else "",
        f"{this.disqualified} disqualified" if this.disqualified else "",
    ]
    became = [
        f"{earlier.accepted} accepted" if earlier.accepted else "",
        f"{earlier.qualified} SQL" if earlier.qualified else "",
        with_value(f"{earlier.won} won", earlier.won_value, agreement) if earlier.won else "",
    ]
    whose = f"What became of the {handoffs(earlier.flagged)} of the {weeks_before(numbers)}"
    return [
        f"*{name}*: {', '.join(part for part in parts if part)}."
        for name, parts in (("This week", week), (whose, became))
        if any(parts)
    ]


def _feedback(numbers: DigestNumbers) -> list[str]:
    said = ", ".join(f"{MEANINGS.get(meaning, meaning)} {count}" for meaning, count in numbers.feedback)
    return [f"*What reps made of the leads*: {said}."] if said else []


def _wins(numbers: DigestNumbers, agreement: Agreement, named: Reference) -> list[str]:
    if not numbers.wins:
        return []
    won = (
        f"{escape(win.company, 100)}, {amounts((win.value,), agreement)} ({named(win.number)}, flagged by "
        f"{mention(win.flagged_by)}, closed by {mention(win.closed_by)}, {win.days} day{plural(win.days)})"
        for win in numbers.wins
    )
    more = numbers.outcomes.won - len(numbers.wins)
    return ["*Won this week*", *won, *([f"and {more} more"] if more else [])]


def open_now(numbers: DigestNumbers) -> list[str]:
    """Returns what is open, and what the teams owe each other."""
    debts, lines = numbers.debts, []
    if numbers.open:
        lines.append(f"*Open now*: {numbers.open}, {f'of which {numbers.late} late' if numbers.late else 'none late'}.")
    owed = []
    if debts.sales_unanswered:
        owed.append(f"sales owes an answer to {handoffs(debts.sales_unanswered)}{_overdue(debts.sales_overdue)}")
    if debts.marketing_unanswered:
        rejections = f"{debts.marketing_unanswered} rejection{plural(debts.marketing_unanswered)}"
        owed.append(f"marketing owes one to {rejections}{_overdue(debts.marketing_overdue)}")
    return [*lines, *([f"*Debts*: {', '.join(owed)}."] if owed else [])]


def _overdue(count: int) -> str:
    return f" ({count} overdue)" if count else ""


def with_whom(numbers: DigestNumbers, named: Reference) -> list[str]:
    return [
        f"{mention(owner.person)}: {owner.open} open"
        + (f", late: {some(owner.told, MORE_LEADS, named)}" if owner.told else "")
        for owner in numbers.owners
    ]


def _times(kept: Kept) -> str:
    if kept.median is None:
        return ""
    return f"median {length(kept.median)}, 90th percentile {length(kept.ninetieth)}"
