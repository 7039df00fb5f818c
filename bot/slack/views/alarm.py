"""What managers read if something is wrong with the handover itself: what it is, since when, which leads, what to
do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.slack.ids import is_channel
from bot.slack.text import channel, escape, mention, when
from bot.slack.views.answers import oversight_buttons, row_buttons, row_line
from bot.slack.views.blocks import Block, Message, actions, context, message, section
from models.due.findings import NO_REP, Finding, FindingKind
from models.handoffs.listed import Listed
from models.rules.terms import Terms

# The most handoffs that an alarm shows.
ROWS = 15
# Slack's error codes for a channel that Baton is not in.
NOT_IN = ("not_in_channel", "channel_not_found")
# Whom managers ask for help.
DOCTOR = "have an admin run `baton doctor`"


def alarm(finding: Finding, listed: Sequence[Listed], terms: Terms, *, now: datetime) -> Message:
    """Returns the message about one finding. `listed` are the handoffs concerned."""
    words = headline(finding)
    own = WORDS[finding.kind]
    blocks = [section(f"*{words}*\n{own.to_do(finding)}")]
    if own.buttons:
        for one in listed[:ROWS]:
            blocks += [section(row_line(one, finding.about, terms, now)), *actions(own.buttons(one))]
    elif listed:
        blocks.append(context(" · ".join(_name(one) for one in listed[:ROWS])))
    return message(words, [*blocks, *_more(len(listed))])


def over() -> Message:
    """Returns the message that replaces an alarm once it is over."""
    words = "This is over: all is well again."
    return message(words, [section(words)])


def headline(finding: Finding) -> str:
    """Returns what is wrong and since when, in one sentence."""
    words = WORDS[finding.kind].wrong(finding)
    return words[0].upper() + words[1:]


def _overdue(finding: Finding) -> str:
    return f"{_many(finding, 'reminder is', 'reminders are')} overdue since {when(finding.since)}."


def _waiting(finding: Finding) -> str:
    return f"{_many(finding, 'message waits', 'messages wait')} to be sent, since {when(finding.since)}."


def _refused(finding: Finding) -> str:
    what = _many(finding, "message", "messages")
    return f"Slack does not take {what} for {_places(finding)}, since {when(finding.since)}."


def _no_digest(finding: Finding) -> str:
    return f"the weekly digest that was due {when(finding.since)} is missing or incomplete."


def _owner_gone(finding: Finding) -> str:
    what = "is no rep any more" if finding.said == NO_REP else "has left"
    return f"{mention(finding.about)} {what}, and has the next move on {_many(finding, 'lead', 'leads')}."


def _forgotten(finding: Finding) -> str:
    owed = _many(finding, "open lead has", "open leads have")
    return f"{owed} no promise on the next move, since {when(finding.since)}: I would remind nobody."


def _loads_differ(finding: Finding) -> str:
    who = _many(finding, "person", "people")
    return f"I count the open leads of {who} wrong, so new leads may not go to whoever has the fewest."


def _unknown(finding: Finding) -> str:
    first, _, last = finding.about.partition("-")
    leads = f"leads #{first} to #{last}" if last else f"lead #{first}"
    return f"I don't know {leads} any more, though the cards are there (found {when(finding.since)})."


def _see_to_slack(finding: Finding) -> str:
    """Returns what to do about what Slack refuses or, if it refuses nothing, about the clock."""
    refusal = finding.about or finding.said.split(" ")[0]
    if refusal == "is_archived":
        return "The channel is archived. Unarchive it, or name another one with `/baton setup`; then I make up for it."
    if refusal in NOT_IN and all(is_channel(lane) for lane in finding.lanes):
        return "I am not in that channel. Write `/invite @Baton` there, or name another one with `/baton setup`."
    if finding.said:
        return (
            f"The reason given is `{escape(finding.said, 200)}`: {DOCTOR}. Nothing is lost; it is sent once it can be."
        )
    return f"My clock may have stopped: {DOCTOR}. Nothing is lost; it is done once the clock runs."


def _places(finding: Finding) -> str:
    """Returns where the messages should have gone."""
    names = [channel(lane) if is_channel(lane) else mention(lane) for lane in finding.lanes]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _name(one: Listed) -> str:
    return f"#{one.handoff.number} {escape(one.lead.name, 50)}, {escape(one.lead.company, 50)}"


def _more(count: int) -> list[Block]:
    return [context(f"and {count - ROWS} more")] if count > ROWS else []


def _many(finding: Finding, one: str, more: str) -> str:
    return f"one {one}" if finding.count == 1 else f"{finding.count} {more}"


@dataclass(frozen=True, kw_only=True)
class Words:
    """What people read about a kind of finding."""

    # What is wrong and since when, in one sentence.
    wrong: Callable[[Finding], str]
    # What managers do about it.
    to_do: Callable[[Finding], str] = _see_to_slack
    # How whoever runs Baton mends it: `baton doctor` says so.
    mend: str
    # The buttons of each handoff concerned. None: these are only named.
    buttons: Callable[[Listed], list[Block]] | None = None


WORDS: Mapping[FindingKind, Words] = {
    FindingKind.REMINDERS: Words(
        wrong=_overdue, mend="a clock must run (`baton serve`, or `baton clock`); its log says what failed"
    ),
    FindingKind.MESSAGES: Words(
        wrong=_waiting,
        mend="a clock must run (`baton serve`, or `baton clock`), and Slack take what it sends: see the token",
    ),
    FindingKind.REFUSED: Words(wrong=_refused, mend="mend what Slack names, see the messages below"),
    FindingKind.DIGEST: Words(
        wrong=_no_digest, mend="a clock must run; see the channel; `baton digest --week` prints it"
    ),
    FindingKind.OWNERS: Words(
        wrong=_owner_gone,
        to_do=lambda _: "Accept a lead yourself; or return it, and it is offered to the next rep.",
        mend="a manager accepts or returns these leads; see who the agreement names",
        buttons=row_buttons,
    ),
    FindingKind.FORGOTTEN: Words(
        wrong=_forgotten,
        to_do=lambda _: f"Hand each to somebody, or take it: that begins a promise. It is my mistake, so {DOCTOR} too.",
        mend="a manager hands on or takes these leads, which begins a promise; report this as a mistake",
        buttons=lambda one: oversight_buttons(one.id),
    ),
    FindingKind.LOADS: Words(
        wrong=_loads_differ,
        to_do=lambda _: f"No lead is lost by it. It is my mistake, so {DOCTOR}.",
        mend="offers may be unfair: count again, as docs/operations.md says; report this as a mistake",
    ),
    FindingKind.UNKNOWN: Words(
        wrong=_unknown,
        to_do=lambda _: (
            "Perhaps an older backup was restored. The cards say who these leads are: have them flagged again with "
            "`/mql`. The buttons of the old cards do nothing. New leads get higher numbers."
        ),
        mend="an older backup was restored: have these leads flagged again; their cards say who they are",
    ),
}
