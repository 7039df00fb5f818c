"""The weekly digest: one message that a manager reads in a minute, and its tables in the thread."""

from datetime import timedelta

from bot.slack.text import escape, for_terminal, mention, money, percent, quoted, span
from bot.slack.views.blocks import Block, Message, context, divider, fields, header, message, section
from bot.slack.views.card import MEANINGS, asked_as
from models.agreement import Agreement
from models.metrics import SMALL, DigestNumbers, Kept, SourceRow, Volume
from models.week import Week

MOVED = 0.1
"""A rate that moved by at least so much is worth a word in the meeting."""


def digest(numbers: DigestNumbers, agreement: Agreement, *, late: bool = False) -> Message:
    """The week in one message. A quiet week says so in two lines."""
    so_far = " so far" if numbers.as_of < numbers.week.span(agreement.zone).end else ""
    title = f"Handoffs, week {numbers.week.number}{so_far} · {_dates(numbers.week)}"
    finding = _finding(numbers)
    late_note = [context("This digest is late: I was not running when it was due.")] if late else []
    now_open = [section("\n".join(_now(numbers)))]
    if _quiet(numbers):
        return message(f"{title}. {finding}", [header(title), *late_note, section(finding), *now_open])
    blocks: list[Block] = [
        header(title),
        *late_note,
        section(f"*{finding}*"),
        divider(),
        fields(_promises(numbers, agreement)),
        divider(),
        section(_volume(numbers)),
    ]
    chart = _chart(numbers)
    rest: list[Block] = [
        section("\n".join(lines))
        for lines in (
            _sources(numbers, agreement),
            _refusals(numbers, agreement),
            _outcomes(numbers, agreement),
            _feedback(numbers),
            _wins(numbers, agreement),
            _now(numbers),
            _to_talk_about(numbers, agreement),
        )
        if lines
    ]
    small = numbers.this_week.flagged < SMALL
    footer = [context(f"Fewer than {SMALL} handoffs this week: read the rates with care.")] if small else []
    made = message(f"{title}. {finding}", [*blocks, chart, *rest, *footer])
    return made._replace(plainer=[*blocks, _trend(numbers), *rest, *footer])


def details(numbers: DigestNumbers, agreement: Agreement) -> Message:
    """The tables behind the digest, for its thread."""
    before = ", ".join(f"{volume.flagged}" for volume in numbers.trend[:-1])
    owners = [
        f"{mention(one.person)}: {one.open} open" + (f", {one.late} late" if one.late else "")
        for one in numbers.owners[:30]
    ]
    blocks = [
        section("*All numbers*"),
        fields(
            [
                f"*Time to accept or reject*\n{_times(numbers.accept)}",
                f"*Time to first contact*\n{_times(numbers.contact)}",
                f"*Speed to lead, around the clock*\n{_times(numbers.speed)}",
                f"*MQLs in the 8 weeks before*\n{before}",
            ]
        ),
        *([section("*Open now, and with whom*\n" + "\n".join(owners))] if owners else []),
        *[section(_source_line(row, agreement)) for row in numbers.sources[:20]],
        context(
            "Handoffs and acceptance: flagged in the week (after a fix again), by sales' first answer. "
            "Promises: those that fell due in the week, in business hours of the person on the clock. Times: median, "
            "90th percentile.",
            f"Counted on {numbers.as_of:%Y-%m-%d %H:%M} UTC.",
        ),
    ]
    return message("All numbers of the week", blocks)


def as_text(made: Message) -> str:
    """A message's words without Slack's marks, for a terminal."""
    lines: list[str] = []
    for block in made.plainer or made.blocks:
        if "text" in block:
            lines.append(block["text"]["text"])
        lines += [field["text"] for field in block.get("fields", [])]
        lines += [element["text"] for element in block.get("elements", []) if "text" in element]
        if block["type"] == "divider":
            lines.append("─" * 9)
    plain = "\n".join(lines).replace("*", "")
    return for_terminal(plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def _dates(week: Week) -> str:
    first, last = week.monday, week.monday + timedelta(days=6)
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{start} to {last.day} {last:%B}"


def _quiet(numbers: DigestNumbers) -> bool:
    happened = (
        numbers.this_week.flagged,
        numbers.accept.due,
        numbers.contact.due,
        numbers.answers.due,
        numbers.outcomes.qualified,
        numbers.outcomes.won,
        numbers.outcomes.lost,
        numbers.outcomes.disqualified,
        len(numbers.rejections.by_reason),
        len(numbers.feedback),
    )
    return not any(happened)


def _finding(numbers: DigestNumbers) -> str:
    """The one sentence: acceptance against last week, or what little there was."""
    week, last = numbers.this_week, numbers.last_week
    if week.flagged == 0:
        return "A quiet week: no lead was flagged."
    if week.acceptance is None:
        return f"{_handoffs(week.flagged)} flagged; sales has answered none of them yet."
    if last.acceptance is None:
        share = f"{week.accepted} of {_answered(week)}"
        return f"Sales accepted {percent(week.acceptance)} of the handoffs it answered ({share})."
    moved = week.acceptance - last.acceptance
    verb = "held at" if abs(moved) < 0.005 else ("rose" if moved > 0 else "fell")
    if verb == "held at":
        return f"Acceptance held at {percent(week.acceptance)}."
    few = " (few handoffs)" if min(_answered(week), _answered(last)) < SMALL else ""
    return f"Acceptance {verb} from {percent(last.acceptance)} to {percent(week.acceptance)}{few}."


def _promises(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    sla = agreement.sla
    sales = [
        "*Sales promised*",
        f"answer in {sla.accept_hours:g} h: {_share(numbers.accept)}",
        f"contact in {sla.contact_hours:g} h: {_share(numbers.contact)}",
        f"median {_length(numbers.accept.median)} to answer, {_length(numbers.contact.median)} to contact",
    ]
    marketing = [
        "*Marketing promised*",
        f"rejections answered in {sla.answer_hours:g} h: {_share(numbers.answers)}",
        f"MQLs: {numbers.this_week.flagged} ({numbers.last_week.flagged} last week)",
    ]
    return ["\n".join(sales), "\n".join(marketing)]


def _volume(numbers: DigestNumbers) -> str:
    week = numbers.this_week
    waiting = week.flagged - _answered(week)
    before = [volume.flagged for volume in numbers.trend[:-1]]
    usual, last = sum(before) / len(before), numbers.last_week.flagged
    return (
        f"*{_handoffs(week.flagged)}* flagged ({last} last week, {usual:.1f} a week in the 8 before): "
        f"{week.accepted} accepted, {week.rejected} rejected, {waiting} without an answer."
    )


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
    """The chart in words and bars, where Slack does not draw it."""
    most = max((volume.flagged for volume in numbers.trend), default=0) or 1
    bars = "".join("▁▂▃▄▅▆▇█"[round(volume.flagged / most * 7)] for volume in numbers.trend)
    shares = " → ".join(percent(volume.acceptance) for volume in numbers.trend[-4:])
    return section(f"MQLs, 9 weeks: {bars}   Acceptance, last 4: {shares}")


def _sources(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    if not numbers.sources:
        return []
    return ["*By source*", *(_source_line(row, agreement) for row in numbers.sources[:5])]


def _source_line(row: SourceRow, agreement: Agreement) -> str:
    few = " (few)" if row.week.flagged < SMALL else ""
    before = f", {percent(row.before.acceptance)} in the 8 weeks before" if row.before.flagged else ""
    sql = f" · {row.qualified} SQL, {money(row.value_cents, agreement.currency)}" if row.qualified else ""
    name = escape(row.source, 60) or "no source"
    return f"{name}: {row.week.flagged}{few} · accepted {percent(row.week.acceptance)}{before}{sql}"


def _refusals(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    counted = numbers.rejections.by_reason
    if not counted:
        return []
    few = " (too few to rank)" if sum(count for _, count in counted) < SMALL else ""
    reasons = ", ".join(f"{escape(asked_as(agreement, code), 70)} {count}" for code, count in counted[:8])
    quotes = [f"{quoted(one.note, 200)} {mention(one.person)} on #{one.number}" for one in numbers.rejections.quotes]
    return [f"*Why sales said no*: {reasons}{few}", *quotes]


def _outcomes(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    this, earlier, currency = numbers.outcomes, numbers.earlier, agreement.currency
    lines = []
    if any((this.qualified, this.won, this.lost, this.disqualified)):
        lines.append(
            f"*This week*: {this.qualified} SQL ({money(this.qualified_cents, currency)}), {this.won} won "
            f"({money(this.won_cents, currency)}), {this.lost} lost, {this.disqualified} disqualified."
        )
    if earlier.flagged:
        lines.append(
            f"*What became of the {earlier.flagged} handoffs of the 8 weeks before*: {earlier.accepted} accepted, "
            f"{earlier.qualified} SQL, {earlier.won} won, {money(earlier.won_cents, currency)}."
        )
    return lines


def _feedback(numbers: DigestNumbers) -> list[str]:
    said = ", ".join(f"{MEANINGS.get(meaning, meaning)} {count}" for meaning, count in numbers.feedback)
    return [f"*What reps made of the leads*: {said}."] if said else []


def _wins(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    if not numbers.wins:
        return []
    won = (
        f"{escape(win.company, 100)}, {money(win.value_cents, agreement.currency)} (#{win.number}, flagged by "
        f"{mention(win.flagged_by)}, closed by {mention(win.closed_by)}, {win.days} day{_s(win.days)})"
        for win in numbers.wins
    )
    return ["*Won this week*", *won]


def _now(numbers: DigestNumbers) -> list[str]:
    """What is open, what is late (their owners have heard), and what the teams owe each other."""
    opened = sum(one.open for one in numbers.owners)
    late = [one for one in numbers.owners if one.late]
    debts = numbers.debts
    with_whom = ", ".join(f"{mention(one.person)} {one.late}" for one in late[:10])
    lines = [
        f"*Open now*: {opened}" + (f", of which late {sum(one.late for one in late)}: {with_whom}." if late else ".")
    ]
    if debts.sales_unanswered or debts.marketing_unanswered:
        lines.append(
            f"*Debts*: sales owes an answer to {_handoffs(debts.sales_unanswered)} ({debts.sales_overdue} overdue), "
            f"marketing to {debts.marketing_unanswered} rejection{_s(debts.marketing_unanswered)} "
            f"({debts.marketing_overdue} overdue)."
        )
    return lines


def _to_talk_about(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    """Up to three things for the joint meeting, each from a number that moved or a promise that was missed."""
    topics: list[tuple[float, str]] = []
    for row in numbers.sources:
        now, before = row.week.acceptance, row.before.acceptance
        if now is not None and before is not None and row.week.flagged >= SMALL and abs(now - before) >= MOVED:
            verb = "rose" if now > before else "fell"
            name = escape(row.source, 60) or "no source"
            topics.append((abs(now - before), f"{name}: acceptance {verb} from {percent(before)} to {percent(now)}."))
    answered, contacted, replied = numbers.accept, numbers.contact, numbers.answers
    for kept, what in ((answered, "answers"), (contacted, "first contacts"), (replied, "answers to rejections")):
        if kept.due and kept.kept < kept.due:
            missed = kept.due - kept.kept
            topics.append((missed / kept.due, f"{missed} of {kept.due} {what} missed the promised time."))
    total = sum(count for _, count in numbers.rejections.by_reason)
    if total >= 3 and numbers.rejections.by_reason[0][1] / total >= 0.4:
        code, count = numbers.rejections.by_reason[0]
        topics.append((count / total, f"{count} of {total} rejections: {escape(asked_as(agreement, code), 70)}."))
    chosen = sorted(topics, key=lambda topic: -topic[0])[:3]
    if not chosen:
        return []
    return ["*To talk about*", *(f"{n}. {words}" for n, (_, words) in enumerate(chosen, start=1))]


def _share(kept: Kept) -> str:
    few = ", few" if 0 < kept.due < SMALL else ""
    return f"{percent(kept.share)} ({kept.kept} of {kept.due}{few})" if kept.due else "none fell due"


def _times(kept: Kept) -> str:
    return f"median {_length(kept.median)}, 90th percentile {_length(kept.ninetieth)}"


def _length(seconds: int | None) -> str:
    return "–" if seconds is None else span(timedelta(seconds=seconds))


def _answered(volume: Volume) -> int:
    return volume.accepted + volume.rejected


def _handoffs(count: int) -> str:
    return f"{count} handoff{_s(count)}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
