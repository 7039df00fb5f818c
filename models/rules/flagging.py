"""Flagging: what becomes of the lead, who gets it, and the handoff with which it is offered. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from models.errors import InNurture, NothingFixed, PersonId
from models.rules import messages, promises
from models.rules.callers import Caller
from models.rules.decisions import (
    Decision,
    Past,
    lead_rows,
    promise_rows,
    refuse_if_open,
    route,
    said_in_lines,
    taking_part,
    wanted,
)
from models.rules.fields import FIELDS, OF_HANDOFF, OF_LEAD, LeadDetails
from models.rules.ladders import REPLIES, Ladder, What
from models.rules.lifecycle import Move, Role, State
from models.rules.requests import FlagRequest
from models.rules.routing import Choice, Load
from models.rules.rows import (
    NOT_NUMBERED,
    Before,
    Detail,
    HandoffRow,
    LeadKeyKind,
    LeadKeyRow,
    LeadRow,
    PromiseRow,
    Row,
    ShownAgain,
    line_of,
)
from models.rules.search_text import search_text
from models.rules.terms import Terms
from models.rules.undoing import earlier


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """The rejected handoff that a flag corrects, its lead, and the lead's past and live promises."""

    handoff: HandoffRow
    lead: LeadRow
    past: Past
    promises: tuple[PromiseRow, ...]


@dataclass(frozen=True, kw_only=True)
class FlagFacts:
    """What flagging looks at. `lead` is the one that is known by the address (None: nobody is), with its past and the
    live promises about its handoffs. `loads` are of everybody who was ever offered a lead."""

    terms: Terms
    lead: LeadRow | None
    past: Past
    promises: tuple[PromiseRow, ...]
    loads: Mapping[str, Load]
    fixed: Fixed | None
    ids: Iterator[int]


def flag(facts: FlagFacts, request: FlagRequest, *, by: Caller, at: datetime) -> Decision:
    """Offers a lead to a rep. Raises NotInRole, NoRep, NothingFixed, AlreadyOpen or InNurture."""
    terms, said, corrected = facts.terms, request.lead, facts.fixed
    terms.require(Role.MARKETER, by, verb="flag leads")
    if request.rep:
        terms.require_rep(request.rep)
    if corrected is not None:
        _refuse_if_nothing_differs(corrected, said)
    was, lead, past = _lead_of(facts, said, at=at)
    refuse_if_open(past.handoffs, lead.name)
    owed = _owed_by_marketing(facts, lead)
    done = [promises.kept(one, terms.calendar(one.hours_of, at=at), at=at) for one in owed]
    choice = route(terms, facts.loads, flagged_by=by.person, refused_by=past.given_back_by, named=request.rep, at=at)
    offer = offered_to(
        terms,
        said,
        choice,
        facts.ids,
        lead_id=lead.id,
        flagged_by=by.person,
        follows=corrected.handoff.id if corrected else None,
        before=Before(
            lead=earlier(was, lead) if was else {},
            promises={one.id: earlier(one, after) for one, after in zip(owed, done, strict=True)},
            new_address=was is not None and facts.lead is None,
        ),
        at=at,
    )
    shown = sorted({one.handoff_id for one in owed if one.what in REPLIES})
    return Decision(
        handoff=offer.handoff,
        lead=lead,
        promises=(offer.promise,),
        rows=said_in_lines(
            (
                *taking_part(terms, {by.person, request.rep}, facts.ids),
                *(lead_rows(was, lead) if was else new_lead_rows(lead)),
                *promise_rows(owed, done, facts.ids)[1],
                *(ShownAgain(handoff, at) for handoff in shown),
                *offer.rows,
            ),
            offer.line,
        ),
        line=offer.line,
    )


def _owed_by_marketing(facts: FlagFacts, lead: LeadRow) -> tuple[PromiseRow, ...]:
    """Returns the promises of marketing that flagging the lead keeps: the replies to its rejections, and to call it
    again. If a corrected address is that of another lead, it is a reply to the rejection of the first one too."""
    rejected = facts.fixed
    own = rejected.promises if rejected is not None and rejected.lead.id == lead.id else facts.promises
    owed = tuple(one for one in own if one.what in (*REPLIES, What.RECALL))
    if rejected is not None and rejected.lead.id != lead.id:
        owed += tuple(one for one in rejected.promises if one.what in REPLIES)
    return owed


class Offer(NamedTuple):
    """A new handoff, the promise to answer it, the id of its ledger line, and the rows: all of these, and the messages
    that show it."""

    handoff: HandoffRow
    promise: PromiseRow
    line: int
    rows: list[Row]


def offered_to(
    terms: Terms,
    said: LeadDetails | HandoffRow,
    choice: Choice,
    ids: Iterator[int],
    *,
    lead_id: int,
    flagged_by: PersonId,
    follows: int | None,
    at: datetime,
    before: Before | None = None,
) -> Offer:
    """Offers a lead to the person whom routing chose. `before` holds the earlier values, if the flag can be undone."""
    handoff = offered(terms, said, choice, id=next(ids), lead_id=lead_id, flagged_by=flagged_by, follows=follows, at=at)
    promise = answer(handoff, terms, terms.agreement.ladder(What.ANSWER, source=said.source), at=at)
    [promise], promised = promise_rows((), (promise,), ids)
    line = line_of(handoff, Move.FLAG, id=next(ids), by=flagged_by, at=at)._replace(
        note=said.why_now, detail=why(choice, follows=follows), before=before
    )
    shown = [
        messages.card(handoff.id, terms.agreement.handoff_channel),
        messages.your_move(handoff.id, choice.person, version=handoff.version),
    ]
    return Offer(handoff, promise, line.id, [handoff, *promised, line, *wanted(terms.workspace_id, shown, at)])


def offer_again(
    terms: Terms,
    loads: Mapping[str, Load],
    past: Past,
    handoff: HandoffRow,
    ids: Iterator[int],
    *,
    given_back_by: frozenset[PersonId],
    at: datetime,
) -> list[Row]:
    """Returns the rows of a new handoff of the same lead for the next person, after a rejection that reroutes it."""
    refused_by = past.given_back_by | given_back_by
    choice = route(terms, loads, flagged_by=handoff.flagged_by, refused_by=refused_by, at=at)
    again = offered_to(
        terms,
        handoff,
        choice,
        ids,
        lead_id=handoff.lead_id,
        flagged_by=handoff.flagged_by,
        follows=handoff.id,
        at=at,
    )
    return again.rows


def texts_of(handoff: HandoffRow, lead: LeadRow) -> dict[str, str]:
    """Returns the fields of a lead as text, as a person types them, by field."""
    return {name: text(getattr(handoff if name in OF_HANDOFF else lead, name)) for name in FIELDS}


def texts_said(details: LeadDetails) -> dict[str, str]:
    """Returns the fields of a form as text, by field."""
    return {name: text(getattr(details, name)) for name in FIELDS}


def text(value: object) -> str:
    return "" if value is None else str(value)


def _refuse_if_nothing_differs(rejected: Fixed, said: LeadDetails) -> None:
    known, now = texts_of(rejected.handoff, rejected.lead), texts_said(said)
    if all(now[name] in ("", known[name]) for name in now):
        raise NothingFixed


def _lead_of(facts: FlagFacts, said: LeadDetails, *, at: datetime) -> tuple[LeadRow | None, LeadRow, Past]:
    """Returns the lead as it was (None: nobody flagged it before) and as it is now, and its past."""
    was, rejected = facts.lead, facts.fixed
    if rejected is not None and (was is None or was.id == rejected.lead.id):  # it keeps its history under a new address
        return rejected.lead, fixed(rejected.lead, said), rejected.past
    if was is not None:
        return was, flagged_again(was, said, at=at), facts.past
    return None, new_lead(said, facts.terms.workspace_id, id=next(facts.ids), at=at), Past()


def new_lead_rows(lead: LeadRow) -> list[Row]:
    """Returns the rows of a lead that nobody flagged before."""
    return [lead, LeadKeyRow(lead.workspace_id, LeadKeyKind.EMAIL, lead.email_key, lead.id)]


def new_lead(said: LeadDetails, workspace_id: str, *, id: int, at: datetime) -> LeadRow:  # noqa: A002 - the column
    """Returns a lead that nobody flagged before."""
    return found_by(
        LeadRow(
            id=id,
            workspace_id=workspace_id,
            version=1,
            email_key=said.email_key,
            nurture_until=None,
            archived=False,
            search_text=None,
            created_at=at,
            **_of_lead(said),
        )
    )


def flagged_again(lead: LeadRow, said: LeadDetails, *, at: datetime) -> LeadRow:
    """Returns a known lead that is flagged again. Raises InNurture if its nurture time is not over and the request does
    not say why now."""
    if lead.nurture_until and lead.nurture_until > at and not said.why_now:
        raise InNurture(name=said.name, until=lead.nurture_until)
    again = fixed(lead, said)
    # flagged with an address that was corrected: the correction stays
    if said.email_key != lead.email_key:
        again = found_by(again._replace(email=lead.email, email_key=lead.email_key))
    return again


def fixed(lead: LeadRow, said: LeadDetails) -> LeadRow:
    """Returns a lead with what is said of it now. Fields that are left out keep their values. The lead is neither in
    nurture nor archived any more."""
    return found_by(
        lead._replace(
            **{name: value for name, value in _of_lead(said).items() if value not in ("", None)},
            email_key=said.email_key,
            nurture_until=None,
            archived=False,
        )
    )


def edited(lead: LeadRow, said: LeadDetails) -> LeadRow:
    """Returns a lead whose fields are exactly what is said of it now. Fields that are left out become empty."""
    return found_by(
        lead._replace(**_of_lead(said), email_key=said.email_key if said.email != lead.email else lead.email_key)
    )


def _of_lead(said: LeadDetails) -> dict[str, Any]:
    """Returns the fields that are said of the lead, as the columns of their names. (A test compares these.)"""
    return {name: getattr(said, name) for name in OF_LEAD}


def of_handoff(said: LeadDetails | HandoffRow) -> dict[str, Any]:
    """Returns the fields that are said of the handover, as the columns of their names."""
    return {name: getattr(said, name) for name in OF_HANDOFF}


def offered(
    terms: Terms,
    said: LeadDetails | HandoffRow,
    choice: Choice,
    *,
    id: int,  # noqa: A002 - the column
    lead_id: int,
    flagged_by: PersonId,
    follows: int | None,
    at: datetime,
) -> HandoffRow:
    """Returns a new handoff, offered to the person whom routing chose."""
    return HandoffRow(
        id=id,
        workspace_id=terms.workspace_id,
        number=NOT_NUMBERED,
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
        owner=choice.person,
        **of_handoff(said),
    )


def offered_again(handoff: HandoffRow, choice: Choice) -> HandoffRow:
    """Returns a handoff that is offered to the next person."""
    return handoff._replace(owner=choice.person, offered_to=choice.person)


def answer(handoff: HandoffRow, terms: Terms, ladder: Ladder, *, at: datetime) -> PromiseRow:
    """Returns the promise of the person to whom a handoff is offered now: to accept or reject it."""
    owner = handoff.offered_to
    return promises.within(What.ANSWER, ladder, terms.calendar(owner, at=at), of=handoff, owner=owner, at=at)


def why(choice: Choice, *, follows: int | None) -> Detail:
    """Returns a routing decision as the ledger keeps it."""
    said: Detail = {"rule": choice.rule, "passed_over": choice.passed_over, "follows": follows}
    return {**said, "open_handoffs": choice.open_handoffs} if choice.open_handoffs else said


def found_by(lead: LeadRow) -> LeadRow:
    """Returns the lead as search finds it: by its name, company and address as they are now."""
    return lead._replace(search_text=search_text(lead.name, lead.company, lead.email))
