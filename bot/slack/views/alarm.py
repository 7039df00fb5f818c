"""What managers read if something is wrong with the handover itself: what it is, since when, which leads, what to
do."""

from collections.abc import Sequence
from datetime import datetime

from bot.slack.text import channel, escape, mention, when
from bot.slack.views.answers import oversight_buttons, row_buttons, row_line
from bot.slack.views.blocks import Block, Message, actions, context, message, section
from models.due.audit import NO_REP, Finding, FindingKind
from models.handoffs.briefs import Listed
from models.rules.terms import Terms

# The most handoffs that an alarm shows.
ROWS = 15
# Slack's error codes for a channel that Baton is not in.
NOT_IN = ("not_in_channel", "channel_not_found")


def alarm(finding: Finding, listed: Sequence[Listed], terms: Terms, *, now: datetime) -> Message:
    """Returns the message about one finding. `listed` are the handoffs concerned."""
    words = headline(finding)
    blocks = [section(f"*{words}*\n{_what_to_do(finding)}")]
    if finding.problem in (FindingKind.OWNERS, FindingKind.FORGOTTEN):
        for one in listed[:ROWS]:
            buttons = row_buttons(one) if finding.problem is FindingKind.OWNERS else oversight_buttons(one.id)
            blocks += [section(row_line(one, finding.about, terms, now)), *actions(buttons)]
    elif listed:
        blocks.append(context(" · ".join(_name(one) for one in listed[:ROWS])))
    return message(words, [*blocks, *_more(len(listed))])


def over() -> Message:
    """Returns the message that replaces an alarm once it is over."""
    words = "This is over: all is well again."
    return message(words, [section(words)])


def headline(finding: Finding) -> str:
    """Returns what is wrong and since when, in one sentence."""
    words = _wrong(finding)
    return words[0].upper() + words[1:]


def _wrong(finding: Finding) -> str:
    since = when(finding.since)
    match finding.problem:
        case FindingKind.REMINDERS:
            return f"{_many(finding, 'reminder is', 'reminders are')} overdue since {since}."
        case FindingKind.MESSAGES:
            return f"{_many(finding, 'message waits', 'messages wait')} to be sent, since {since}."
        case FindingKind.REFUSED:
            what = _many(finding, "message", "messages")
            return f"Slack does not take {what} for {_places(finding)}, since {since}."
        case FindingKind.DIGEST:
            return f"the weekly digest that was due {since} is missing or incomplete."
        case FindingKind.OWNERS:
            what = "is no rep any more" if finding.said == NO_REP else "has left"
            return f"{mention(finding.about)} {what}, and has the next move on {_many(finding, 'lead', 'leads')}."
        case FindingKind.FORGOTTEN:
            owed = _many(finding, "open lead has", "open leads have")
            return f"{owed} no promise on the next move, since {since}: I would remind nobody."
        case FindingKind.LOST:
            return f"I don't know {_lost(finding)} any more, though the cards are there (found {since})."


def _what_to_do(finding: Finding) -> str:
    doctor = "have an admin run `baton doctor`"
    refusal = finding.about or finding.said.split(" ")[0]
    if finding.problem is FindingKind.OWNERS:
        return "Accept a lead yourself; or return it, and it is offered to the next rep."
    if finding.problem is FindingKind.FORGOTTEN:
        return f"Hand each to somebody, or take it: that begins a promise. It is my mistake, so {doctor} too."
    if finding.problem is FindingKind.LOST:
        return (
            "Perhaps an older backup was restored. The cards say who these leads are: have them flagged again with "
            "`/mql`. The buttons of the old cards do nothing. New leads get higher numbers."
        )
    if refusal == "is_archived":
        return "The channel is archived. Unarchive it, or name another one with `/baton setup`; then I make up for it."
    if refusal in NOT_IN and all(lane.startswith(("C", "G")) for lane in finding.lanes):
        return "I am not in that channel. Write `/invite @Baton` there, or name another one with `/baton setup`."
    if finding.said:
        return (
            f"The reason given is `{escape(finding.said, 200)}`: {doctor}. Nothing is lost; it is sent once it can be."
        )
    return f"My clock may have stopped: {doctor}. Nothing is lost; it is done once the clock runs."


def _lost(finding: Finding) -> str:
    first, _, last = finding.about.partition("-")
    return f"leads #{first} to #{last}" if last else f"lead #{first}"


def _places(finding: Finding) -> str:
    """Returns where the messages should have gone."""
    names = [channel(lane) if lane.startswith(("C", "G")) else mention(lane) for lane in finding.lanes]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _name(one: Listed) -> str:
    return f"#{one.handoff.number} {escape(one.lead.name, 50)}, {escape(one.lead.company, 50)}"


def _more(count: int) -> list[Block]:
    return [context(f"and {count - ROWS} more")] if count > ROWS else []


def _many(finding: Finding, one: str, more: str) -> str:
    return f"one {one}" if finding.count == 1 else f"{finding.count} {more}"
