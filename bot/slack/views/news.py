"""What marketers and managers read about single leads."""

from bot.slack.ids import Action
from bot.slack.text import escape, mention, money, quoted
from bot.slack.views.blocks import Message, actions, button, context, message, section
from bot.slack.views.card import asked_as, rejection_buttons, title, what_happens_now
from models.handoffs.queries import HandoffFacts
from models.rules.lifecycle import PAST, Move, State
from models.rules.rows import LedgerRow


def news(facts: HandoffFacts, entry: LedgerRow, *, card: str = "") -> Message:
    """Returns the message about this ledger line. The marketer reads what became of their lead, and its former owner
    reads who has it now. `card`: the address of the lead's card."""
    name = title(facts)
    undone = any(line.undoes == entry.id for line in facts.history)
    words = (
        f"{mention(entry.actor)} {PAST[Move(entry.move)]} {name}, and took that back."
        if undone
        else _told(facts, entry)
    )
    open_rejection = Move(entry.move) is Move.REJECT and facts.state is State.REJECTED
    buttons = rejection_buttons(facts) if open_rejection else []
    return message(words, [section(words.replace(name, f"<{card}|{name}>", 1) if card else words), *actions(buttons)])


def _told(facts: HandoffFacts, entry: LedgerRow) -> str:
    who, name = mention(entry.actor), title(facts)
    why = escape(asked_as(facts.terms.agreement, entry.reason), 100)
    said = f" · {quoted(entry.note, 600)}" if entry.note else ""
    match Move(entry.move):
        case Move.ACCEPT:
            return f"{who} accepted {name}{said}."
        case Move.REJECT:
            return f"{who} rejected {name}: {why}{said}. It is {_now(facts)}."
        case Move.DISQUALIFY:
            return f"{who} disqualified {name}: {why}{said}. It is {_now(facts)}."
        case Move.QUALIFY:
            close = f", expected to close on {facts.handoff.expected_close}" if facts.handoff.expected_close else ""
            value = money(entry.detail.get("value_cents") or 0, facts.handoff.currency)
            return f"{who} qualified {name}: {value}{close}{said}."
        case Move.RETURN:
            return f"{who} gave {name} back{said}. It is on offer again, now to {mention(entry.owner or '')}."
        case Move.WIN:
            return f"{who} won {name}: {money(entry.detail.get('value_cents') or 0, facts.handoff.currency)}{said}."
        case Move.LOSE:
            return f"{who} lost {name}{said}."
        case Move.HAND:
            return f"{who} handed {name} to {mention(entry.owner or '')}: it is no longer with you{said}."
        case Move.TAKE:
            return f"{who} took {name}: it is no longer with you."
        case Move.UPHOLD:
            return f"{who} looked at {name} and upheld the rejection{said}."
        case Move.OVERTURN:
            return f"{who} looked at {name} and overturned the rejection: it is on offer again{said}."
        case Move.FLAG | Move.WITHDRAW | Move.CONTACT | Move.ANSWER | Move.CONTEST | Move.EDIT | Move.UNDO | Move.STOOD:
            return f"{who} moved {name}: {entry.state}{said}."


def unanswered(facts: HandoffFacts) -> Message:
    """Returns the reminder to the marketer that a rejection waits for their answer."""
    why = escape(asked_as(facts.terms.agreement, facts.handoff.reason), 100)
    words = f"The rejection of {title(facts)} waits for your answer: {why}."
    return message(words, [section(words), *actions(rejection_buttons(facts))])


def ruling(facts: HandoffFacts) -> Message:
    """Returns the message that asks a manager to rule on a contested rejection. One ruling settles it."""
    handoff = facts.handoff
    contest = next((entry for entry in reversed(facts.history) if entry.move == Move.CONTEST.value), None)
    why = escape(asked_as(facts.terms.agreement, handoff.reason), 100)
    said = f" · {quoted(handoff.reason_note, 600)}" if handoff.reason_note else ""
    words = f"{mention(handoff.flagged_by)} contests the rejection of {title(facts)}."
    lines = [f"*{words}*"]
    if handoff.rejected_by:
        lines.append(f"{mention(handoff.rejected_by)} had rejected it: {why}{said}.")
    if contest:
        lines.append(f"{mention(contest.actor)}: {quoted(contest.note, 600)}")
    if not handoff.contested:
        words = f"{mention(handoff.flagged_by)} took back the contest of {title(facts)}."
        return message(words, [section(words)])
    if handoff.ruled:
        ruled = next(
            (entry for entry in reversed(facts.history) if entry.move in (Move.UPHOLD.value, Move.OVERTURN.value)), None
        )
        if ruled:
            verb = "upheld the rejection" if ruled.move == Move.UPHOLD.value else "overturned it"
            lines.append(f"{mention(ruled.actor)} {verb}.")
        return message(words, [section("\n".join(lines))])
    buttons = [
        button("Overturn", Action.OVERTURN, handoff.id, style="primary"),
        button("Uphold", Action.UPHOLD, handoff.id),
        button("Details", Action.DETAILS, handoff.id),
    ]
    return message(words, [section("\n".join(lines)), *actions(buttons)])


def withheld() -> Message:
    """Returns the message that replaces what was said to somebody who has no part in the handoff any more."""
    words = "You take no part in the handoff any more, so what stood here is not shown."
    return message(words, [context(words)])


def _now(facts: HandoffFacts) -> str:
    return what_happens_now(facts).replace(mention(facts.handoff.flagged_by), "you")
