"""Slash commands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from slack_bolt import Ack

from bot.slack import orders, parse
from bot.slack.ids import Command, Origin
from bot.slack.inputs import Given
from bot.slack.orders import Order
from bot.slack.parse import Place
from bot.slack.text import escape, quoted
from bot.slack.views import alarm, answers, forms, story
from bot.slack.views.blocks import Message
from handlers import flagging, screens, setup
from handlers.deps import Deps
from handlers.errors import answered, ephemeral
from handlers.speaking import spoken
from models.errors import PersonId, ReasonNeeded
from models.handoffs.listed import Listed
from models.handoffs.queries import Named
from models.rules.callers import Caller
from models.rules.lifecycle import Move, State, next_state
from models.rules.requests import UndoRequest
from models.rules.rows import standing

# The most words at the beginning of a text that may be a lead's name.
LONGEST_NAME = 4

Handler = Callable[[dict[str, Any], Caller, Place, Deps], Message | None]
WordHandler = Callable[[dict[str, Any], str, Caller, Place, Deps], Message | None]


class SlashCommand(NamedTuple):
    """What a command does, and its lines in the help: an example of what follows it, and what that does."""

    act: Handler
    help: Sequence[tuple[str, str]]


class Word(NamedTuple):
    """What may follow `/baton`: what it does, an example, and its line in the help. The line is empty if that of
    another word speaks of this one."""

    act: WordHandler
    example: str
    help: str


# In the order of the help.
WORDS: dict[str, Word] = {}


def word(example: str, *, told: str = "") -> Callable[[WordHandler], WordHandler]:
    """Makes a function what `/baton` does if the first word of the example follows it. `told`: its line in the help."""

    def entered(act: WordHandler) -> WordHandler:
        WORDS[orders.subcommand(example)[0]] = Word(act, example, told)
        return act

    return entered


def handle(ack: Ack, command: dict[str, Any], deps: Deps) -> None:
    """Handles each of our commands. Only the caller sees the answer."""
    where = parse.place(command, deps.workspace_of(command))
    meant = COMMANDS.get(command["command"], COMMANDS[Command.BATON])
    act = help_wanted if orders.wants_help(command.get("text")) else meant.act
    told = answered(lambda: act(command, deps.caller_of(where), where, deps), where, deps, repeated=answers.repeated())
    ack(**ephemeral(told))


def help_wanted(_command: dict[str, Any], _by: Caller, _where: Place, _deps: Deps) -> Message | None:
    """`/mql help`, and the same with each command."""
    return answers.help_text(helped())


def helped() -> list[tuple[str, str]]:
    """Returns the lines of the help: an example of each command, and what it does."""
    return [(f"{name} {example}".strip(), what) for name, known in COMMANDS.items() for example, what in known.help]


def accept(command: dict[str, Any], by: Caller, where: Place, deps: Deps) -> Message | None:
    """`/accept 42 [note]`, `/accept 4, 5`, `/accept Zoë`: the caller promises to work these leads. Alone: lists what
    they can accept."""
    text = orders.text_of(command.get("text"))
    if not text:
        return _acceptable(by, deps)
    return _taken(command, Move.ACCEPT, orders.accept(text), by, where, deps)


def _taken(command: dict[str, Any], move: Move, order: Order, by: Caller, where: Place, deps: Deps) -> Message | None:
    """Accepts or takes each lead that is meant, by number or by name."""
    order, named = _called(order, move, by, deps)
    if not order.numbers:
        return _which(order, named, move, by, deps)
    return _each(order.numbers, lambda number: _move(command, move, number, order, by, deps), where, deps)


def _called(order: Order, move: Move, by: Caller, deps: Deps) -> tuple[Order, Named]:
    """Returns the order with the number of the one lead that has this name, and the leads that may be meant.

    The name is all the words or the first few, and then the rest is the note. If it is the first word alone, Baton
    asks. It does not count if the next word may be the rest of the name.
    """
    nobody = Named(certain=(), all=())
    if order.numbers or not order.named:
        return order, nobody
    words = order.named.split()
    whole = deps.queries.named(order.named, move, by=by)
    if whole.all:
        return _one_of(order, whole, ""), whole
    if (number := orders.called_number(order.named)) is not None:
        return replace(order, numbers=(number,)), nobody
    for cut in range(min(len(words) - 1, LONGEST_NAME), 0, -1):
        named = deps.queries.named(" ".join(words[:cut]), move, by=by)
        if named.certain and (cut > 1 or not words[cut][:1].isupper()):
            rest = " ".join((" ".join(words[cut:]).lstrip("-–—,;: "), order.note)).strip()
            return (_one_of(order, named, rest) if cut > 1 else order), named
    return order, nobody


def _one_of(order: Order, named: Named, note: str) -> Order:
    """Returns the order with the number of the lead, if exactly one has the name."""
    if len(named.certain) != 1:
        return order
    return replace(order, numbers=(named.certain[0].number,), note=note or order.note)


def reject(command: dict[str, Any], by: Caller, where: Place, deps: Deps) -> Message | None:
    """`/reject 42 bad_data note`, in any order. Without a reason that counts: opens the form, with everything typed.
    Alone: lists what the caller can reject."""
    text = orders.text_of(command.get("text"))
    if not text:
        return _acceptable(by, deps)
    order = orders.reject(text, deps.queries.terms(by.workspace_id).agreement)
    if not order.numbers and order.reason is not None and _names_a_lead(text, by, deps):
        order = replace(order, named=text, reason=None, note="")  # its words only look like a reason
    if not order.numbers:
        order, named = _called(order, Move.REJECT, by, deps)
        mine = () if order.numbers or named.all else _offered_to(by, deps)
        if order.reason is not None and len(mine) == 1:  # words that are no name are the note, but Baton asks
            note, doubt = (order.named, "Is this the lead that you mean?") if order.named else (order.note, order.doubt)
            order = replace(order, numbers=(mine[0].number,), note=note, doubt=doubt)
        elif order.reason is not None and mine and not order.named:
            named = Named(certain=mine, all=mine)
        if not order.numbers and not named.all and order.perhaps is not None:
            order = replace(order, numbers=(order.perhaps,), note=order.text, doubt="Is this the lead that you mean?")
        if not order.numbers:
            return _which(order, named, Move.REJECT, by, deps)
    if order.reason is None and len(order.numbers) > 1:
        asked = deps.queries.listed(order.numbers, by=by)
        return answers.which_reason(
            deps.queries.terms(by.workspace_id), by.person, asked, order.doubt, now=deps.clock.now()
        )
    if order.reason is None or order.doubt:
        return _ask_why(order, by, where, deps)
    return _each(order.numbers, lambda number: _move(command, Move.REJECT, number, order, by, deps), where, deps)


def _offered_to(by: Caller, deps: Deps) -> tuple[Listed, ...]:
    """Returns the leads that wait for the caller to accept or reject them."""
    owed = deps.queries.waiting(by=by, at=deps.clock.now()).owed
    return tuple(one for one in owed if one.handoff.state == State.OFFERED)


def _names_a_lead(text: str, by: Caller, deps: Deps) -> bool:
    """True if all of the text is the name of one lead. A company may have the same name as a reason."""
    return len(deps.queries.named(text, Move.REJECT, by=by).certain) == 1


def baton(command: dict[str, Any], by: Caller, where: Place, deps: Deps) -> Message | None:
    """`/baton WORD rest`: does what `WORDS` has for the word."""
    first, rest = orders.subcommand(orders.text_of(command.get("text")))
    if (number := orders.number(first)) is not None:
        return _lead(command, str(number), by, where, deps)
    known = WORDS.get(first)
    if known is None:
        return answers.unknown_word(first, orders.guess(first, list(WORDS)), rest)
    return known.act(command, rest, by, where, deps)


def _acceptable(by: Caller, deps: Deps) -> Message:
    now = deps.clock.now()
    return answers.acceptable(deps.queries.waiting(by=by, at=now), now=now)


def _each(numbers: Sequence[int], act: Callable[[int], Message], where: Place, deps: Deps) -> Message | None:
    """Runs `act` for each of these leads. If there are several, each gets its own answer: done, or refused and why."""
    if len(numbers) == 1:
        return act(numbers[0])
    told = [answered(partial(act, number), where, deps, repeated=answers.repeated()) for number in numbers]
    return answers.several([one for one in told if one is not None])


def _move(command: dict[str, Any], move: Move, number: int, order: Order, by: Caller, deps: Deps) -> Message:
    request = parse.move(command, move, number, replace(order, note=spoken(deps, by, order.note)))
    return answers.moved(deps.desk.move(request, by=by, at=deps.clock.now()))


def _ask_why(order: Order, by: Caller, where: Place, deps: Deps) -> Message | None:
    """Opens the form that rejects a lead, with what was typed. Raises Refused if the lead can't be rejected."""
    facts = deps.queries.brief(order.numbers[0], by=by)
    next_state(standing(facts.handoff), Move.REJECT, by=by.person, roles=facts.terms.roles(by))
    needed = ReasonNeeded(
        number=facts.number, verb=str(Move.REJECT), codes=", ".join(facts.terms.agreement.codes(Move.REJECT))
    )
    note = spoken(deps, by, order.note)
    given = Given(at=deps.clock.now(), reason=order.reason, note=note)
    view = forms.of_move(facts, Move.REJECT, given, doubt=order.doubt)
    wrote = f" You wrote: {quoted(note, 1500)}" if note else ""
    otherwise = f"{escape(order.doubt)} {escape(str(needed), 1000)}{wrote}".strip()
    return screens.show(deps, where, forms.opened_from(view, Origin.ASIDE), otherwise=otherwise)


def _which(order: Order, named: Named, move: Move, by: Caller, deps: Deps) -> Message:
    """Returns the question which lead is meant, because none or more than one has this name."""
    terms, now = deps.queries.terms(by.workspace_id), deps.clock.now()
    if named.all:
        return answers.which(terms, by.person, order.named, named.certain or named.all, move, now=now)
    if order.perhaps is not None and (meant := deps.queries.listed([order.perhaps], by=by)):
        return answers.which(terms, by.person, order.named, meant, move, now=now)
    found, known = deps.queries.find(order.named, by=by), WORDS.get(move)
    example = known.example if known else None
    return answers.nobody_called(terms, by.person, order.named, found, move, now=now, example=example)


# What may follow `/baton`.


@word("mine", told="everything in which you have the next move")
def _mine(_command: dict[str, Any], _rest: str, by: Caller, _where: Place, deps: Deps) -> Message | None:
    now = deps.clock.now()
    return answers.waiting_list(deps.queries.waiting(by=by, at=now), now=now)


@word("find acme", told="leads by words of their name, company or address")
def _find(_command: dict[str, Any], rest: str, by: Caller, _where: Place, deps: Deps) -> Message | None:
    """`/baton find acme`."""
    if not rest:
        return answers.usage("Whom do you look for? `/baton find acme`, or `/baton lead 42`.")
    what = deps.queries.find(rest, by=by)
    return answers.found(deps.queries.terms(by.workspace_id), by.person, rest, what, now=deps.clock.now())


@word("lead 42", told="all about one handoff")
def _lead(command: dict[str, Any], rest: str, by: Caller, where: Place, deps: Deps) -> Message | None:
    """`/baton lead 42`. With words: searches for them."""
    number = orders.number(rest)
    if number is not None:
        return story.lead(deps.queries.story(number, by=by), by.person, now=deps.clock.now())
    return _find(command, rest, by, where, deps)


@word("hand 42 @dana why", told="for managers: hand a lead to somebody else; `/baton take 42` takes it yourself")
def _hand(command: dict[str, Any], rest: str, by: Caller, where: Place, deps: Deps) -> Message | None:
    """`/baton hand 42 @dana why`, `/baton hand Zoë Kaya to @dana`. If it does not say who gets the lead: opens the
    form, with everything else."""
    order, named = _called(orders.hand(rest), Move.HAND, by, deps)
    if not order.numbers:
        return _which(order, named, Move.HAND, by, deps)
    order = _to_somebody(order, by, deps)
    if order.to is not None and not order.doubt:
        deps.callers.meet(where, order.to)
        return _each(order.numbers, lambda number: _move(command, Move.HAND, number, order, by, deps), where, deps)
    if len(order.numbers) > 1:
        return answers.usage("I could not tell who gets these: `/baton hand 4, 5 @dana`.")
    [number] = order.numbers
    facts = deps.queries.brief(number, by=by)
    next_state(standing(facts.handoff), Move.HAND, by=by.person, roles=facts.terms.roles(by))
    usage = f"I could not open the form. Write `/baton hand {number} @somebody why`."
    given = Given(at=deps.clock.now(), note=spoken(deps, by, order.note))
    view = forms.of_move(facts, Move.HAND, given, doubt=order.doubt)
    return screens.show(deps, where, forms.opened_from(view, Origin.ASIDE), otherwise=usage)


def _to_somebody(order: Order, by: Caller, deps: Deps) -> Order:
    """Returns the order with the person who has the typed name. If nobody or several people have it, all that was typed
    is the note."""
    name = order.to_name or order.note
    if order.to is not None or not name:
        return order
    called = deps.queries.terms(by.workspace_id).called(name)
    if len(called) == 1:
        return replace(order, to=PersonId(called[0].id), note=order.note if order.to_name else "")
    if not order.to_name:
        return replace(order, doubt="I could not tell who gets it.")
    how_many = f"{len(called)} people are" if called else "Nobody here is"
    return replace(order, note=order.text, doubt=f"{how_many} called “{name[:60]}”.")


@word("take 42")
def _take(command: dict[str, Any], rest: str, by: Caller, where: Place, deps: Deps) -> Message | None:
    """`/baton take 42 why`, `/baton take Zoë`."""
    return _taken(command, Move.TAKE, orders.take(rest), by, where, deps)


@word("undo", told="take back what you did last, within five minutes")
def _undo(command: dict[str, Any], rest: str, by: Caller, _where: Place, deps: Deps) -> Message | None:
    """`/baton undo`: takes back what the caller did last."""
    if rest.strip():  # with a number, the person may mean another lead than that of their last move
        return answers.usage("`/baton undo` takes back what you did last, and knows no number: write it alone.")
    request = UndoRequest(receipt=parse.command_receipt(command), line=None)
    return answers.undone(deps.desk.undo(request, by=by, at=deps.clock.now()))


@word("status", told="how the handoff stands in this workspace")
def _status(_command: dict[str, Any], _rest: str, by: Caller, _where: Place, deps: Deps) -> Message | None:
    """Shows numbers to every member. What is wrong names leads, so only people who may see leads read it."""
    now, terms = deps.clock.now(), deps.queries.terms(by.workspace_id)
    open_count, late_count = deps.queries.open_counts(by=by, at=now)
    counts = deps.queue.counts(at=now, by=by)
    findings = deps.audit.findings(at=now) if terms.may_see_leads(by) else ()
    return answers.status(
        terms,
        open_count=open_count,
        late_count=late_count,
        outbox_due=counts["due"],
        dead=counts["dead"],
        alarms=[alarm.headline(found) for found in findings if found.workspace_id == by.workspace_id],
    )


@word("setup", told="the agreement: channels, people, promises, the digest")
def _setup(_command: dict[str, Any], _rest: str, _by: Caller, where: Place, deps: Deps) -> Message | None:
    return setup.open_form(deps, where)


@word("help")
def _help(command: dict[str, Any], _rest: str, by: Caller, where: Place, deps: Deps) -> Message | None:
    return help_wanted(command, by, where, deps)


COMMANDS: Mapping[str, SlashCommand] = {
    Command.MQL: SlashCommand(
        flagging.mql,
        [
            ("", "flag a lead: opens a form"),
            ('Jane Doe, Acme, jane@acme.com, source=webinar score=72 "asked for pricing"', "flag a lead in one line"),
        ],
    ),
    Command.ACCEPT: SlashCommand(
        accept, [("42 [note]", "promise to work lead 42; also 4, 5 or a name; alone: the leads you can accept")]
    ),
    Command.REJECT: SlashCommand(
        reject,
        [("42 bad_data the number does not exist", "send it back with a reason; without: a form, or a list")],
    ),
    Command.BATON: SlashCommand(baton, [(known.example, known.help) for known in WORDS.values() if known.help]),
}
