"""The reminder: one message about what has just become due or, in the morning, about all that is late. It is edited as
things get done, and folded once there is a newer one."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.slack.moves import usable
from bot.slack.text import escape, mention
from bot.slack.views.answers import row
from bot.slack.views.blocks import Block, Message, actions, context, divider, message, section
from bot.slack.views.card import asked_as, earlier_line, rejection_buttons, title
from bot.slack.views.deadlines import ASKED, is_late, lateness, on_the_phone, time_left, was_due
from models.errors import PersonId
from models.handoffs.listed import Listed
from models.handoffs.queries import HandoffFacts, Nudge

# The most leads in a reminder. Each takes two blocks, and a message has room for fifty, with the headings.
ROWS = 20
# The most leads in the line that phones show.
ON_THE_PHONE = 3
# The most numbers in a folded reminder.
NAMED = 20


def nudge(told: Nudge, *, now: datetime) -> Message | None:
    """Returns the reminder: what waits for this person among its items. None if nothing waits (any more)."""
    parts = [part for part in _parts(told, now) if part[1]]
    if not parts:
        return None
    if told.folded:
        return folded(told)
    blocks: list[Block] = []
    room = ROWS
    for index, (heading, listed, show) in enumerate(parts):
        most = room // (len(parts) - index)
        room -= min(most, len(listed))
        blocks += [*([divider()] if blocks else []), section(f"*{heading}*")]
        blocks += [block for one in listed[:most] for block in show(one)]
        blocks += [context(f"and {len(listed) - most} more: `/baton mine`")] if len(listed) > most else []
    return message(_line(told, now), blocks)


def folded(told: Nudge) -> Message:
    """Returns what is left of a reminder once there is a newer one. It is not brought up to date any more."""
    waits = [one.number for one in (*told.owed, *told.late_with_others, *told.unanswered)]
    named = [f"#{number}" for number in sorted(waits)] + [f"#{number} (done)" for number in sorted(told.done)]
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    how = " What still waits, with its buttons: `/baton mine`." if waits else ""
    words = f"Newer reminder below. This one was about {', '.join(named[:NAMED])}{more}.{how}"
    return message(words, [context(words)])


def all_done() -> Message:
    """Returns the message that replaces a reminder once nothing of it waits any more."""
    words = "Done: nothing of this waits for you any more."
    return message(words, [section(words)])


def nurture_over(facts: HandoffFacts) -> Message:
    """Returns the message to the marketer that the time has come to contact a lead again."""
    words = f"{title(facts)} has been in nurture long enough: flag it again if it still shows interest."
    return message(words, [section(words), context(earlier_line(facts.handoff, facts.terms.agreement))])


# A heading, its leads, and the function that shows a lead.
Part = tuple[str, Sequence[Listed], Callable[[Listed], list[Block]]]


def _parts(told: Nudge, now: datetime) -> Iterator[Part]:
    """Yields a heading and its leads: for what the person owes, for what is late with others, and for rejections that
    they have not answered."""
    person = PersonId(told.person)

    def owed(one: Listed) -> list[Block]:
        line, *buttons = row(one, person, told.terms, now)
        if not is_late(one, now):
            line = section(f"{line['text']['text']} ({_left(one, told, now)})")
        return [line, *buttons]

    def with_others(one: Listed) -> list[Block]:
        return row(one, person, told.terms, now, late_with_another=True)

    def unanswered(one: Listed) -> list[Block]:
        buttons = usable(rejection_buttons(one), one, told.terms, person)
        return [section(_rejection(one, told, now)), *actions(buttons)]

    yield _many(told.owed, "One lead waits for you", "{} leads wait for you"), told.owed, owed
    late = told.late_with_others
    yield _many(late, "A lead of somebody else's is late", "{} leads of others are late"), late, with_others
    refused = told.unanswered
    yield _many(refused, "A rejection waits for your answer", "{} rejections wait for your answer"), refused, unanswered


def _many(listed: Sequence[Listed], one: str, several: str) -> str:
    return one if len(listed) == 1 else several.format(len(listed))


def _left(one: Listed, told: Nudge, now: datetime) -> str:
    return time_left(one.due_at, one.handoff.owner, told.terms, now) if one.due_at else ""


def _rejection(one: Listed, told: Nudge, now: datetime) -> str:
    why = escape(asked_as(told.terms.agreement, one.handoff.reason), 100)
    due = one.reply.due_at if one.reply else None
    late = f" It {was_due(due, one.handoff.flagged_by, told.terms, now)}." if due else ""
    return f"The rejection of {title(one)} waits for your answer: {why}.{late}"


def _line(told: Nudge, now: datetime) -> str:
    """Returns the line that phones show: which lead, what, by when."""
    zone = told.terms.calendar(told.person, at=now).zone
    said = [_phrase(one, told, zone, now) for one in (*told.owed, *told.late_with_others)]
    said += [f"{title(one)}: the rejection waits for your answer" for one in told.unanswered]
    more = f"; and {len(said) - ON_THE_PHONE} more" if len(said) > ON_THE_PHONE else ""
    return "; ".join(said[:ON_THE_PHONE]) + more


def _phrase(one: Listed, told: Nudge, zone: ZoneInfo, now: datetime) -> str:
    handoff, due = one.handoff, one.due_at
    if due is None:
        return title(one)
    asked = ASKED[handoff.state]
    time = on_the_phone(due, zone, now)
    if not is_late(one, now):
        return f"{title(one)}: {asked.before} by {time}, {_left(one, told, now)}"
    of = f" from {mention(handoff.owner)}" if handoff.owner and handoff.owner != told.person else ""
    over = lateness(due, handoff.owner, told.terms, now)
    return f"{title(one)}: {asked.late}{of} was due {time}, {over}"
