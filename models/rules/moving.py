"""A move: everything that it writes. Pure. What the move changes in the handoff is in moves.py."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from models.rules import flagging, messages, moves
from models.rules.callers import Caller
from models.rules.decisions import Decision, Past, lead_rows, route, taking_part, wanted
from models.rules.lifecycle import OPEN_STATES, next_state
from models.rules.moves import Change, Situation
from models.rules.requests import MoveRequest
from models.rules.routing import Load
from models.rules.rows import Before, HandoffRow, LeadRow, Moved, Row, ShownAgain, line_of, standing
from models.rules.terms import Terms
from models.rules.undoing import kept


@dataclass(frozen=True, kw_only=True)
class MoveFacts:
    """What a move looks at. `terms` are in force now, `stamped` were when the lead was flagged. `past` and `loads` are
    empty for a move after which nobody else can get the lead. `contact_logged_at`: see `Situation`."""

    terms: Terms
    stamped: Terms
    handoff: HandoffRow
    lead: LeadRow
    ids: Iterator[int]
    past: Past = Past()  # noqa: RUF009 - immutable
    loads: Mapping[str, Load]
    contact_logged_at: datetime | None = None


def move(facts: MoveFacts, request: MoveRequest, *, by: Caller, at: datetime) -> Decision:
    """Makes a move. Raises what `lifecycle.next_state` and the rules of the move raise."""
    was, terms = facts.handoff, facts.terms
    to = next_state(standing(was), request.move, by=by.person, roles=terms.roles(by))
    situation = Situation(
        request=request,
        by=by.person,
        handoff=was,
        lead=facts.lead,
        terms=terms,
        stamped=facts.stamped,
        at=at,
        contact_logged_at=facts.contact_logged_at,
    )
    change = moves.of(situation, to)
    if change.reassign:
        change = replace(change, handoff=_reassigned(facts, change.handoff, at=at))
    line, rows = _told(situation, change, facts.ids)
    again: list[Row] = []
    if change.offer_again:
        gave_up = frozenset({by.person})
        again = flagging.offer_again(
            terms, facts.loads, facts.past, change.handoff, facts.ids, given_back_by=gave_up, at=at
        )
    taking = change.handoff.owner if change.handoff.owner != was.owner else by.person
    return Decision(
        change.handoff,
        change.lead,
        (*taking_part(terms, {taking or by.person}, facts.ids), *lead_rows(facts.lead, change.lead), *rows, *again),
        line,
    )


def _reassigned(facts: MoveFacts, handoff: HandoffRow, *, at: datetime) -> HandoffRow:
    """Returns a handoff that is offered again, to a person who has not given it back before. The present owner counts
    as one who gave it back, because the ledger line of that is not written yet. Raises AlreadyOpen."""
    if facts.handoff.state not in OPEN_STATES:
        facts.past.refuse_if_open(facts.lead.name)
    refused_by = facts.past.given_back_by | ({handoff.owner} if handoff.owner else set())
    choice = route(facts.terms, facts.loads, flagged_by=handoff.flagged_by, refused_by=refused_by, at=at)
    hours = facts.stamped.agreement.sla.accept_hours
    return flagging.offered_again(handoff, facts.terms, choice, hours=hours, at=at)


def _told(s: Situation, change: Change, ids: Iterator[int]) -> tuple[int, list[Row]]:
    """Returns the id of the ledger line, and the rows: the handoff, the line with the state before it, and the
    messages. What is already shown follows the change, and the next owner and the marketer hear of it."""
    was, now, at = s.handoff, change.handoff, s.at
    line = line_of(now, s.request.move, id=next(ids), by=s.by, at=at)._replace(
        reason=s.request.reason,
        note=s.request.note,
        detail=change.detail,
        before=Before(handoff=kept(was, now), lead=kept(s.lead, change.lead)),
    )
    asked = list(change.wanted)
    if now.owner and now.owner != was.owner:
        asked.append(messages.yours(was.id, now.owner, version=now.version))
    hear = {was.flagged_by if change.news else None, change.gave_up} - {None, s.by}
    asked += [messages.news(was.id, line.id, person) for person in sorted(filter(None, hear))]
    return line.id, [Moved(was, now), line, ShownAgain(was.id, at), *wanted(was.workspace_id, asked, at)]
