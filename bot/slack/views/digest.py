"""The weekly digest: one message that a manager reads in a minute, and its tables in the thread.

`models/rules/findings.py` decides what the digest finds, and this module puts it into words. It names a person beside
late leads only if that person has been told of them, and never in the handoff channel.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from bot.slack.text import escape, for_terminal, listing, mention, money, percent, permalink, quoted, span
from bot.slack.views.blocks import SECTION, Block, Message, context, divider, fields, header, message, section
from bot.slack.views.card import MEANINGS, asked_as
from models.rules import findings
from models.rules.agreement import Agreement
from models.rules.digest_numbers import SMALL, Amounts, DigestNumbers, Kept, SourceRow, Volume
from models.rules.findings import Missed, Moved, Subject
from models.rules.statistics import Share
from models.rules.week import Week

# The most people with late leads, leads of each person, and sources in the first message. The thread names more.
PEOPLE, LEADS, SOURCES = 6, 4, 5
# The most leads of each person, sources, and sections with people in the thread.
MORE_LEADS, MORE_SOURCES, SECTIONS_OF_PEOPLE = 15, 20, 12
# The most changes in the first lines.
CHANGES = 2

# Returns how a handoff is named, from its number: as a link to its card, if the card's place is known.
Reference = Callable[[int], str]


def digest(numbers: DigestNumbers, agreement: Agreement, *, late: bool = False) -> Message:
    """Returns the week in one message. A quiet week gets two lines. `late`: the digest was not written in time."""
    so_far = " so far" if numbers.as_of < numbers.week.span(agreement.zone).end else ""
    title = f"Handoffs, week {numbers.week.number}{so_far} · {_dates(numbers.week)}"
    first, named = _first_line(numbers), _references(numbers)
    top: list[Block] = [header(title)]
    if late:
        top.append(context("This digest is late: I was not running when it was due."))
    if findings.is_quiet(numbers):
        return message(f"{title}. {first}", [*top, section("\n".join([first, *_now(numbers)]))])
    blocks: list[Block] = [
        *top,
        section("\n".join([f"*{first}*", *_who_is_late(numbers, agreement, named), *_changes(numbers, agreement)])),
        divider(),
        fields(_promises(numbers, agreement)),
        divider(),
        section(_volume(numbers)),
    ]
    rest: list[Block] = [
        section("\n".join(lines))
        for lines in (
            _sources(numbers, agreement),
            _refusals(numbers, agreement, named),
            _outcomes(numbers, agreement),
            _feedback(numbers),
            _wins(numbers, agreement, named),
            _now(numbers),
            _to_talk_about(numbers, agreement),
        )
        if lines
    ]
    if 0 < numbers.this_week.flagged < SMALL:
        rest.append(context(f"Fewer than {SMALL} handoffs this week: read the rates with care."))
    if numbers.last_week is None:
        return message(f"{title}. {first}", [*blocks, *rest])
    made = message(f"{title}. {first}", [*blocks, _chart(numbers), *rest])
    return made._replace(plainer=[*blocks, _trend(numbers), *rest])


def details(numbers: DigestNumbers, agreement: Agreement) -> Message:
    """Returns the tables behind the digest, for its thread."""
    counted = {
        "Time to accept or reject": _times(numbers.accept),
        "Time to first contact": _times(numbers.contact),
        "Speed to lead, around the clock": _times(numbers.speed),
        f"MQLs in the {_weeks_before(numbers)}": ", ".join(f"{volume.flagged}" for volume in numbers.trend[:-1]),
    }
    shown = [f"*{name}*\n{value}" for name, value in counted.items() if value]
    owners = _with_whom(numbers, _references(numbers)) if _may_name(agreement) else []
    paragraphs = _paragraphs(["*Open now, and with whom*", *owners]) if owners else []
    blocks = [
        section("*All numbers*"),
        *([fields(shown)] if shown else []),
        *[section(paragraph) for paragraph in paragraphs[:SECTIONS_OF_PEOPLE]],
        *[section(_source_line(row, numbers, agreement)) for row in numbers.sources[:MORE_SOURCES]],
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


# The first lines: which promises were not kept, with whom the leads are, and what moved.


def _first_line(numbers: DigestNumbers) -> str:
    """Returns which leads nobody answered and which are late. If there are none, says so."""
    missed = findings.missed(numbers)
    if missed:
        return "; ".join(_missed(one, numbers) for one in missed) + "."
    due, flagged, open_now = numbers.accept.due, numbers.this_week.flagged, numbers.open
    if due:
        answered = "The one lead that was due for an answer got it" if due == 1 else f"All {due} leads got an answer"
        return f"{answered} in time; {'nothing that is open is late' if open_now else 'nothing is open'}."
    if flagged:
        return f"{_leads(flagged)} {_were(flagged)} flagged; none was due for an answer yet."
    return f"A quiet week: no lead was flagged{'' if open_now else ', and none is open'}."


def _missed(one: Missed, numbers: DigestNumbers) -> str:
    missed, of = one.share
    match one.subject:
        case Subject.ANSWERS:
            undone = numbers.accept.undone
            if undone == missed:
                return f"{missed} of {_leads(of)} got no answer"
            return f"{missed} of {_leads(of)} got no answer in time" + (f", {undone} none at all" if undone else "")
        case Subject.CONTACTS:
            return f"{missed} of {of} accepted lead{_s(of)} got no first contact in time"
        case Subject.LATE:
            return f"{missed} of {of} open lead{_s(of)} {'is' if missed == 1 else 'are'} late"
        case Subject.REPLIES | Subject.ACCEPTANCE | Subject.SOURCE | Subject.REASON:
            raise ValueError(f"{one.subject} is nothing that sales promised")


def _who_is_late(numbers: DigestNumbers, agreement: Agreement, named: Reference) -> list[str]:
    """Returns which leads are late, and with whom. Leaves out leads of which their owners have not been told."""
    told = [owner for owner in numbers.owners if owner.told]
    if not told:
        return []
    if _may_name(agreement):
        late = [
            f"{len(owner.told)} with {mention(owner.person)} ({_some(owner.told, LEADS, named)})"
            for owner in told[:PEOPLE]
        ]
        if others := sum(len(owner.told) for owner in told[PEOPLE:]):
            late.append(f"{others} with others")
        know = {1: "They were told.", 2: "Both were told."}.get(len(told), "All were told.")
    else:
        late = [_some(sorted(number for owner in told for number in owner.told), PEOPLE * LEADS, named)]
        know = "Whoever has them was told."
    if unheard := numbers.late - sum(len(owner.told) for owner in told):
        know += f" {unheard} more {'is' if unheard == 1 else 'are'} not named before whoever has them is told."
    return [f"Late: {', '.join(late)}. {know} Open each: move it on, or give it back."]


def _changes(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    if numbers.last_week is None:
        return ["There is no earlier week to compare with yet."]
    changes = [_moved(one, agreement) for one in findings.moved(numbers)[:CHANGES]]
    return changes or [f"Nothing moved beyond chance against the {_weeks_before(numbers)}."]


def _moved(one: Moved, agreement: Agreement) -> str:
    return f"{_subject(one, agreement)} {'rose' if one.rose else 'fell'} from {_rate(one.before)} to {_rate(one.now)}."


def _subject(one: Moved, agreement: Agreement) -> str:
    match one.subject:
        case Subject.ANSWERS:
            return "Answers in time"
        case Subject.CONTACTS:
            return "First contacts in time"
        case Subject.LATE:
            return "Late leads"
        case Subject.REPLIES:
            return "Rejections answered in time"
        case Subject.ACCEPTANCE:
            return "Acceptance"
        case Subject.SOURCE:
            return f"Acceptance of {_source(one.name)}"
        case Subject.REASON:
            return f"“{escape(asked_as(agreement, one.name), 70)}” among the rejections"


# The numbers.


def _promises(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    sla = agreement.sla
    sales = [
        f"{promise} in {hours:g} h: {_rate(kept.share)}"
        for promise, hours, kept in (
            ("answer", sla.accept_hours, numbers.accept),
            ("contact", sla.contact_hours, numbers.contact),
        )
        if kept.due
    ]
    medians = [
        f"{_length(kept.median)} {what}"
        for kept, what in ((numbers.accept, "to answer"), (numbers.contact, "to contact"))
        if kept.median is not None
    ]
    if medians:
        sales.append(f"median {', '.join(medians)}")
    last = f" ({numbers.last_week.flagged} last week)" if numbers.last_week else ""
    marketing = [f"MQLs: {numbers.this_week.flagged}{last}"]
    if numbers.answers.due:
        marketing.append(f"rejections answered in {sla.answer_hours:g} h: {_rate(numbers.answers.share)}")
    return ["\n".join(["*Sales promised*", *(sales or ["nothing fell due"])]), "\n".join(["*Marketing*", *marketing])]


def _volume(numbers: DigestNumbers) -> str:
    week, weeks = numbers.this_week, len(numbers.trend) - 1
    before = ""
    if numbers.last_week is not None:
        usual = f", {numbers.before.flagged / weeks:.1f} a week in the {weeks} before" if weeks > 1 else ""
        before = f" ({numbers.last_week.flagged} last week{usual})"
    became = f": {_became(week)}" if week.flagged else ""
    return f"*{week.flagged or 'No'} handoff{_s(week.flagged)}* flagged{before}{became}."


def _became(volume: Volume) -> str:
    """Returns what became of the flagged leads: accepted 3 of 4 answered; 6 waiting."""
    taken = _rate(volume.acceptance, of="answered")
    parts = (
        f"accepted {taken}" if volume.answered else "",
        f"{volume.waiting} waiting" if volume.waiting else "",
        f"{volume.withdrawn} withdrawn" if volume.withdrawn else "",
    )
    return "; ".join(part for part in parts if part)


def _chart(numbers: DigestNumbers) -> Block:
    weeks = [f"W{numbers.week.back(n).number:02}" for n in range(len(numbers.trend) - 1, -1, -1)]
    series = [
        ("Flagged", [volume.flagged for volume in numbers.trend]),
        ("Accepted", [volume.accepted for volume in numbers.trend]),
        ("Rejected", [volume.rejected for volume in numbers.trend]),
    ]
    return {
        "type": "data_visualization",
        "title": "MQLs by week",
        "chart": {
            "type": "line",
            "series": [
                {"name": name, "data": [{"label": w, "value": v} for w, v in zip(weeks, values, strict=True)]}
                for name, values in series
            ],
            "axis_config": {"categories": weeks, "x_label": "Week", "y_label": "Leads"},
        },
    }


def _trend(numbers: DigestNumbers) -> Block:
    """Returns the chart in words and bars, for a workspace in which Slack does not draw it."""
    most = max((volume.flagged for volume in numbers.trend), default=0) or 1
    bars = "".join("▁▂▃▄▅▆▇█"[round(volume.flagged / most * 7)] for volume in numbers.trend)
    last = numbers.trend[-4:]
    shares = " → ".join(_rate(volume.acceptance) if volume.answered else "–" for volume in last)
    return section(f"MQLs, {len(numbers.trend)} weeks: {bars}   Acceptance, last {len(last)}: {shares}")


def _sources(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    if not numbers.sources:
        return []
    lines = [_source_line(row, numbers, agreement) for row in numbers.sources[:SOURCES]]
    more = len(numbers.sources) - len(lines)
    return ["*By source*", *lines, *([f"and {more} more in the thread"] if more else [])]


def _source_line(row: SourceRow, numbers: DigestNumbers, agreement: Agreement) -> str:
    parts = [f"{_source(row.source)}: {row.week.flagged}", _became(row.week)]
    if row.before.answered:
        parts.append(f"{_rate(row.before.acceptance)} in the {_weeks_before(numbers)}")
    if row.qualified:
        parts.append(_with_value(f"{row.qualified} SQL", row.value, agreement))
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
        _with_value(f"{this.qualified} SQL", this.qualified_value, agreement) if this.qualified else "",
        _with_value(f"{this.won} won", this.won_value, agreement) if this.won else "",
        f"{this.lost} lost" if this.lost else "",
        f"{this.disqualified} disqualified" if this.disqualified else "",
    ]
    became = [
        f"{earlier.accepted} accepted" if earlier.accepted else "",
        f"{earlier.qualified} SQL" if earlier.qualified else "",
        _with_value(f"{earlier.won} won", earlier.won_value, agreement) if earlier.won else "",
    ]
    whose = f"What became of the {_handoffs(earlier.flagged)} of the {_weeks_before(numbers)}"
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
        f"{escape(win.company, 100)}, {_amounts((win.value,), agreement)} ({named(win.number)}, flagged by "
        f"{mention(win.flagged_by)}, closed by {mention(win.closed_by)}, {win.days} day{_s(win.days)})"
        for win in numbers.wins
    )
    more = numbers.outcomes.won - len(numbers.wins)
    return ["*Won this week*", *won, *([f"and {more} more"] if more else [])]


def _now(numbers: DigestNumbers) -> list[str]:
    """Returns what is open, and what the teams owe each other."""
    debts, lines = numbers.debts, []
    if numbers.open:
        lines.append(f"*Open now*: {numbers.open}, {f'of which {numbers.late} late' if numbers.late else 'none late'}.")
    owed = []
    if debts.sales_unanswered:
        owed.append(f"sales owes an answer to {_handoffs(debts.sales_unanswered)}{_overdue(debts.sales_overdue)}")
    if debts.marketing_unanswered:
        rejections = f"{debts.marketing_unanswered} rejection{_s(debts.marketing_unanswered)}"
        owed.append(f"marketing owes one to {rejections}{_overdue(debts.marketing_overdue)}")
    return [*lines, *([f"*Debts*: {', '.join(owed)}."] if owed else [])]


def _overdue(count: int) -> str:
    return f" ({count} overdue)" if count else ""


def _with_whom(numbers: DigestNumbers, named: Reference) -> list[str]:
    return [
        f"{mention(owner.person)}: {owner.open} open"
        + (f", late: {_some(owner.told, MORE_LEADS, named)}" if owner.told else "")
        for owner in numbers.owners
    ]


def _to_talk_about(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    """Returns up to three things for the joint meeting: what was missed, and what moved."""
    words = [
        f"{_moved(one, agreement)} What changed?" if isinstance(one, Moved) else _question(one, numbers, agreement)
        for one in findings.topics(numbers)
    ]
    return ["*To talk about*", *(f"{n}. {said}" for n, said in enumerate(words, start=1))] if words else []


def _question(one: Missed, numbers: DigestNumbers, agreement: Agreement) -> str:
    sla = agreement.sla
    promised = {Subject.ANSWERS: sla.accept_hours, Subject.CONTACTS: sla.contact_hours}.get(one.subject)
    asked = f"what was in the way of {promised:g} h?" if promised else "who moves each of them on, and until when?"
    return f"{_missed(one, numbers)}: {asked}"


# Words.


def _may_name(agreement: Agreement) -> bool:
    return agreement.digests_to != agreement.handoff_channel


def _references(numbers: DigestNumbers) -> Reference:
    addresses = {card.number: permalink(numbers.chat_url, card.channel, card.ts) for card in numbers.cards}

    def named(number: int) -> str:
        address = addresses.get(number)
        return f"<{address}|#{number}>" if address else f"#{number}"

    return named


def _some(handoffs: Sequence[int], most: int, named: Reference) -> str:
    shown, more = handoffs[:most], len(handoffs[most:])
    return listing([*map(named, shown), *([f"{more} more"] if more else [])])


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """Returns the lines in as few paragraphs as possible, none of them split."""
    paragraphs = [""]
    for line in lines:
        longer = f"{paragraphs[-1]}\n{line}".strip()
        paragraphs[-1:] = [longer] if len(longer) <= SECTION else [paragraphs[-1], line]
    return paragraphs


def _source(name: str) -> str:
    return escape(name, 60) or "no source"


def _weeks_before(numbers: DigestNumbers) -> str:
    weeks = len(numbers.trend) - 1
    return f"{weeks} weeks before" if weeks != 1 else "week before"


def _with_value(words: str, value: Amounts, agreement: Agreement) -> str:
    return f"{words} ({_amounts(value, agreement)})" if value else words


def _amounts(amounts: Amounts, agreement: Agreement) -> str:
    return listing([money(one.cents, one.currency or agreement.currency) for one in amounts])


def _rate(share: Share, *, of: str = "") -> str:
    """Returns a share: 71 % (24 of 34). Of a few, only the count: 3 of 4."""
    counted = f"{share.part} of {share.whole}" + (f" {of}" if of else "")
    return counted if share.whole < SMALL else f"{percent(share.rate)} ({counted})"


def _times(kept: Kept) -> str:
    if kept.median is None:
        return ""
    return f"median {_length(kept.median)}, 90th percentile {_length(kept.ninetieth)}"


def _length(seconds: int | None) -> str:
    return "–" if seconds is None else span(timedelta(seconds=seconds))


def _leads(count: int) -> str:
    return f"{count} lead{_s(count)}"


def _handoffs(count: int) -> str:
    return f"{count} handoff{_s(count)}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
