"""The lifecycle: every move from every state by everybody, and what Baton says to whoever can't make it."""

from itertools import product

import pytest

from models.errors import (
    AlreadyContested,
    AlreadyDone,
    AlreadyMoved,
    NoLongerAMarketer,
    NoLongerARep,
    NotContested,
    NotFlaggedByYou,
    NotInRole,
    NotYours,
    NotYoursToEdit,
    PersonId,
    Refused,
)
from models.rules.lifecycle import (
    ADVICE,
    OPEN_STATES,
    PAST,
    RULES,
    By,
    Move,
    Role,
    Standing,
    State,
    legal_moves,
    next_state,
    refuse_unless_fixable,
    stays_with_mover,
)
from tests.monday import TEN

OWNER, FLAGGER, OTHER = PersonId("UOWNER"), PersonId("UFLAGGER"), PersonId("UOTHER")

# The arrows of the diagram in the product's description: (from, move): (to, who may besides a manager).
ARROWS: dict[tuple[str, str], tuple[str, str]] = {
    ("offered", "accept"): ("accepted", "rep"),
    ("offered", "reject"): ("rejected", "rep"),
    ("offered", "withdraw"): ("withdrawn", "flagger"),
    ("accepted", "return"): ("offered", "owner"),
    ("accepted", "contact"): ("working", "owner"),
    ("accepted", "qualify"): ("qualified", "owner"),
    ("working", "contact"): ("working", "owner"),
    ("working", "qualify"): ("qualified", "owner"),
    ("working", "disqualify"): ("disqualified", "owner"),
    ("qualified", "win"): ("won", "owner"),
    ("qualified", "lose"): ("lost", "owner"),
    ("rejected", "answer"): ("rejected", "flagger"),
    ("rejected", "contest"): ("rejected", "flagger"),
    ("rejected", "uphold"): ("rejected", "manager"),
    ("rejected", "overturn"): ("offered", "manager"),
    **{
        (state, move): (state, "manager")
        for state in ("offered", "accepted", "working", "qualified")
        for move in ("hand", "take")
    },
}
ARROWS |= {(state.value, "edit"): (state.value, "editor") for state in State}
# The moves of the lifecycle. A flag starts it, an undo reverses a move, and that a handoff stood so is no move.
MOVES = [move for move in Move if move not in (Move.FLAG, Move.UNDO, Move.STOOD)]
ROLE_SETS = [frozenset(roles) for roles in ((), (Role.MARKETER,), (Role.REP,), (Role.MANAGER,), tuple(Role))]


def standing(
    state: State,
    *,
    moved: Move = Move.FLAG,
    moved_by: PersonId = FLAGGER,
    contested: bool = False,
    ruled: bool = False,
) -> Standing:
    return Standing(
        number=42,
        state=state,
        owner=OWNER if state in OPEN_STATES else None,
        flagged_by=FLAGGER,
        moved=moved,
        moved_by=moved_by,
        moved_at=TEN,
        contested=contested,
        ruled=ruled,
    )


def contested_where_it_matters(state: State, move: Move) -> Standing:
    return standing(state, contested=move in (Move.UPHOLD, Move.OVERTURN))


def outcome(before: Standing, move: Move, by: PersonId, roles: frozenset[Role]) -> State | type[Refused]:
    try:
        return next_state(before, move, by=by, roles=roles)
    except Refused as refusal:
        return type(refusal)


def expected(before: Standing, move: Move, by: PersonId, roles: frozenset[Role]) -> State | type[Refused]:
    """Returns what the diagram says."""
    if (before.state, move) not in ARROWS:
        return AlreadyDone if (by, move) == (before.moved_by, before.moved) else AlreadyMoved
    to, who = ARROWS[before.state, move]
    if Role.MANAGER in roles:
        return State(to)
    allowed, otherwise = {
        "rep": (Role.REP in roles, NotInRole),
        "owner": (by == before.owner and Role.REP in roles, NoLongerARep if by == before.owner else NotYours),
        "flagger": (
            by == FLAGGER and Role.MARKETER in roles,
            NoLongerAMarketer if by == FLAGGER else NotFlaggedByYou,
        ),
        "editor": (
            (by == before.owner and Role.REP in roles) or (by == FLAGGER and Role.MARKETER in roles),
            {before.owner: NoLongerARep, FLAGGER: NoLongerAMarketer}.get(by, NotYoursToEdit),
        ),
        "manager": (False, NotInRole),
    }[who]
    return State(to) if allowed else otherwise


@pytest.mark.parametrize(("state", "move"), list(product(State, MOVES)))
def test_each_move_from_each_state_is_made_or_refused_as_the_picture_says(state: State, move: Move) -> None:
    before = standing(state, contested=move in (Move.UPHOLD, Move.OVERTURN), moved=move)
    everybody = list(product((OWNER, FLAGGER, OTHER), ROLE_SETS))
    assert {who: outcome(before, move, *who) for who in everybody} == {
        who: expected(before, move, *who) for who in everybody
    }


@pytest.mark.parametrize(("state", "move"), [(s, m) for s, m in product(State, MOVES) if (s, m) not in ARROWS])
def test_whoever_comes_too_late_is_told_who_did_what_when_and_what_comes_next(state: State, move: Move) -> None:
    for last in Move:
        before = standing(state, moved=last, moved_by=PersonId("UDANA"))
        with pytest.raises(AlreadyMoved) as refused:
            next_state(before, move, by=OTHER, roles=frozenset(Role))
        shown = refused.value.sentence(lambda fact: f"<{fact}>")
        assert shown == (
            f"#<42> can't be <{RULES[move].participle}>: <UDANA> <{PAST[last]}> it <{TEN}>. <{ADVICE[state]}>"
        )
        assert refused.value.facts["actor"] == PersonId("UDANA")
        assert refused.value.facts["at"] == TEN


@pytest.mark.parametrize("state", [State.ACCEPTED, State.WORKING])
def test_whoever_does_the_same_twice_is_told_that_it_was_they(state: State) -> None:
    before = standing(state, moved=Move.ACCEPT, moved_by=OWNER)
    with pytest.raises(AlreadyDone) as refused:
        next_state(before, Move.ACCEPT, by=OWNER, roles=frozenset({Role.REP}))
    assert str(refused.value) == f"You accepted #42 {TEN}. {ADVICE[state]}"


def test_whoever_did_something_else_since_is_told_of_that() -> None:
    before = standing(State.WORKING, moved=Move.CONTACT, moved_by=OWNER)
    with pytest.raises(AlreadyMoved, match="UOWNER logged contact with it"):
        next_state(before, Move.ACCEPT, by=OWNER, roles=frozenset({Role.REP}))


def test_refusals_name_the_person_who_may() -> None:
    with pytest.raises(NotYours, match="#42 is with UOWNER; only they or a manager can qualify it"):
        next_state(standing(State.WORKING), Move.QUALIFY, by=OTHER, roles=frozenset({Role.REP}))
    with pytest.raises(NotFlaggedByYou, match="#42 was flagged by UFLAGGER; only they or a manager can withdraw it"):
        next_state(standing(State.OFFERED), Move.WITHDRAW, by=OTHER, roles=frozenset({Role.MARKETER}))
    with pytest.raises(NotInRole, match="Only reps and managers can accept leads"):
        next_state(standing(State.OFFERED), Move.ACCEPT, by=OTHER, roles=frozenset({Role.MARKETER}))
    with pytest.raises(NotInRole, match="Only managers can overturn the rejection of a lead"):
        next_state(
            standing(State.REJECTED, contested=True), Move.OVERTURN, by=FLAGGER, roles=frozenset({Role.MARKETER})
        )


def test_a_rejection_is_contested_once() -> None:
    with pytest.raises(AlreadyContested):
        next_state(standing(State.REJECTED, contested=True), Move.CONTEST, by=FLAGGER, roles=frozenset({Role.MARKETER}))


@pytest.mark.parametrize("ruling", [Move.UPHOLD, Move.OVERTURN])
def test_a_manager_rules_once_and_only_where_somebody_contests(ruling: Move) -> None:
    manager = frozenset({Role.MANAGER})
    for before in (
        standing(State.REJECTED),
        standing(State.REJECTED, ruled=True),
        standing(State.REJECTED, contested=True, ruled=True),
    ):
        with pytest.raises(NotContested):
            next_state(before, ruling, by=OTHER, roles=manager)


def test_every_open_state_has_a_move_that_its_owner_or_a_rep_can_make() -> None:
    for state in OPEN_STATES:
        assert any(RULES[move].by in (By.OWNER, By.REP) for move in legal_moves(state)), state


def test_nothing_but_a_ruling_leads_out_of_an_ended_state() -> None:
    for state in set(State) - set(OPEN_STATES):
        ways_out = {move for move in legal_moves(state) if RULES[move].leads[state] != state}
        assert ways_out == ({Move.OVERTURN} if state is State.REJECTED else set())


def test_every_state_can_be_reached_from_the_first() -> None:
    reached, new = {State.OFFERED}, {State.OFFERED}
    while new:
        new = {RULES[move].leads[state] for state in new for move in legal_moves(state)} - reached
        reached |= new
    assert reached == set(State)


def test_the_sentence_of_every_refusal_can_be_said_with_its_facts() -> None:
    """Each refusal that the lifecycle raises fills in all facts of its sentence."""
    said = []
    for state, move, contested, ruled in product(State, MOVES, (True, False), (True, False)):
        try:
            next_state(standing(state, contested=contested, ruled=ruled), move, by=OTHER, roles=frozenset())
        except Refused as refusal:
            said.append(str(refusal))
    assert said
    assert not [sentence for sentence in said if "{" in sentence or "None" in sentence]


@pytest.mark.parametrize(
    ("move", "state", "stays"),
    [
        (Move.ACCEPT, State.ACCEPTED, True),
        (Move.CONTACT, State.WORKING, True),
        (Move.TAKE, State.OFFERED, True),
        (Move.HAND, State.WORKING, False),
        (Move.RETURN, State.OFFERED, False),
        (Move.WIN, State.WON, False),
    ],
)
def test_whoever_took_a_lead_or_works_it_has_its_next_step(move: Move, state: State, stays: bool) -> None:
    assert stays_with_mover(move, state) is stays


@pytest.mark.parametrize("role", [None, *Role])
def test_marketers_and_managers_fix_what_was_rejected_and_nobody_fixes_anything_else(role: Role | None) -> None:
    roles = frozenset({role} if role else ())
    if role not in (Role.MARKETER, Role.MANAGER):
        with pytest.raises(NotInRole, match="other marketers and managers can fix a rejected lead"):
            refuse_unless_fixable(standing(State.REJECTED), roles)
        return
    refuse_unless_fixable(standing(State.REJECTED), roles)
    for state in set(State) - {State.REJECTED}:
        with pytest.raises(AlreadyMoved, match="can't be fixed"):
            refuse_unless_fixable(standing(state), roles)
