"""What marketers and managers read about single leads."""

from bot.slack.ids import Action
from bot.slack.moves import MOVES, News, move_button, moved
from bot.slack.text import escape, mention, quoted
from bot.slack.views.blocks import Message, actions, button, context, message, section
from bot.slack.views.card import asked_as, rejection_buttons, title, what_happens_now
from models.handoffs.queries import HandoffFacts
from models.rules.lifecycle import PAST, Move, State
from models.rules.rows import LedgerRow


def news(facts: HandoffFacts, line: LedgerRow, *, card: str = "") -> Message:
    """Returns the message about this ledger line. The marketer reads what became of their lead, and its former owner
    reads who has it now. `card`: the address of the lead's card."""
    name = title(facts)
    undone = any(later.undoes == line.id for later in facts.history)
    words = (
        f"{mention(line.actor)} {PAST[Move(line.move)]} {name}, and took that back."
        if undone
        else _sentence(facts, line)
    )
    open_rejection = Move(line.move) is Move.REJECT and facts.state is State.REJECTED
    buttons = rejection_buttons(facts) if open_rejection else []
    return message(words, [section(words.replace(name, f"<{card}|{name}>", 1) if card else words), *actions(buttons)])


def _sentence(facts: HandoffFacts, line: LedgerRow) -> str:
    """Returns the sentence about a ledger line, in the words of its move."""
    known = MOVES.get(Move(line.move))
    tell = known.news if known else moved
    return tell(
        News(
            facts=facts,
            line=line,
            who=mention(line.actor),
            lead=title(facts),
            why=escape(asked_as(facts.terms.agreement, line.reason), 100),
            said=f" · {quoted(line.note, 600)}" if line.note else "",
            goes=what_happens_now(facts).replace(mention(facts.handoff.flagged_by), "you"),
        )
    )


def unanswered(facts: HandoffFacts) -> Message:
    """Returns the reminder to the marketer that a rejection waits for their answer."""
    why = escape(asked_as(facts.terms.agreement, facts.handoff.reason), 100)
    words = f"The rejection of {title(facts)} waits for your answer: {why}."
    return message(words, [section(words), *actions(rejection_buttons(facts))])


def ruling(facts: HandoffFacts) -> Message:
    """Returns the message that asks a manager to rule on a contested rejection. One ruling settles it."""
    handoff = facts.handoff
    contest = next((line for line in reversed(facts.history) if line.move == Move.CONTEST.value), None)
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
            (line for line in reversed(facts.history) if line.move in (Move.UPHOLD.value, Move.OVERTURN.value)), None
        )
        if ruled:
            verb = "upheld the rejection" if ruled.move == Move.UPHOLD.value else "overturned it"
            lines.append(f"{mention(ruled.actor)} {verb}.")
        return message(words, [section("\n".join(lines))])
    buttons = [
        move_button(Move.OVERTURN, handoff.id, style="primary"),
        move_button(Move.UPHOLD, handoff.id),
        button("Details", Action.DETAILS, handoff.id),
    ]
    return message(words, [section("\n".join(lines)), *actions(buttons)])


def withheld() -> Message:
    """Returns the message that replaces what was said to somebody who has no part in the handoff any more."""
    words = "You take no part in the handoff any more, so what stood here is not shown."
    return message(words, [context(words)])
