"""The reminder: one message a person, about everything that waits, edited as things get done."""

from datetime import datetime

from bot.slack.text import escape, mention, span, when
from bot.slack.views.answers import row_buttons, row_line
from bot.slack.views.blocks import Block, Message, actions, context, divider, message, section
from bot.slack.views.card import earlier_line, title
from models.briefs import Listed
from models.lifecycle import State
from models.reading import HandoffFacts, Waiting
from models.worktime import between

ROWS = 15
"""Each takes two blocks; a message has room for fifty."""


def nudge(waiting: Waiting, *, now: datetime) -> Message | None:
    """What waits for this person; None where nothing does (any more)."""
    if not waiting.owed and not waiting.late_with_others:
        return None
    blocks: list[Block] = []
    lines: list[str] = []
    if waiting.owed:
        count = len(waiting.owed)
        lines.append("One lead waits for you" if count == 1 else f"{count} leads wait for you")
        blocks.append(section(f"*{lines[-1]}*"))
        for one in waiting.owed[:ROWS]:
            blocks += [section(_time(one, waiting, now)), *actions(row_buttons(one))]
        blocks += _more(count)
    if waiting.late_with_others:
        count = len(waiting.late_with_others)
        lines.append("A lead of somebody else's is late" if count == 1 else f"{count} leads of others are late")
        blocks += [*([divider()] if blocks else []), section(f"*{lines[-1]}*")]
        blocks += [
            section(f"{_time(one, waiting, now)} · with {mention(one.handoff.owner or '')}")
            for one in waiting.late_with_others[:ROWS]
        ]
        blocks += _more(count)
    return message(". ".join(lines), blocks)


def all_done() -> Message:
    """What a reminder turns into once nothing of it waits any more."""
    words = "Done: nothing of this waits for you any more."
    return message(words, [section(words)])


def nurture_over(facts: HandoffFacts) -> Message:
    """To the marketer: a lead may come back."""
    words = f"{title(facts)} has been in nurture long enough: flag it again if it still shows interest."
    return message(words, [section(words), context(earlier_line(facts.handoff, facts.terms.agreement))])


def _time(one: Listed, waiting: Waiting, now: datetime) -> str:
    """A row, with how much of the person's working time is left, or that it is late."""
    due = one.handoff.due_at
    if due is None:
        return row_line(one)
    if due <= now:
        name = f"*#{one.handoff.number}* {escape(one.lead.name, 150)}, {escape(one.lead.company, 150)}"
        asked = {State.OFFERED: "an answer", State.ACCEPTED: "first contact"}.get(State(one.handoff.state), "next step")
        return f"{name} · {asked} was due {when(due)}"
    left = between(waiting.terms.calendar(one.handoff.owner, at=now), now, due)
    return f"{row_line(one)} ({span(left)} left)"


def _more(count: int) -> list[Block]:
    return [context(f"and {count - ROWS} more: `/baton mine`")] if count > ROWS else []
