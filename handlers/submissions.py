"""Forms that people sent."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from slack_bolt import Ack

from bot.slack import parse
from bot.slack.ids import Form
from bot.slack.moves import FORMS, MOVE_OF_FORM
from bot.slack.parse import Place
from bot.slack.text import clamp
from bot.slack.views import answers, forms
from bot.slack.views.blocks import Message
from handlers import editing, flagging, screens, setup
from handlers.deps import Deps
from handlers.errors import failed, refused
from handlers.speaking import spoken
from models.errors import (
    CantTakeIt,
    NoRep,
    PersonId,
    Refused,
    Repeated,
)
from models.rules.callers import Caller

Handler = Callable[[Ack, dict[str, Any], Caller, Place, Deps], None]


def handle(ack: Ack, body: dict[str, Any], deps: Deps) -> None:
    """Handles a form. It closes, says what happened, or stays open with a word at the field to correct."""
    where = parse.place(body, deps.workspace_of(body))
    form = body["view"].get("callback_id", "")
    act: Handler = OTHER_FORMS.get(form, _move)
    try:
        act(ack, body, deps.caller_of(where), where, deps)
    except Repeated:
        ack()
    except Refused as refusal:
        _refuse(ack, body, refusal, where, deps)
    except Exception as error:  # noqa: BLE001 - the boundary for forms: the person keeps what they typed, and hears why
        _keep_open(ack, body, failed(error))


def _move(ack: Ack, body: dict[str, Any], by: Caller, where: Place, deps: Deps) -> None:
    request = parse.form_move(body)
    request = replace(request, note=spoken(deps, by, request.note))
    if request.to is not None:
        _look_up(where, request.to, request.handoff, by, deps)
    moved = deps.desk.move(request, by=by, at=deps.clock.now())
    screens.done(ack, body, answers.done(moved), by, where, deps)


def _look_up(where: Place, person: PersonId, handoff: int, by: Caller, deps: Deps) -> None:
    """Looks up the person who gets the lead. Raises CantTakeIt if they are a stranger whom the agreement does not
    name."""
    try:
        deps.callers.meet(where, person)
    except NoRep as refusal:
        number = deps.queries.brief(handoff, by=by).number
        raise CantTakeIt(number=number, person=person) from refusal


def _refuse(ack: Ack, body: dict[str, Any], refusal: Refused, where: Place, deps: Deps) -> None:
    """Shows a refusal at the field that it concerns. One that concerns no field replaces the form."""
    told = refused(refusal, where, deps)
    move = MOVE_OF_FORM.get(body["view"].get("callback_id", ""))
    inputs = FORMS[move].inputs if move is not None else ()
    field = next((one.name for one in inputs if one.concerns(refusal)), None)
    if field is not None and field in _inputs(body):
        ack(response_action="errors", errors={field: clamp(refusal.sentence(_in_a_form), 300)})
    else:
        _replace(ack, body, told)


def _in_a_form(fact: object) -> str:
    """Returns a fact of a refusal as a field's error shows it: as plain text, in which a mention would be an id."""
    return "this person" if isinstance(fact, PersonId) else str(fact)


def _keep_open(ack: Ack, body: dict[str, Any], told: Message) -> None:
    """Keeps the form open with everything typed, and shows the word at its first field."""
    inputs = _inputs(body)
    if inputs:
        ack(response_action="errors", errors={inputs[0]: clamp(told.text, 300)})
    else:
        _replace(ack, body, told)


def _replace(ack: Ack, body: dict[str, Any], told: Message) -> None:
    """Shows the word instead of the form, with everything that was entered."""
    ack(response_action="update", view=forms.not_done(told, parse.entries(body["view"])))


def _inputs(body: dict[str, Any]) -> list[str]:
    """Returns the names of the form's fields."""
    return [block["block_id"] for block in body["view"].get("blocks") or [] if block.get("type") == "input"]


OTHER_FORMS: Mapping[str, Handler] = {
    Form.FLAG: flagging.submitted,
    Form.SETUP: setup.submitted,
    Form.EDIT: editing.submitted,
}
