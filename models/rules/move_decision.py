"""A move: everything that it writes. Pure. What the move changes in the handoff and its promises is in moves.py."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from models.rules import flagging, messages, moves, promises
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
from models.rules.ladders import What
from models.rules.lifecycle import OPEN_STATES, next_state
from models.rules.moves import MoveEffect, Situation
from models.rules.requests import MoveRequest
from models.rules.routing import Load
from models.rules.rows import HandoffRow, LeadRow, Moved, PromiseRow, Row, ShownAgain, line_of, standing
from models.rules.terms import Terms


@dataclass(frozen=True, kw_only=True)
class MoveFacts:
    """What a move looks at. `promises` are those about the handoff that are live. `terms` are in force now, `stamped`
    were when the lead was flagged. `past` and `loads` are empty for a move after which nobody else can get the lead.
    `contact_logged_at`: see `Situation`."""

    terms: Terms
    stamped: Terms
    handoff: HandoffRow
    lead: LeadRow
    promises: tuple[PromiseRow, ...]
    ids: Iterator[int]
    past: Past
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
        promises=facts.promises,
        terms=terms,
        stamped=facts.stamped,
        at=at,
        contact_logged_at=facts.contact_logged_at,
    )
    effect = moves.of(situation, to)
    if effect.reassign:
        effect = _reassigned(facts, effect, at=at)
    promised, promises_now = promise_rows(facts.promises, effect.promises, facts.ids)
    line, rows = _line_and_rows(situation, effect, facts.ids)
    if effect.offer_again:
        gave_up = frozenset({by.person})
        rows += flagging.offer_again(
            terms, facts.loads, facts.past, effect.handoff, facts.ids, given_back_by=gave_up, at=at
        )
    taking = effect.handoff.owner if effect.handoff.owner != was.owner else by.person
    people = taking_part(terms, {taking or by.person}, facts.ids)
    return Decision(
        handoff=effect.handoff,
        lead=effect.lead,
        promises=promises.after(facts.promises, promised),
        rows=said_in_lines((*people, *lead_rows(facts.lead, effect.lead), *promises_now, *rows), line),
        line=line,
    )


def _reassigned(facts: MoveFacts, effect: MoveEffect, *, at: datetime) -> MoveEffect:
    """Returns the effect with the handoff offered again, to a person who has not given it back before. The present
    owner counts as one who gave it back, because the ledger line of that is not written yet. Raises AlreadyOpen."""
    handoff = effect.handoff
    if facts.handoff.state not in OPEN_STATES:
        refuse_if_open(facts.past.handoffs, facts.lead.name)
    refused_by = facts.past.given_back_by | ({handoff.owner} if handoff.owner else set())
    choice = route(facts.terms, facts.loads, flagged_by=handoff.flagged_by, refused_by=refused_by, at=at)
    again = flagging.offered_again(handoff, choice)
    ladder = facts.stamped.agreement.ladder(What.ANSWER, source=handoff.source)
    answer = flagging.answer(again, facts.terms, ladder, at=at)
    return replace(effect, handoff=again, promises=(*effect.promises, answer))


def _line_and_rows(s: Situation, effect: MoveEffect, ids: Iterator[int]) -> tuple[int, list[Row]]:
    """Returns the id of the ledger line, and the rows: the handoff, the line with the state before it, and the
    messages. What is already shown follows the effect, and the next owner and the marketer hear of it."""
    was, now, at = s.handoff, effect.handoff, s.at
    line = line_of(now, s.request.move, id=next(ids), by=s.by, at=at)._replace(
        reason=s.request.reason,
        note=s.request.note,
        detail=effect.detail,
        before=moves.before(s, effect),
    )
    asked = list(effect.wanted)
    if now.owner and now.owner != was.owner:
        asked.append(messages.your_move(was.id, now.owner, version=now.version))
    hear = {was.flagged_by if effect.news else None, effect.gave_up} - {None, s.by}
    asked += [messages.news(was.id, line.id, person) for person in sorted(filter(None, hear))]
    return line.id, [Moved(was, now), line, ShownAgain(was.id, at), *wanted(was.workspace_id, asked, at)]
