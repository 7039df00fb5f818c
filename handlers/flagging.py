"""Flags a lead: by quick text, by form, from a message, or again after it was fixed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from slack_bolt import Ack

from bot.slack import parse
from bot.slack.incoming import Said
from bot.slack.parse import Place
from bot.slack.quicktext import Draft
from bot.slack.text import joined
from bot.slack.views import answers, forms
from bot.slack.views.blocks import Message, notice
from handlers import screens
from handlers.deps import Deps
from handlers.errors import refused
from handlers.speaking import spoken
from models.errors import NoRep, NothingFixed, PersonId, Refused, Repeated
from models.handoffs.listed import HandoffBrief
from models.rules import fields
from models.rules.callers import Caller
from models.rules.decisions import refuse_if_open
from models.rules.facts import Colleague
from models.rules.fields import BadLead
from models.rules.flagging import texts_of
from models.rules.lifecycle import Role, refuse_unless_fixable
from models.rules.requests import FlagRequest
from models.rules.rows import standing
from models.rules.terms import Terms


def mql(command: dict[str, Any], by: Caller, where: Place, deps: Deps) -> Message | None:
    """`/mql`: flags at once if the text says enough. Otherwise opens the form."""
    draft = parse.draft(command)
    people: Sequence[Colleague] = ()
    if draft.problems or draft.rep_name:  # only then the country and people's names make a difference
        draft, people = _in_terms(command, deps.queries.terms(where.workspace_id))
    draft = in_words(deps, by, draft)
    if not draft.fields and not draft.problems:
        return open_form(deps, by, where, draft)
    try:
        lead = fields.check(draft.fields)
    except BadLead as bad:
        return open_form(deps, by, where, draft, problems=bad.errors | draft.problems, people=people)
    if draft.problems:
        return open_form(deps, by, where, draft, problems=draft.problems, people=people)
    try:
        return answers.flagged(_flag(parse.flag(command, draft, lead), by, where, deps))
    except NoRep:
        who = "whom you asked for can't be offered leads; choose a rep or a manager, or nobody and it goes in turn"
        return open_form(deps, by, where, replace(draft, rep=None), problems={"rep": who})


def _flag(request: FlagRequest, by: Caller, where: Place, deps: Deps) -> HandoffBrief:
    """Flags the lead. Looks up the person whom the marketer asks for, if Baton does not know them. Raises what
    `Callers.meet` and `Desk.flag` raise."""
    if request.rep:
        deps.callers.meet(where, request.rep)
    return deps.desk.flag(request, by=by, at=deps.clock.now())


def _in_terms(command: dict[str, Any], terms: Terms) -> tuple[Draft, Sequence[Colleague]]:
    """Returns what was typed, read with the agreement's country and with the people of this workspace. If a name fits
    several people, also returns these."""
    draft = parse.draft(command, country=terms.agreement.holidays.country)
    if not draft.rep_name:
        return draft, ()
    called = terms.called(draft.rep_name)
    name = draft.rep_name[:60]
    match called:
        case (one,):
            return replace(draft, rep=PersonId(one.id), rep_name=""), ()
        case ():
            problem = f"I know nobody called “{name}” here; choose who gets it, or nobody and it goes in turn"
        case _:
            names = ", ".join(one.real_name or one.name or one.id for one in called[:5])
            problem = f"{len(called)} people are called “{name}” here ({names}); choose one"
    return replace(draft, problems={**draft.problems, "rep": problem}), called


def from_message(body: dict[str, Any], by: Caller, where: Place, deps: Deps) -> Message | None:
    """*Flag as lead* on a message: opens the form, filled with what the message says."""
    said = parse.message_said(body)
    draft = parse.message_draft(said, country=deps.queries.terms(where.workspace_id).agreement.holidays.country)
    return open_form(deps, by, where, in_words(deps, by, draft), problems=draft.problems, made_of=said)


def in_words(deps: Deps, by: Caller, draft: Draft) -> Draft:
    """Returns the draft with people and channels by name instead of by id."""
    return replace(draft, fields={name: spoken(deps, by, text) for name, text in draft.fields.items()})


def open_form(
    deps: Deps,
    by: Caller,
    where: Place,
    draft: Draft,
    *,
    problems: dict[str, str] | None = None,
    made_of: Said | None = None,
    people: Sequence[Colleague] = (),
    rejected: HandoffBrief | None = None,
) -> Message | None:
    """Opens the form, filled with what is known. Raises NotSetUp or NotInRole."""
    deps.queries.terms(where.workspace_id).require(Role.MARKETER, by, verb="flag leads")
    otherwise = joined((problems or {"form": "I could not open the form"}).values())
    usage = '`/mql Jane Doe, Acme, jane@acme.com, source=webinar "asked for pricing"`'
    view = forms.flag(draft.fields, problems=problems, rep=draft.rep, made_of=made_of, people=people, rejected=rejected)
    return screens.show(deps, where, view, otherwise=f"Not flagged yet: {otherwise} Write it like {usage}")


def fix(deps: Deps, by: Caller, where: Place, named: int) -> Message | None:
    """Opens the form for a rejected lead, with everything that is known of it. Raises NotInRole, and AlreadyMoved or
    AlreadyOpen if the lead has moved on since the button was shown."""
    facts = deps.queries.handoff(named, by=by)
    refuse_unless_fixable(standing(facts.handoff), facts.terms.roles(by))
    refuse_if_open(facts.earlier, facts.lead.name)
    known = texts_of(facts.handoff, facts.lead)
    return open_form(deps, by, where, Draft(fields=known), rejected=facts)


def submitted(ack: Ack, body: dict[str, Any], by: Caller, where: Place, deps: Deps) -> None:
    """Flags the lead of a form. A mistake keeps the form open with a word at the field. Success says what happens
    now."""
    given = {name: spoken(deps, by, text) for name, text in parse.form_lead(body).items()}
    try:
        lead = fields.check(given)
    except BadLead as bad:
        ack(response_action="errors", errors=bad.errors)
        return
    request = parse.form_flag(body, lead)
    try:
        told = answers.flagged(_flag(request, by, where, deps))
    except Repeated:
        raise
    except NothingFixed as refusal:
        ack(response_action="errors", errors={"why_now": str(refusal)})
        return
    except Refused as refusal:  # shows the form again, with everything typed and what is in the way
        words = refused(refusal, where, deps).text
        rejected = deps.queries.brief(request.fixes, by=by) if request.fixes else None
        view = forms.flag(given, obstacle=words, rep=request.rep, rejected=rejected)
        ack(response_action="update", view=view)
        return
    ack(response_action="update", view=notice("Flagged", told))
