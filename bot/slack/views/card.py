"""The lead's card in the handoff channel, and what other messages share with it."""

from collections import Counter
from datetime import datetime

from bot.slack import moves
from bot.slack.fields import Line, on_line
from bot.slack.ids import Action, action_of
from bot.slack.moves import usable
from bot.slack.text import clamp, escape, mention, money, quoted, when
from bot.slack.views.blocks import (
    Block,
    Message,
    actions,
    button,
    context,
    fields,
    header,
    message,
    section,
    typed,
)
from bot.slack.views.deadlines import ASKED, by_when, is_late
from models.errors import PersonId
from models.handoffs.listed import HandoffBrief, Listed
from models.handoffs.queries import HandoffFacts
from models.rules import destinations
from models.rules.agreement import Agreement
from models.rules.lifecycle import PAST, Move, State
from models.rules.rows import HandoffRow, LeadRow, LedgerRow

# The most ledger lines that the card shows: the last ones.
SHOWN_EVENTS = 2
# The most comments from the thread of the lead's earlier handoff: the last ones. Details show them all.
EARLIER_COMMENTS = 2

MEANINGS = {"great": "great lead", "good": "good", "poor": "poor", "cold": "cold"}


def card(facts: HandoffFacts, *, now: datetime, reader: PersonId | None = None) -> Message:
    """Returns the card: who, why now, who has it, until when. It never grows: the rest is behind Details. Everybody in
    the channel sees the same buttons. A `reader` who sees it alone gets their own."""
    handoff, lead = facts.handoff, facts.lead
    buttons = card_buttons(facts)
    blocks = [
        context(" · ".join(_labels(handoff, lead))),
        header(f"{lead.name} · {_position(lead)}"),
        *([typed(f"“{clamp(handoff.why_now, 1000)}”")] if handoff.why_now else []),
        fields(reach(handoff, lead)),
        section(status(facts, now)),
        *_feedback(facts),
        *actions(usable(buttons, facts, facts.terms, reader) if reader else buttons),
        context(" · ".join(happened(line) for line in facts.history[-SHOWN_EVENTS:])),
    ]
    return message(f"{title(facts)}: {_plain_status(facts, now)}", blocks)


def your_move(facts: HandoffFacts, person: PersonId, *, now: datetime) -> Message:
    """Returns the message to the person who owes the next move. Once they do not owe it any more, it says who does."""
    handoff, lead = facts.handoff, facts.lead
    mine = handoff.owner == person
    if handoff.voided:
        words = f"Taken back by {mention(handoff.moved_by)}: {title(facts)}"
        return message(words, [section(words)])
    if handoff.owner is not None and not mine:  # how somebody else works the lead is no news for this person
        has_it = f"{mention(handoff.owner)} has it."
        words = f"*No longer with you:* {linked_title(facts)}. {has_it}"
        return message(f"No longer with you: {title(facts)}. {has_it}", [section(words)])
    asked = ASKED[facts.state].yours if mine else "No longer with you:"
    line = f"{asked} {title(facts)}" if mine else f"{title(facts)}: {_plain_status(facts, now)}"
    buttons = [one for one in usable(card_buttons(facts), facts, facts.terms, person) if _goes_on(one)]
    blocks = [
        section(f"*{asked}* {linked_title(facts)}"),
        *([typed(f"“{clamp(handoff.why_now, 1000)}”")] if mine and handoff.why_now else []),
        *([fields(reach(handoff, lead))] if mine else []),
        section(status(facts, now)),
        *actions(buttons if mine else []),
    ]
    return message(line, blocks)


def _goes_on(shown: Block) -> bool:
    return bool(shown["action_id"] != action_of(Move.WITHDRAW))


def title(facts: Listed) -> str:
    """Returns `#42 Jane Doe, Acme`, escaped for mrkdwn."""
    return f"#{facts.handoff.number} {escape(facts.lead.name, 150)}, {escape(facts.lead.company, 150)}"


def card_buttons(facts: HandoffBrief) -> list[Block]:
    """Returns the buttons for the state of a handoff. The first one is for the move that is expected."""
    always = [button("Edit…", Action.EDIT, facts.id), button("Details", Action.DETAILS, facts.id)]
    if facts.state is State.REJECTED:
        return [*rejection_buttons(facts), *always]
    return [*moves.card_buttons(facts, facts.state), *always]


def rejection_buttons(facts: Listed) -> list[Block]:
    """Returns what marketing can do about a rejection."""
    return [button("Fix…", Action.FIX, facts.id), *moves.card_buttons(facts, State.REJECTED)]


def earlier_line(handoff: HandoffRow, agreement: Agreement) -> str:
    """Returns a line about another handoff of the lead, with the words of the person who refused it or gave it up."""
    by = f" by {mention(handoff.rejected_by)}" if handoff.rejected_by else ""
    why = f": {escape(asked_as(agreement, handoff.reason), 100)}" if handoff.reason else ""
    said = f" · {quoted(handoff.reason_note, 600)}" if handoff.reason_note else ""
    return f"Also handed over as #{handoff.number} on {when(handoff.flagged_at)}, {handoff.state}{by}{why}{said}"


def asked_as(agreement: Agreement, code: str | None) -> str:
    """Returns a reason in words. A code that the agreement no longer has stays as it is."""
    reason = agreement.reasons.get(code or "")
    return reason.asked_as if reason else (code or "")


def what_happens_now(facts: HandoffFacts) -> str:
    """Returns where a rejected or disqualified lead goes, in words."""
    handoff = facts.handoff
    reason = facts.terms.agreement.reasons.get(handoff.reason or "")
    if reason is None:
        return "closed"
    known = {"marketer": mention(handoff.flagged_by)}
    if again := facts.followed_by:
        known |= {"number": str(again.number), "rep": mention(again.offered_to)}
    if until := facts.lead.nurture_until:
        known["until"] = when(until)
    return destinations.ENTRIES[reason.destination].phrase(known)


def _labels(handoff: HandoffRow, lead: LeadRow) -> list[str]:
    return [f"MQL #{handoff.number}", *on_line(Line.LABELS, handoff, lead)]


def _position(lead: LeadRow) -> str:
    return f"{lead.title} at {lead.company}" if lead.title else lead.company


def linked_title(facts: HandoffFacts) -> str:
    position = escape(_position(facts.lead), 300)
    return f"*#{facts.handoff.number} {escape(facts.lead.name, 150)}* · {position}"


def reach(handoff: HandoffRow, lead: LeadRow) -> list[str]:
    """Returns how to reach the lead, and what else is known of it: two lines at most."""
    lines = (" · ".join(on_line(line, handoff, lead)) for line in (Line.REACH, Line.FACTS))
    return [line for line in lines if line]


def status(facts: HandoffFacts, now: datetime) -> str:
    """Returns how the handoff stands, on one line of mrkdwn."""
    handoff, agreement = facts.handoff, facts.terms.agreement
    owner = mention(handoff.owner) if handoff.owner else ""
    due = by_when(facts, facts.terms, now)
    match facts.state:
        case State.OFFERED:
            return f"*Waiting for {owner}* · {due}"
        case State.ACCEPTED:
            return f"*{owner} has it* · {due}"
        case State.WORKING:
            return f"*{owner} is working it* · {_attempts(handoff)} · {due}"
        case State.QUALIFIED:
            late = f" · {due}" if is_late(facts, now) else ""
            return f"*Qualified by {owner}* · {_value(handoff)} · expected to close {handoff.expected_close}{late}"
        case State.REJECTED:
            said = f" · {quoted(handoff.reason_note, 600)}" if handoff.reason_note else ""
            ruling = " · contested" if handoff.contested and not handoff.ruled else ""
            why = escape(asked_as(agreement, handoff.reason), 100)
            who = mention(handoff.rejected_by or handoff.moved_by)
            return f"*Rejected by {who}*: {why}{said} · {what_happens_now(facts)}{ruling}"
        case State.DISQUALIFIED:
            said = f" · {quoted(handoff.reason_note, 600)}" if handoff.reason_note else ""
            why = escape(asked_as(agreement, handoff.reason), 100)
            return f"*Disqualified by {mention(handoff.moved_by)}*: {why}{said} · {what_happens_now(facts)}"
        case State.WITHDRAWN if handoff.voided:
            return f"*Taken back by {mention(handoff.moved_by)}*, and counts nowhere"
        case State.WITHDRAWN:
            return f"*Withdrawn by {mention(handoff.moved_by)}*"
        case State.WON:
            return f"*Won* · {_value(handoff)} · {_days(handoff.flagged_at, handoff.closed_at)} from flag to close"
        case State.LOST:
            return f"*Lost* · {_value(handoff)} · marked by {mention(handoff.moved_by)}"


def _plain_status(facts: HandoffFacts, now: datetime) -> str:
    """Returns the same line without marks, for a message's line of text."""
    return status(facts, now).replace("*", "")


def _attempts(handoff: HandoffRow) -> str:
    return f"{handoff.attempts} attempt{'s' if handoff.attempts != 1 else ''}"


def _value(handoff: HandoffRow) -> str:
    return money(handoff.value_cents or 0, handoff.currency)


def _days(start: datetime, end: datetime | None) -> str:
    days = (end - start).days if end else 0
    return f"{days} day{'s' if days != 1 else ''}"


def _feedback(facts: HandoffFacts) -> list[Block]:
    """Returns what people made of the lead, and if it was here before."""
    counts = Counter(one.meaning for one in facts.feedback)
    said = [f"{words} {counts[meaning]}" for meaning, words in MEANINGS.items() if counts[meaning]]
    if facts.comments:
        said.append(f"{len(facts.comments)} comment{'s' if len(facts.comments) != 1 else ''}")
    earlier = [one for one in facts.earlier if one.number < facts.handoff.number]
    blocks = [context(" · ".join(said))] if said else []
    if earlier:
        last = earlier[0]
        comments = [one for one in facts.earlier_comments if one.handoff_id == last.id]
        quotes = [f"{mention(one.person)}: {quoted(one.text, 300)}" for one in comments[-EARLIER_COMMENTS:]]
        blocks.append(context(" · ".join([earlier_line(last, facts.terms.agreement), *quotes])))
    return blocks


def _changed(name: str, old: str, new: str) -> str:
    label = name.replace("_", " ")
    return f"{label}: {quoted(old, 300) if old else '–'} → {quoted(new, 300) if new else '–'}"


def happened(line: LedgerRow, *, full: bool = False) -> str:
    """Returns a ledger line in words. `full`: with its reason, its note, and what it changed."""
    move = Move(line.move)
    what = "took back what they did" if move is Move.UNDO else f"{PAST[move]} it"
    words = f"{mention(line.actor)} {what} {when(line.at)}"
    if move is Move.HAND:
        words += f" to {mention(line.owner or '')}"
    if full and move is Move.EDIT:
        words += "".join(f" · {_changed(name, *change)}" for name, change in line.detail.get("changed", {}).items())
    if full and line.reason:
        words += f" · {escape(line.reason, 60)}"
    if full and line.note:
        words += f" · {quoted(line.note, 600)}"
    if full and line.detail.get("rule"):
        words += f" · offered to {mention(line.owner or '')} ({escape(str(line.detail['rule']), 100)})"
    return words
