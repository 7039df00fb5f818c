"""What each move does to the promises about a handoff: only the rules, for every state and move."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest

from models.errors import PersonId
from models.rules import moves, promises
from models.rules.facts import Colleague
from models.rules.fields import LeadDetails
from models.rules.flagging import new_lead
from models.rules.ladders import What
from models.rules.lifecycle import OPEN_STATES, RULES, Move, State
from models.rules.moves import Situation
from models.rules.promises import OWED
from models.rules.requests import MoveRequest
from models.rules.rows import NOT_STORED, HandoffRow, PromiseRow
from models.rules.terms import Terms
from tests.monday import TEN
from tests.unit.office import DANA, MAX, MIA, REX, agreement, hours
from tests.unit.test_promises import JANE, OFFICE, answer

TERMS = Terms(
    workspace_id="T1",
    version=1,
    agreement=agreement(),
    applied_by=MAX,
    groups={},
    people={one: Colleague(id=one) for one in (MIA, DANA, REX, MAX)},
)
LEAD = new_lead(LeadDetails(name="Jane", company="Acme", email="jane@acme.example"), "T1", id=7, at=TEN)
LATER = TEN + hours(3)
# What was live before the move, the reason if there is one, and what the move does: `kept`, `begun`, or why released.
EFFECTS: list[tuple[State, tuple[What, ...], Move, str | None, dict[str, str]]] = [
    (State.OFFERED, (What.ANSWER,), Move.ACCEPT, None, {"answer": "kept", "contact": "begun"}),
    (State.OFFERED, (What.ANSWER,), Move.REJECT, "too_small", {"answer": "kept", "reply": "begun"}),
    (State.OFFERED, (What.ANSWER,), Move.REJECT, "bad_data", {"answer": "kept", "fix": "begun"}),
    (State.OFFERED, (What.ANSWER,), Move.REJECT, "not_now", {"answer": "kept", "reply": "begun", "recall": "begun"}),
    (State.OFFERED, (What.ANSWER,), Move.REJECT, "wrong_region", {"answer": "kept"}),
    (State.OFFERED, (What.ANSWER,), Move.WITHDRAW, None, {"answer": "withdrawn"}),
    (State.ACCEPTED, (What.CONTACT,), Move.RETURN, None, {"contact": "returned"}),
    (State.ACCEPTED, (What.CONTACT,), Move.CONTACT, None, {"contact": "kept", "outcome": "begun"}),
    (State.ACCEPTED, (What.CONTACT,), Move.QUALIFY, None, {"contact": "kept", "close": "begun"}),
    (State.WORKING, (What.OUTCOME,), Move.CONTACT, None, {}),
    (State.WORKING, (What.OUTCOME,), Move.QUALIFY, None, {"outcome": "kept", "close": "begun"}),
    (State.WORKING, (What.OUTCOME,), Move.DISQUALIFY, "no_need", {"outcome": "kept"}),
    (State.WORKING, (What.OUTCOME,), Move.DISQUALIFY, "not_now", {"outcome": "kept", "recall": "begun"}),
    (State.QUALIFIED, (What.CLOSE,), Move.WIN, None, {"close": "kept"}),
    (State.QUALIFIED, (What.CLOSE,), Move.LOSE, None, {"close": "kept"}),
    (State.REJECTED, (What.REPLY, What.RECALL), Move.ANSWER, None, {"reply": "kept"}),
    (State.REJECTED, (What.FIX,), Move.ANSWER, None, {"fix": "kept"}),
    (State.REJECTED, (What.REPLY, What.RECALL), Move.CONTEST, None, {"reply": "kept", "ruling": "begun"}),
    (State.REJECTED, (), Move.CONTEST, None, {"ruling": "begun"}),
    (State.REJECTED, (What.RULING, What.RECALL), Move.UPHOLD, None, {"ruling": "kept"}),
    (State.REJECTED, (What.RULING, What.RECALL), Move.OVERTURN, None, {"ruling": "kept", "recall": "overturned"}),
]
HANDED_ON = [(state, move) for state in OPEN_STATES for move in (Move.HAND, Move.TAKE)]


def about(state: State, whats: tuple[What, ...]) -> tuple[HandoffRow, tuple[PromiseRow, ...]]:
    """Returns a handoff in this state, with these promises, which began at TEN and have ids."""
    handoff = JANE._replace(
        state=state, owner=DANA if state in OPEN_STATES else None, expected_close=date(2026, 11, 30)
    )
    ids = count(1)
    made = (
        promises.ruling(handoff, at=TEN) if what is What.RULING else answer(4)._replace(what=what) for what in whats
    )
    return handoff, tuple(promise._replace(id=next(ids)) for promise in made)


def made(state: State, whats: tuple[What, ...], move: Move, *, by: PersonId = MAX, **request: Any) -> Situation:
    handoff, live = about(state, whats)
    said: dict[str, Any] = {"value_cents": 100, "expected_close": date(2026, 12, 1)} if move is Move.QUALIFY else {}
    return Situation(
        request=MoveRequest(receipt="r", handoff=42, move=move, note="because", **(said | request)),
        by=by,
        handoff=handoff,
        lead=LEAD,
        promises=live,
        terms=TERMS,
        stamped=TERMS,
        at=LATER,
    )


def effect(promise: PromiseRow) -> str:
    return "begun" if promise.id == NOT_STORED else promise.released or promise.state


@pytest.mark.parametrize(("state", "whats", "move", "reason", "effects"), EFFECTS)
def test_each_move_keeps_releases_and_begins_what_it_should(
    state: State, whats: tuple[What, ...], move: Move, reason: str | None, effects: dict[str, str]
) -> None:
    situation = made(state, whats, move, reason=reason)
    change = moves.of(situation, RULES[move].leads[state])
    assert {promise.what: effect(promise) for promise in change.promises} == effects
    for promise in change.promises:
        if effect(promise) == "begun":
            assert (promise.handoff_id, promise.since, promise.is_live) == (42, LATER, True)
            assert promise.owner is not None or promise.part is not None, "somebody owes it"
        elif promise.kept_at:
            assert (promise.kept_at, promise.taken_seconds) == (LATER, 3 * 3600)
    live = promises.after(situation.promises, change.promises)
    if change.handoff.state in OPEN_STATES and not change.reassign:
        assert [promise.what for promise in live] == [OWED[change.handoff.state]]
    undone = moves.before(situation, change).promises
    assert undone is not None
    assert undone.keys() == {promise.id for promise in situation.promises}, "undo knows what was live"


def test_the_table_has_every_move_in_every_state() -> None:
    listed = {(state, move) for state, _, move, _, _ in EFFECTS} | set(HANDED_ON)
    assert listed == {(state, move) for move, rule in RULES.items() for state in rule.leads if move is not Move.EDIT}


@pytest.mark.parametrize(("state", "move"), HANDED_ON)
def test_whoever_is_handed_a_lead_has_the_whole_time_again_and_it_counts_by_the_time_first_promised(
    state: State, move: Move
) -> None:
    situation = made(state, (OWED[state],), move, by=MAX, to=REX if move is Move.HAND else None)
    change = moves.of(situation, state)
    over, anew = change.promises
    assert (over.released, over.what, anew.what) == ("handed on", OWED[state], OWED[state])
    assert (anew.owner, anew.since, anew.first_due_at) == (change.handoff.owner, LATER, over.first_due_at)
    assert anew.due_at is not None
    assert over.due_at is not None
    assert anew.due_at > over.due_at


def test_a_close_whose_day_has_passed_starts_again_with_a_working_day() -> None:
    situation = made(State.QUALIFIED, (What.CLOSE,), Move.HAND, to=REX)
    late = situation.handoff._replace(expected_close=TEN.date() - timedelta(days=3))
    _, anew = moves.of(replace(situation, handoff=late), State.QUALIFIED).promises
    assert anew.due_at == LATER + timedelta(days=1)
    assert [step.at < anew.due_at for step in anew.steps] == [True, False, False]
    assert promises.taken(anew, OFFICE, at=anew.due_at) == hours(8)
