"""What flagging makes of a lead, the handoff with which a lead is offered, and the promise to answer it. Pure."""

from datetime import datetime

from models.errors import InNurture, PersonId
from models.rules.fields import LeadDetails
from models.rules.ladders import Ladder, What
from models.rules.lifecycle import Move, State
from models.rules.promises import within
from models.rules.routing import Choice
from models.rules.rows import NOT_STORED, Detail, Flagged, HandoffRow, LeadRow, PromiseRow
from models.rules.search_text import search_text
from models.rules.terms import Terms


def new_lead(said: LeadDetails, workspace_id: str, *, at: datetime) -> LeadRow:
    """Returns a lead that nobody flagged before."""
    return LeadRow(
        id=NOT_STORED,
        workspace_id=workspace_id,
        email=said.email,
        email_key=said.email_key,
        name=said.name,
        company=said.company,
        title=said.title,
        phone=said.phone,
        website=said.website,
        employees=said.employees,
        nurture_until=None,
        archived=False,
        search_text=search_text(said.name, said.company, said.email),
        created_at=at,
    )


def flagged_again(lead: LeadRow, said: LeadDetails, *, at: datetime) -> LeadRow:
    """Returns a known lead that is flagged again. Raises InNurture if its nurture time is not over and the request does
    not say why now."""
    if lead.nurture_until and lead.nurture_until > at and not said.why_now:
        raise InNurture(name=said.name, until=lead.nurture_until)
    again = mended(lead, said)
    # flagged with an address that was corrected: the correction stays
    if said.email_key != lead.email_key:
        again = _found_by(again._replace(email=lead.email, email_key=lead.email_key))
    return again


def mended(lead: LeadRow, said: LeadDetails) -> LeadRow:
    """Returns a lead with what is said of it now. Fields that are left out keep their values. The lead is neither in
    nurture nor archived any more."""
    return _found_by(
        lead._replace(
            email=said.email,
            email_key=said.email_key,
            name=said.name or lead.name,
            company=said.company or lead.company,
            title=said.title or lead.title,
            phone=said.phone or lead.phone,
            website=said.website or lead.website,
            employees=lead.employees if said.employees is None else said.employees,
            nurture_until=None,
            archived=False,
        )
    )


def edited(lead: LeadRow, said: LeadDetails) -> LeadRow:
    """Returns a lead whose fields are exactly what is said of it now. Fields that are left out become empty."""
    return _found_by(
        lead._replace(
            email=said.email,
            email_key=said.email_key if said.email != lead.email else lead.email_key,
            name=said.name,
            company=said.company,
            title=said.title,
            phone=said.phone,
            website=said.website,
            employees=said.employees,
        )
    )


def flagged(said: LeadDetails) -> Flagged:
    """Returns the fields that belong to the handoff."""
    return Flagged(source=said.source, campaign=said.campaign, score=said.score, why_now=said.why_now)


def offered(
    terms: Terms,
    said: Flagged,
    choice: Choice,
    *,
    lead_id: int,
    flagged_by: PersonId,
    follows: int | None,
    at: datetime,
) -> HandoffRow:
    """Returns a new handoff, offered to the person whom routing chose."""
    return HandoffRow(
        id=NOT_STORED,
        workspace_id=terms.workspace_id,
        lead_id=lead_id,
        agreement_version=terms.version,
        state=State.OFFERED,
        version=1,
        flagged_by=flagged_by,
        flagged_at=at,
        offered_to=choice.person,
        moved=Move.FLAG,
        moved_by=flagged_by,
        moved_at=at,
        follows=follows,
        source=said.source,
        campaign=said.campaign,
        score=said.score,
        why_now=said.why_now,
        owner=choice.person,
    )


def offered_again(handoff: HandoffRow, choice: Choice) -> HandoffRow:
    """Returns a handoff that is offered to the next person."""
    return handoff._replace(owner=choice.person, offered_to=choice.person)


def answer(handoff: HandoffRow, terms: Terms, ladder: Ladder, *, at: datetime) -> PromiseRow:
    """Returns the promise of the person to whom a handoff is offered now: to accept or reject it."""
    owner = handoff.offered_to
    return within(What.ANSWER, ladder, terms.calendar(owner, at=at), of=handoff, owner=owner, at=at)


def why(choice: Choice, *, follows: int | None) -> Detail:
    """Returns a routing decision as the ledger keeps it."""
    return {
        "rule": choice.rule,
        "passed_over": {rep.person: rep.rule for rep in choice.passed_over},
        "follows": follows,
    }


def _found_by(lead: LeadRow) -> LeadRow:
    return lead._replace(search_text=search_text(lead.name, lead.company, lead.email))
