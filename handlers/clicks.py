"""Buttons: some move a handoff at once, the others open a form for it."""

from functools import partial
from typing import Any, assert_never

from slack_bolt import Ack

from bot.slack import parse
from bot.slack.ids import PREFIX, Action, Origin, Shortcut
from bot.slack.inputs import Given
from bot.slack.moves import CLICK_AGAIN, FORMS
from bot.slack.parse import Place
from bot.slack.quicktext import Draft
from bot.slack.views import answers, forms, story
from bot.slack.views.blocks import Message
from handlers import editing, flagging, screens, setup
from handlers.deps import Deps
from handlers.errors import answered, notice_of, whisper
from models.handoffs.listed import HandoffBrief
from models.rules.callers import Caller
from models.rules.lifecycle import Move, next_state
from models.rules.requests import MoveRequest
from models.rules.rows import standing


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
    if which is None:
        return answers.unknown_button() if action["action_id"].startswith(PREFIX) else None
    if which is Action.FLAG:
        return flagging.open_form(deps, by, where, Draft())
    if which is Action.SETUP:
        return setup.open_form(deps, where)
    if named is None:
        return None
    match which:
        case Action.UNDO:
            notice_of(deps, where, editing.undo(body, action, named, by, deps))
        case Action.FIX:
            return flagging.fix(deps, by, where, named)
        case Action.DETAILS:
            view = story.details(deps.queries.story(named, by=by), now=deps.clock.now())
            return screens.show(deps, where, view, otherwise=CLICK_AGAIN)
        case Action.EDIT:
            return _open(Move.EDIT, deps.queries.brief(named, by=by), by, where, parse.origin(body), deps)
        case Action.CONTACT_AGAIN:
            _move(body, parse.click(body, action, Move.CONTACT, named), by, where, deps)
        case Move() if which in FORMS:
            return _open(which, deps.queries.brief(named, by=by), by, where, parse.origin(body), deps)
        case Move():
            _move(body, parse.click(body, action, which, named), by, where, deps)
        case other:
            assert_never(other)
    return None


def _move(body: dict[str, Any], request: MoveRequest, by: Caller, where: Place, deps: Deps) -> None:
    moved = deps.desk.move(request, by=by, at=deps.clock.now())
    notice_of(deps, where, screens.answer(parse.origin(body), moved))


def _open(move: Move, facts: HandoffBrief, by: Caller, where: Place, origin: Origin, deps: Deps) -> Message | None:
    """Opens the form of a move. If the move is not legal any more, raises Refused, so that the person reads why before
    they fill in the form."""
    next_state(standing(facts.handoff), move, by=by.person, roles=facts.terms.roles(by))
    form = forms.edit(facts) if move is Move.EDIT else forms.of_move(facts, move, Given(at=deps.clock.now()))
    otherwise = FORMS[move].otherwise(facts) if move in FORMS else CLICK_AGAIN
    return screens.show(deps, where, forms.opened_from(form, origin, where.channel), otherwise=otherwise)
