"""Undo, after whatever was done: in any order that it allows, it leads back to what was there before."""

import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import Refused
from models.rules.ladders import REPLIES, What
from models.rules.lifecycle import OPEN_STATES, Move, State
from models.rules.promises import OWED
from models.rules.rows import Release
from models.storage.store import Store
from tests.monday import TEN
from tests.unit.office import DANA, MAX, REX, Office, lead

REASONS = {
    Move.REJECT: ("too_small", "bad_data", "not_now", "wrong_region"),
    Move.DISQUALIFY: ("not_now", "no_need", "wrong_region"),
}
MOVES = [move for move in Move if move not in (Move.FLAG, Move.EDIT, Move.UNDO, Move.STOOD)]

_workspaces = itertools.count(1)


class Step(NamedTuple):
    """What a manager tries: to flag a lead, or to move a handoff on."""

    move: Move
    # Which lead is flagged, or which handoff is moved.
    place: int
    # Which rejection a flag corrects, which reason a move gives, or who gets the lead.
    choice: int


def moved(move: Move) -> st.SearchStrategy[Step]:
    return st.builds(Step, st.just(move), st.integers(0, 2), st.integers(0, 3))


# What follows a rejection crosses from one handoff to another, so it comes first and often.
AFTER_A_REJECTION = [Move.FLAG, Move.ANSWER, Move.CONTEST]
STEPS = st.tuples(
    moved(Move.FLAG),
    moved(Move.REJECT),
    st.lists(st.sampled_from(AFTER_A_REJECTION * 5 + MOVES).flatmap(moved), max_size=10),
).map(lambda drawn: [drawn[0], drawn[1], *drawn[2]])


def tried(office: Office, step: Step, at: datetime) -> int | None:
    """Does the step. Returns the id of its ledger line, or None if it was refused."""
    numbers = [handoff.number for handoff in office.handoffs() if not handoff.voided]
    codes = REASONS.get(step.move)
    try:
        if step.move is Move.FLAG:
            rejected = [number for number in numbers if office.handoff(number).state is State.REJECTED]
            fixes = rejected[step.choice % len(rejected)] if rejected and step.choice else None
            details = lead(
                f"lead{step.place % 2}@acme.example", company=f"Company {at.minute} {at.second}", why_now="now"
            )
            number = office.flag(details, by=MAX, fixes=fixes, at=at)
        elif not numbers:
            return None
        else:
            number = office.move(
                step.move,
                numbers[-1 - step.place % len(numbers)],
                MAX,
                at=at,
                note="because",
                reason=codes[step.choice % len(codes)] if codes else None,
                value_cents=100,
                expected_close=date(2027, 6, 1),
                to=[DANA, REX][step.choice % 2] if step.move is Move.HAND else None,
            )
    except Refused:
        return None
    return office.ledger(number)[-1].id


def everything(office: Office) -> dict[int, tuple[object, ...]]:
    """Returns each handoff that stands, with its lead and its promises. Versions only count."""
    stands = [handoff.number for handoff in office.handoffs() if not handoff.voided]
    return {
        number: (
            office.handoff(number)._replace(version=0),
            office.lead_of(number)._replace(version=0),
            [promise for promise in office.promises(number) if promise.released is not Release.UNDONE],
        )
        for number in stands
    }


def check_what_is_owed(office: Office) -> None:
    """A handoff that has not ended for good has a live promise, and what is owed fits where the handoff stands."""
    for handoff in office.handoffs():
        live = office.live(handoff.number).keys()
        if handoff.state in OPEN_STATES:
            assert live == {OWED[State(handoff.state)]}
            continue
        ruling = handoff.state == State.REJECTED and handoff.contested and not handoff.ruled
        assert (What.RULING in live) == ruling
        assert live <= {What.RULING, What.RECALL, *REPLIES}
        assert len(live & {What.RULING, *REPLIES}) <= 1, "one part has the next move"
        assert not live or handoff.state in (State.REJECTED, State.DISQUALIFIED)


def check_undo(store: Store, steps: Sequence[Step], first: int, draw: st.DataObject) -> set[Move]:
    """Does these steps and undoes all but the `first` ones. Returns the moves that it undid."""
    office = Office(store, f"TUNDO{next(_workspaces)}")
    stood, made, undone = list[dict[int, tuple[object, ...]]](), list[int](), set[Move]()
    for place, step in enumerate(steps):
        at = TEN + timedelta(seconds=10 * place)
        before = everything(office)
        line = tried(office, step, at)
        if line is not None and place >= first:
            made.append(line)
            undone.add(step.move)
            stood.append(before)
        check_what_is_owed(office)
    at = TEN + timedelta(minutes=4)
    order = list(range(len(made)))[::-1]
    if draw.draw(st.booleans(), label="one after the other"):
        for place in order:
            assert undo(office, made[place], at)
            assert everything(office) == stood[place], "it leads back by one step"
        return undone
    order = draw.draw(st.permutations(order))
    while order:
        left = [place for place in order if not undo(office, made[place], at)]
        assert len(left) < len(order), "something can be taken back"
        order = left
    assert not stood or everything(office) == stood[0]
    return undone


def undo(office: Office, line: int, at: datetime) -> bool:
    try:
        office.undo(line, MAX, at=at)
    except Refused:
        return False
    check_what_is_owed(office)
    return True


def test_whatever_was_done_all_of_it_can_be_undone_and_each_undo_leads_back_by_one_step(
    store: Store, database_url: str
) -> None:
    undone = set[Move]()

    @settings(max_examples=20 if database_url.startswith("postgres") else 120, derandomize=True, database=None)
    @given(steps=STEPS, first=st.integers(0, 3), draw=st.data())
    def run(steps: Sequence[Step], first: int, draw: st.DataObject) -> None:
        undone.update(check_undo(store, steps, first, draw))

    run()
    assert undone >= {Move.FLAG, Move.REJECT, Move.ANSWER, Move.CONTEST}
