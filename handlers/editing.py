"""Corrects what was said of a lead, and takes back what somebody just did."""

from typing import Any

from slack_bolt import Ack

from bot.slack import parse
from bot.slack.parse import Place
from bot.slack.views import answers, forms
from bot.slack.views.blocks import Message, again
from handlers import screens
from handlers.deps import Deps
from handlers.errors import refused
from handlers.speaking import spoken
from models.errors import EditedMeanwhile, EmailTaken
from models.handoffs.listed import HandoffBrief
from models.rules import fields
from models.rules.callers import Caller
from models.rules.corrections import mark
from models.rules.fields import BadLead, LeadDetails
from models.rules.flagging import texts_of, texts_said
from models.rules.requests import EditRequest


def submitted(ack: Ack, body: dict[str, Any], by: Caller, where: Place, deps: Deps) -> None:
    """Saves the corrections of a form. A mistake keeps the form open with a word at the field. If others changed the
    lead meanwhile, the form shows that beside what was typed."""
    given = {name: spoken(deps, by, text) for name, text in parse.form_lead(body).items()}
    try:
        lead = fields.check(given)
    except BadLead as bad:
        ack(response_action="errors", errors=parse.at_blocks(body["view"], bad.errors))
        return
    request = parse.form_edit(body, lead)
    try:
        edited = deps.desk.edit(request, by=by, at=deps.clock.now())
    except EmailTaken as refusal:
        ack(response_action="errors", errors=parse.at_blocks(body["view"], {"email": str(refusal)}))
        return
    except EditedMeanwhile as refusal:
        facts = deps.queries.brief(request.handoff, by=by)
        view = forms.edit(facts, given=_merged(facts, lead, request), obstacle=refused(refusal, where, deps).text)
        view = again(forms.opened_from(view, parse.opened_from(body["view"])), body["view"])
        ack(response_action="update", view=view)
        return
    screens.done(ack, body, answers.edited(edited), by, where, deps)


def _merged(facts: HandoffBrief, lead: LeadDetails, request: EditRequest) -> dict[str, str]:
    """Returns the fields that this person changed, and everything else as it is now."""
    known, said = texts_of(facts.handoff, facts.lead), texts_said(lead)
    return {name: text if mark(text) != request.seen.get(name) else known[name] for name, text in said.items()}


def undo(body: dict[str, Any], action: dict[str, Any], line: int, by: Caller, deps: Deps) -> Message:
    """The *Undo* button: takes back what the person just did."""
    return answers.undone(deps.desk.undo(parse.undo(body, action, line), by=by, at=deps.clock.now()))
