"""What one person reads in answer to what they did."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.slack.ids import Action, is_person
from bot.slack.moves import MOVES, listed_buttons, move_button, usable
from bot.slack.text import at_time, channel, escape, mention, show, when
from bot.slack.views.blocks import Block, Message, actions, button, context, divider, message, section
from bot.slack.views.card import card_buttons, title
from bot.slack.views.deadlines import by_when, is_late
from models.errors import AlreadyOpen, ContactAgain, DatabaseProblem, NotSetUp, NotShown, PersonId, Refused
from models.handoffs.listed import HandoffBrief, Listed
from models.handoffs.queries import Waiting
from models.handoffs.search import COUNTED, SHOWN, Found
from models.rules.amendments import Difference
from models.rules.ladders import What
from models.rules.lifecycle import RULES, Move, State, may_flag, stays_with_mover
from models.rules.terms import Terms

LATE_WITH_OTHERS = "Late with others"


def refused(refusal: Refused, *, now: datetime) -> Message:
    """Returns the answer to a refused move: what is in the way, and the button that helps, if there is one."""
    words = refusal.sentence(lambda fact: show(fact, now))
    match refusal:
        case ContactAgain():
            words = refusal.sentence(lambda fact: at_time(fact) if isinstance(fact, datetime) else show(fact, now))
            asked_at = f"{refusal.facts['handoff']}:{refusal.facts['attempts']}"
            buttons = [button("Log another one", Action.CONTACT_AGAIN, asked_at)]
        case NotSetUp():
            buttons = [button("Set up…", Action.SETUP, style="primary")]
        case AlreadyOpen():
            buttons = [button("Details", Action.DETAILS, refusal.facts["handoff"])]
        case _:
            buttons = []
    return message(words, [section(words), *actions(buttons)])


def repeated() -> Message:
    words = "That came twice; it was answered the first time."
    return message(words, [section(words)])


def unknown_button() -> Message:
    """Returns the answer to a button of ours that this version of Baton does not have."""
    words = "I don't know this button any more, so nothing happened. `/baton mine` lists what waits for you."
    return message(words, [section(words)])


def failed(error_id: str) -> Message:
    words = (
        f"Something went wrong on my side. Look with `/baton mine` whether it was done before you try again; if it "
        f"stays, give your admin the number `{error_id}`."
    )
    return message(words, [section(words)])


def not_saved(why: DatabaseProblem) -> Message:
    """Returns the answer if the database does not take what the person did. It may have taken it before it failed, so
    the answer invites the person to do it again: nothing happens twice."""
    words = (
        f"I could not save this: the database {why}. Please do it again in a minute, nothing happens twice; if it "
        f"stays so, tell whoever runs Baton."
    )
    return message(words, [section(words)])


def flagged(facts: HandoffBrief) -> Message:
    owner, due = mention(facts.handoff.owner or ""), facts.due_at
    by = f" until {when(due)}" if due else ""
    where = channel(facts.terms.agreement.handoff_channel)
    words = f"Flagged as {title(facts)}. {owner} has{by} to accept it; the card is in {where}."
    return message(words, [section(words), *actions(_undo(facts))])


def moved(facts: HandoffBrief) -> Message:
    """Returns the confirmation of a move for the person who made it, with the buttons of the next step."""
    handoff = facts.handoff
    known = MOVES.get(handoff.moved)
    words = known.answer(facts, title(facts)) if known and known.answer else _outcome(facts)
    buttons = card_buttons(facts) if stays_with_mover(handoff.moved, facts.state) else []
    return message(words, [section(words), *actions([*buttons, *_undo(facts)])])


def done(facts: HandoffBrief) -> Message:
    """Returns the same confirmation beside the card, which has the buttons of the next step itself."""
    words = moved(facts).text
    return message(words, [section(words), *actions(_undo(facts))])


def undone(facts: HandoffBrief) -> Message:
    """Returns the confirmation that the person's last move is taken back."""
    if facts.handoff.voided:
        words = f"Taken back: {title(facts)} is not handed over, and counts nowhere."
    else:
        words = f"Taken back: {title(facts)} is as it was before, {facts.state}."
        if facts.handoff.owner:
            words += f" {mention(facts.handoff.owner)} has the next move."
    return message(words, [section(words)])


def edited(facts: HandoffBrief) -> Message:
    words = f"Saved: {title(facts)}. Its card follows."
    return message(words, [section(words)])


def _undo(facts: HandoffBrief) -> list[Block]:
    return [button("Undo", Action.UNDO, facts.line)] if facts.line is not None else []


def _outcome(facts: HandoffBrief) -> str:
    """Returns what a move made of the handoff, and what the person can do next."""
    name, handoff = title(facts), facts.handoff
    due = f" by {when(facts.due_at)}" if facts.due_at else ""
    match facts.state:
        case State.OFFERED:
            return f"{name} is on offer again, now to {mention(handoff.owner or '')}."
        case State.ACCEPTED:
            return f"{name} is yours. First contact{due}."
        case State.WORKING:
            return f"Contact logged for {name}. Qualify or disqualify it{due}."
        case State.QUALIFIED:
            return f"{name} is qualified. Mark it won or lost when it closes."
        case State.REJECTED:
            return f"{name} is rejected; {mention(handoff.flagged_by)} hears why."
        case State.DISQUALIFIED:
            return f"{name} is disqualified; {mention(handoff.flagged_by)} hears why."
        case State.WITHDRAWN:
            return f"{name} is withdrawn."
        case State.WON:
            return f"{name} is won; {mention(handoff.flagged_by)} hears of it."
        case State.LOST:
            return f"{name} is marked as lost."


def acceptable(waiting: Waiting, *, now: datetime) -> Message:
    """Returns the answer to `/accept` or `/reject` alone: what the caller can accept or reject."""
    mine = [one for one in waiting.owed if one.handoff.state == State.OFFERED]
    as_a_rep = replace(waiting, late_with_others=())  # the caller means to accept, late or not
    return _choice(
        as_a_rep,
        now,
        [("Offered to you", mine), ("Offered to others", waiting.on_offer)],
        nothing="No lead waits to be accepted or rejected.",
    )


def waiting_list(waiting: Waiting, *, now: datetime) -> Message:
    """Returns the answer to `/baton mine`: everything in which the caller has the next move."""
    parts = [
        ("You have the next move", waiting.owed),
        ("Rejected, and not answered by you yet", waiting.unanswered),
        (LATE_WITH_OTHERS, waiting.late_with_others),
    ]
    return _choice(waiting, now, parts, nothing="Nothing waits for you.")


def home(waiting: Waiting, *, now: datetime) -> Block:
    """Returns App Home: what waits for the person, and what they may take."""
    late = {one.number for one in waiting.late_with_others}
    parts = [
        ("You have the next move", waiting.owed),
        ("Rejected, and not answered by you yet", waiting.unanswered),
        (LATE_WITH_OTHERS, waiting.late_with_others),
        ("On offer to others", [one for one in waiting.on_offer if one.number not in late]),
    ]
    each = 48 // max(1, sum(1 for _, listed in parts if listed)) - 1
    blocks = [block for words, listed in parts if listed for block in _part(waiting, now, words, listed, each)]
    if not blocks:
        blocks = [section("Nothing waits for you.")]
    flags = may_flag(waiting.terms.roles(waiting.terms.caller(waiting.person)))
    flag = actions([button("Flag a lead…", Action.FLAG, style="primary")] if flags else [])
    return {"type": "home", "blocks": [*flag, *blocks][:100]}


def home_before_setup() -> Block:
    words = "Baton is not set up here yet: choose the channel where leads are handed over, and it starts."
    return {"type": "home", "blocks": [section(words), *actions([button("Set up…", Action.SETUP, style="primary")])]}


def home_without_part(refusal: NotShown) -> Block:
    """Returns App Home for somebody without a role: no lead, and how that can change."""
    return {"type": "home", "blocks": [section(escape(str(refusal)))]}


def help_text(commands: Sequence[tuple[str, str]]) -> Message:
    """Returns the help. `commands`: each an example, and what it does."""
    lines = [f"`{escape(command)}` {escape(what)}" for command, what in commands]
    words = "Baton hands leads from marketing to sales, and sees to it that none falls."
    reactions = (
        "On a card you can also use its buttons, reply in its thread, or react: ✅ accept, ❌ reject, 📞 contacted, "
        "🏆 won, ⭐ great, 👍 good, 👎 poor, ❄️ cold."
    )
    return message(words, [section(words), section("\n".join(lines)), context(reactions)])


def status(
    terms: Terms, *, open_count: int, late_count: int, outbox_due: int, dead: int, alarms: Sequence[str]
) -> Message:
    """Returns the answer to `/baton status`. `alarms`: what is wrong with the handover itself, one sentence each."""
    agreement = terms.agreement
    words = f"{open_count} handoff{'s' if open_count != 1 else ''} open, {late_count} late."
    other = "; some sources have other times" if agreement.varies(What.ANSWER, What.CONTACT) else ""
    lines = [
        f"*{words}*",
        (
            f"Leads are handed over in {channel(agreement.handoff_channel)}, the digest goes to "
            f"{channel(agreement.digests_to)} on {agreement.digest.day.capitalize()}s at {agreement.digest.time:%H:%M} "
            f"({escape(agreement.timezone)})."
        ),
        (
            f"Promises: accept or reject in {agreement.sla.accept_hours:g} business hours, first contact in "
            f"{agreement.sla.contact_hours:g}{other}. Agreement version {terms.version}."
        ),
        f"Messages waiting to be sent: {outbox_due}; given up: {dead}" + (" (see `baton doctor`)." if dead else "."),
        *(f"⚠️ {words}" for words in alarms),
    ]
    return message(words, [section("\n".join(lines))])


def reaction_needs_form(facts: HandoffBrief, move: Move) -> Message:
    """Returns the button that opens a form, because a reaction can't open one."""
    words = MOVES[move].reaction_asks.format(lead=title(facts))
    return message(words, [section(words), *actions([move_button(move, facts.id, style="primary")])])


def reaction_not_undone(facts: HandoffBrief) -> Message:
    words = (
        f"Taking the reaction away does not undo the move: {title(facts)} is {facts.state}. "
        f"Use the buttons of the card to move it on."
    )
    return message(words, [section(words)])


def set_up(handoff_channel: str, digest_channel: str, *, version: int, before: int) -> Message:
    """Returns the confirmation of the set-up. `version` is in force now, `before` was in force before (0: none)."""
    if version == before:
        words = f"Nothing changed: this is what is agreed already (agreement version {version})."
        return message(words, [section(words)])
    words = (
        f"Baton is set up (agreement version {version}). Leads are handed over in {channel(handoff_channel)}, "
        f"the weekly digest goes to {channel(digest_channel)}. Try `/mql`."
    )
    private = "If one of them is private, invite me there: `/invite @Baton`."
    return message(words, [section(words), context(private)])


# The most changed keys above the form. A section holds 3,000 characters.
MOST_DIFFERENCES = 10


def changed_meanwhile(refusal: str, found: Sequence[Difference]) -> str:
    """Returns what the caller and somebody else changed in the agreement at the same time, in mrkdwn."""
    lines = [_difference(one) for one in found[:MOST_DIFFERENCES]]
    more = [f"and {len(found) - MOST_DIFFERENCES} more"] if len(found) > MOST_DIFFERENCES else []
    how = "The form below has both changes, yours where you changed the same. Apply it if that is right."
    return "\n".join([refusal, *lines, *more, how])


def _difference(one: Difference) -> str:
    was = "" if one.was is None else f"was {_agreed(one.key, one.was)}, "
    yours = "" if one.wanted in (one.now, one.was) else f"; you entered {_agreed(one.key, one.wanted)}"
    return f"• `{one.key}`: {was}is now {_agreed(one.key, one.now)}{yours}"


def _agreed(key: str, value: object) -> str:
    """Returns a value of the agreement in words. A long one is cut."""
    match value:
        case None | "" | []:
            return "empty"
        case dict():
            return "another table"
        case list():
            shown = ", ".join(_agreed(key, one) for one in value[:4])
            return f"{shown} and {len(value) - 4} more" if len(value) > 4 else shown
        case str() if key.endswith("_channel"):
            return channel(value)
        case str() if key.startswith("people."):
            return mention(value) if is_person(value) else escape(value, 30)
        case _:
            return escape(str(value), 60)


def usage(words: str) -> Message:
    return message(words, [section(words)])


def several(told: Sequence[Message]) -> Message:
    """Returns the answers to one command about several leads, as one message."""
    return message("\n".join(one.text for one in told), [block for one in told for block in one.blocks])


def unknown_word(word: str, meant: str | None, rest: str) -> Message:
    """Returns the answer to `/baton` with a word that it does not know. `meant` is the word that was probably meant, or
    None."""
    words = f"I don't know “{escape(word, 60)}”."
    if meant:
        words += f" Did you mean {meant}? `/baton {escape(f'{meant} {rest}'.strip(), 200)}`"
    looked_for = escape(f"{word} {rest}".strip(), 100)
    hint = f"To look for a lead: `/baton find {looked_for}`. All that I understand: `/baton help`."
    return message(words, [section(words), context(hint)])


def found(terms: Terms, person: PersonId, text: str, what: Found, *, now: datetime) -> Message:
    """Returns the answer to `/baton find`: the leads that have these words."""
    if not what.listed:
        words = f"I find no lead with “{escape(text, 100)}” in its name, company or address."
        return message(words, [section(words)])
    total = len(what.listed) + what.more
    count = f"{total} lead{'s' if total != 1 else ''}" if total < COUNTED else f"More than {COUNTED:,} leads"
    blocks = _rows(terms, person, what.listed, now)
    if what.more:
        blocks.append(context(f"and {what.more:,} more; add a word to find fewer"))
    words = f"{count} with “{escape(text, 100)}”"
    lines = "\n".join(row_line(one, person, terms, now) for one in what.listed)
    return message(f"{words}\n{lines}", [section(f"*{words}*"), *blocks])


def which(terms: Terms, person: PersonId, text: str, listed: Sequence[Listed], move: Move, *, now: datetime) -> Message:
    """Returns the question which lead is meant. Several have this name, or one has it only in part."""
    shown = listed[:SHOWN]
    verb = RULES[move].verb
    words = f"Which lead do you {verb}?" if len(listed) > 1 else f"Is this the lead that you {verb}?"
    lines = "\n".join(row_line(one, person, terms, now) for one in shown)
    blocks = [section(f"*{words}* You wrote “{escape(text, 200)}”."), *_rows(terms, person, shown, now)]
    if len(listed) > len(shown):
        blocks.append(context(f"and {len(listed) - len(shown)} more; add a word to find fewer"))
    return message(f"{words}\n{lines}", blocks)


def which_reason(terms: Terms, person: PersonId, listed: Sequence[Listed], doubt: str, *, now: datetime) -> Message:
    """Returns the question for what reason these leads are rejected."""
    codes = ", ".join(terms.agreement.codes(Move.REJECT))
    words = f"{doubt} Why do you reject them? One by one here, or with one reason after the numbers: {codes}.".strip()
    return message(words, [section(escape(words, 2900)), *_rows(terms, person, listed, now)])


def nobody_called(
    terms: Terms, person: PersonId, text: str, found: Found, move: Move, *, now: datetime, example: str | None
) -> Message:
    """Returns the answer if no lead that this person could move has this name. Others may have it. `example`: what
    follows `/baton` to make the move, or None if the move has a command of its own."""
    words = f"No lead that you can {RULES[move].verb} is called “{escape(text, 200)}”."
    how = f"`/{move} 42` takes the number of a lead, `/{move}` alone lists them."
    if example is not None:
        how = f"I need the number of a lead, or a name that only one has: `/baton {example}`."
    if found.listed:
        lines = "\n".join(row_line(one, person, terms, now) for one in found.listed)
        blocks = [section(f"{words} Called so is:"), *_rows(terms, person, found.listed, now), context(how)]
        return message(f"{words} Called so is:\n{lines}", blocks)
    return message(f"{words} {how}", [section(words), context(how)])


def _choice(waiting: Waiting, now: datetime, parts: Sequence[tuple[str, Sequence[Listed]]], *, nothing: str) -> Message:
    total = sum(len(listed) for _, listed in parts)
    if not total:
        return message(nothing, [section(nothing)])
    each = 20 // sum(1 for _, listed in parts if listed)
    blocks = [block for words, listed in parts if listed for block in _part(waiting, now, words, listed, each)]
    return message(f"{total} handoff{'s' if total != 1 else ''}", blocks)


def _part(waiting: Waiting, now: datetime, words: str, listed: Sequence[Listed], most: int) -> list[Block]:
    """Returns a heading, then two blocks for each handoff: the line, and the buttons that its reader may use."""
    blocks: list[Block] = [divider(), section(f"*{words}*")]
    late = {one.number for one in waiting.late_with_others}
    for one in listed[:most]:
        blocks += row(one, PersonId(waiting.person), waiting.terms, now, late_with_another=one.number in late)
    if len(listed) > most:
        blocks.append(context(f"and {len(listed) - most} more"))
    return blocks


def _rows(terms: Terms, person: PersonId, listed: Sequence[Listed], now: datetime) -> list[Block]:
    return [block for one in listed for block in row(one, person, terms, now)]


def row(one: Listed, person: PersonId, terms: Terms, now: datetime, *, late_with_another: bool = False) -> list[Block]:
    """Returns a handoff in a list, as two blocks: the line, and the buttons that its reader may use. If it is late with
    somebody else, these are the buttons of a manager."""
    buttons = oversight_buttons(one.id) if late_with_another else row_buttons(one)
    mine = usable(buttons, one, terms, person) or [button("Details", Action.DETAILS, one.id)]
    return [section(row_line(one, person, terms, now)), *actions(mine)]


def row_line(one: Listed, person: str, terms: Terms, now: datetime) -> str:
    """Returns a handoff on one line: who, until when or how late, and with whom if that is not this person."""
    handoff = one.handoff
    line = f"*#{handoff.number}* {escape(one.lead.name, 150)}, {escape(one.lead.company, 150)} · "
    line += by_when(one, terms, now)
    if handoff.owner and handoff.owner != person and is_late(one, now):
        since = f" since {when(one.next_move.since)}" if one.next_move else ""
        line += f" · with {mention(handoff.owner)}{since}"
    return line


def row_buttons(one: Listed) -> list[Block]:
    """Returns the buttons of a handoff in a list."""
    buttons = listed_buttons(one)
    if one.handoff.state is State.REJECTED:
        return [button("Fix…", Action.FIX, one.id), *buttons]
    return buttons or [button("Details", Action.DETAILS, one.id)]


def oversight_buttons(this: int) -> list[Block]:
    """Returns the buttons of a manager for a lead that is late with somebody else."""
    return [
        move_button(Move.HAND, this),
        move_button(Move.TAKE, this),
        button("Details", Action.DETAILS, this),
    ]
