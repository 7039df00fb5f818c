"""Buttons: some move a handoff at once, the others open a form for it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from slack_bolt import Ack

from bot.slack import parse
from bot.slack.ids import PREFIX, Action, Form, Origin, Shortcut
from bot.slack.parse import Place
from bot.slack.quicktext import Draft
from bot.slack.views import answers, forms, story
from bot.slack.views.blocks import Block, Message
from handlers import editing, flagging, screens, setup
from handlers.deps import Deps
from handlers.errors import answered, whisper
from models.handoffs.briefs import HandoffBrief
from models.rules.callers import Caller
from models.rules.lifecycle import Move, next_state
from models.rules.rows import standing

# How far ahead the form to qualify suggests the close.
USUAL_CYCLE = timedelta(days=30)


def handle(ack: Ack, body: dict[str, Any], deps: Deps) -> None:
    """Handles a click. The person sees the change where it is shown. Only they read what could not be done."""
    where = parse.place(body, deps.workspace_of(body))
    for action in body.get("actions", []):
        whisper(deps, where, answered(partial(_clicked, body, action, where, deps), where, deps))
    if (body.get("view") or {}).get("type") == "home":
        # If this fails, the person has the answer to the click itself.
        answered(lambda: screens.home(deps, deps.caller_of(where)), where, deps)
    ack()


def shortcut(ack: Ack, body: dict[str, Any], deps: Deps) -> None:
    """Opens the form that flags a lead, from anywhere or from a message."""
    where = parse.place(body, deps.workspace_of(body))
    from_message = body.get("callback_id") == Shortcut.FLAG_FROM_MESSAGE

    def open_form() -> Message | None:
        by = deps.caller_of(where)
        if from_message:
            return flagging.from_message(body, by, where, deps)
        return flagging.open_form(deps, by, where, Draft())

    whisper(deps, where, answered(open_form, where, deps))
    ack()


def _clicked(body: dict[str, Any], action: dict[str, Any], where: Place, deps: Deps) -> Message | None:
    by = deps.caller_of(where)
    which, named = parse.clicked(action)
    if which is Action.FLAG:
        return flagging.open_form(deps, by, where, Draft())
    if which is Action.SETUP:
        return setup.open_form(deps, where)
    if which is None:
        return answers.unknown_button() if action["action_id"].startswith(PREFIX) else None
    if named is None:
        return None
    if which is Action.UNDO:
        return editing.undo(body, action, named, by, deps)
    if which in parse.MOVE_OF_ACTION:
        request = parse.click(body, action, parse.MOVE_OF_ACTION[which], named)
        moved = deps.desk.move(request, by=by, at=deps.clock.now())
        return screens.answer(parse.origin(body), moved)
    if which is Action.FIX:
        return flagging.fix(deps, by, where, named)
    return _open(which, deps.queries.brief(named, by=by), by, where, parse.origin(body), deps)


def _open(which: Action, facts: HandoffBrief, by: Caller, where: Place, origin: Origin, deps: Deps) -> Message | None:
    """Opens the form for a move. If the move is not legal any more, raises Refused, so that the person reads why before
    they fill in the form."""
    move, view = _FORMS[which]
    if move is None:
        return screens.show(deps, where, view(facts, by, deps), otherwise=_without_form(which, facts))
    next_state(standing(facts.handoff), move, by=by.person, roles=facts.terms.roles(by))
    form = forms.opened_from(view(facts, by, deps), origin, where.channel)
    return screens.show(deps, where, form, otherwise=_without_form(which, facts))


def _without_form(which: Action, facts: HandoffBrief) -> str:
    """Returns what to do if Slack does not open a form."""
    if which is Action.REJECT:
        codes = ", ".join(facts.terms.agreement.codes(Move.REJECT))
        return f"I could not open the form. Write `/reject {facts.handoff.number} REASON note`; the reasons: {codes}."
    return "I could not open the form. Please click again."


def _suggested_qualify(facts: HandoffBrief, _by: Caller, deps: Deps) -> Block:
    return forms.qualify(facts, suggested_close=(deps.clock.now() + USUAL_CYCLE).date())


def _details(facts: HandoffBrief, by: Caller, deps: Deps) -> Block:
    return story.details(deps.queries.story(facts.id, by=by), now=deps.clock.now())


# The move that each button makes (None: it only shows something), and the view that it opens.
_FORMS: Mapping[Action, tuple[Move | None, Callable[[HandoffBrief, Caller, Deps], Block]]] = {
    Action.REJECT: (Move.REJECT, lambda facts, *_: forms.reason(facts, Move.REJECT)),
    Action.DISQUALIFY: (Move.DISQUALIFY, lambda facts, *_: forms.reason(facts, Move.DISQUALIFY)),
    Action.RETURN: (Move.RETURN, lambda facts, *_: forms.note(facts, Form.RETURN)),
    Action.HAND: (Move.HAND, lambda facts, *_: forms.hand(facts)),
    Action.CONTEST: (Move.CONTEST, lambda facts, *_: forms.note(facts, Form.CONTEST)),
    Action.QUALIFY: (Move.QUALIFY, _suggested_qualify),
    Action.WIN: (Move.WIN, lambda facts, *_: forms.win(facts)),
    Action.LOSE: (Move.LOSE, lambda facts, *_: forms.lose(facts)),
    Action.EDIT: (Move.EDIT, lambda facts, *_: forms.edit(facts)),
    Action.DETAILS: (None, _details),
}
