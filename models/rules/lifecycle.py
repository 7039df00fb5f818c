"""The lifecycle of a handoff: which move leads from which state to which, who may make it, and who owes the next one.

Pure: facts in, decision out. No clock, no session. The frame (accept or reject before contact, qualify or disqualify
after it) is the demand waterfall of SiriusDecisions, now Forrester.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from models.errors import (
    AlreadyContested,
    AlreadyDone,
    AlreadyMoved,
    HandedOverAgain,
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


class State(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    WORKING = "working"
    QUALIFIED = "qualified"
    REJECTED = "rejected"
    DISQUALIFIED = "disqualified"
    WITHDRAWN = "withdrawn"
    WON = "won"
    LOST = "lost"


class Move(StrEnum):
    FLAG = "flag"
    ACCEPT = "accept"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    RETURN = "return"
    HAND = "hand"
    TAKE = "take"
    CONTACT = "contact"
    QUALIFY = "qualify"
    DISQUALIFY = "disqualify"
    WIN = "win"
    LOSE = "lose"
    ANSWER = "answer"
    CONTEST = "contest"
    UPHOLD = "uphold"
    OVERTURN = "overturn"
    # Somebody corrected fields of the lead. This is no move of the handoff, whose state does not change.
    EDIT = "edit"
    # Somebody undid what they had done. See models/rules/undoing.py.
    UNDO = "undo"
    # The ledger says how the handoff stood, as when an older database was migrated. Nothing happened to the handoff.
    STOOD = "stood"


class Role(StrEnum):
    MARKETER = "marketer"
    REP = "rep"
    MANAGER = "manager"


class By(StrEnum):
    """Who may make a move."""

    REP = "any rep"
    OWNER = "the rep who has it, or a manager"
    FLAGGER = "the marketer who flagged it, or a manager"
    MANAGER = "a manager"
    EDITOR = "the one who flagged it, the one who has it, or a manager"


# The states in which a person owes the next move by a deadline. In every other state the handoff has ended.
OPEN_STATES = (State.OFFERED, State.ACCEPTED, State.WORKING, State.QUALIFIED)


@dataclass(frozen=True)
class Rule:
    """One move: the state it leads to from each state that allows it, who may make it, and the words for it. What it
    changes besides is in moves.py. `reroutes`: somebody else may be offered the lead after it."""

    leads: Mapping[State, State]
    by: By
    verb: str
    past: str
    participle: str
    reroutes: bool = False


RULES: Mapping[Move, Rule] = {
    Move.ACCEPT: Rule({State.OFFERED: State.ACCEPTED}, By.REP, "accept", "accepted", "accepted"),
    Move.REJECT: Rule({State.OFFERED: State.REJECTED}, By.REP, "reject", "rejected", "rejected", reroutes=True),
    Move.WITHDRAW: Rule({State.OFFERED: State.WITHDRAWN}, By.FLAGGER, "withdraw", "withdrew", "withdrawn"),
    Move.RETURN: Rule({State.ACCEPTED: State.OFFERED}, By.OWNER, "return", "returned", "returned", reroutes=True),
    Move.HAND: Rule({state: state for state in OPEN_STATES}, By.MANAGER, "reassign", "reassigned", "reassigned"),
    Move.TAKE: Rule({state: state for state in OPEN_STATES}, By.MANAGER, "take", "took", "taken"),
    Move.CONTACT: Rule(
        {State.ACCEPTED: State.WORKING, State.WORKING: State.WORKING},
        By.OWNER,
        "log contact with",
        "logged contact with",
        "marked as contacted",
    ),
    Move.QUALIFY: Rule(
        {State.ACCEPTED: State.QUALIFIED, State.WORKING: State.QUALIFIED},
        By.OWNER,
        "qualify",
        "qualified",
        "qualified",
    ),
    Move.DISQUALIFY: Rule(
        {State.WORKING: State.DISQUALIFIED}, By.OWNER, "disqualify", "disqualified", "disqualified", reroutes=True
    ),
    Move.WIN: Rule({State.QUALIFIED: State.WON}, By.OWNER, "win", "won", "won"),
    Move.LOSE: Rule({State.QUALIFIED: State.LOST}, By.OWNER, "lose", "lost", "lost"),
    Move.ANSWER: Rule({State.REJECTED: State.REJECTED}, By.FLAGGER, "answer", "answered", "answered"),
    Move.CONTEST: Rule({State.REJECTED: State.REJECTED}, By.FLAGGER, "contest", "contested", "contested"),
    Move.UPHOLD: Rule(
        {State.REJECTED: State.REJECTED},
        By.MANAGER,
        "uphold the rejection of",
        "upheld the rejection of",
        "upheld",
    ),
    Move.OVERTURN: Rule(
        {State.REJECTED: State.OFFERED},
        By.MANAGER,
        "overturn the rejection of",
        "overturned the rejection of",
        "overturned",
        reroutes=True,
    ),
    Move.EDIT: Rule({state: state for state in State}, By.EDITOR, "edit", "edited", "edited"),
}

PAST: Mapping[Move, str] = {Move.FLAG: "flagged", Move.UNDO: "put back", Move.STOOD: "recorded"} | {
    move: rule.past for move, rule in RULES.items()
}

# What a person can do in each state. A person reads it after a move that the state does not allow.
ADVICE: Mapping[State, str] = {
    State.OFFERED: "It waits to be accepted or rejected.",
    State.ACCEPTED: "The next step is the first contact, or to return it.",
    State.WORKING: "The next step is to qualify or to disqualify it.",
    State.QUALIFIED: "The next step is to mark it won or lost.",
    State.REJECTED: "Marketing may fix it and flag it again, or contest the rejection.",
    State.DISQUALIFIED: "It has ended; flag the lead again if it comes back.",
    State.WITHDRAWN: "It has ended; flag the lead again if it comes back.",
    State.WON: "It has ended.",
    State.LOST: "It has ended; flag the lead again if it comes back.",
}


FIX_ADVICE = "Marketing may fix it and flag it again."


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a handoff stands: everything that the lifecycle needs to know about it.

    `owner` owes the next move (None after the handoff has ended). `moved`, `moved_by` and `moved_at` are the last move.
    """

    number: int
    state: State
    owner: PersonId | None
    flagged_by: PersonId
    moved: Move
    moved_by: PersonId
    moved_at: datetime
    contested: bool = False
    ruled: bool = False


def next_state(standing: Standing, move: Move, *, by: PersonId, roles: frozenset[Role]) -> State:
    """Returns the state to which `move` leads, if a person with these `roles` makes it.

    Raises AlreadyDone or AlreadyMoved if the state does not allow the move. Raises NotYours, NotFlaggedByYou,
    NotYoursToEdit, NoLongerARep, NoLongerAMarketer or NotInRole if the person may not make it. Raises AlreadyContested
    or NotContested if the dispute does not allow it.
    """
    rule = RULES[move]
    if standing.state not in rule.leads:
        raise _illegal(standing, move, by)
    _check_person(standing, rule, by, roles)
    if move in (Move.UPHOLD, Move.OVERTURN) and (standing.ruled or not standing.contested):
        raise NotContested(number=standing.number)
    if move is Move.CONTEST and standing.contested:
        raise AlreadyContested(number=standing.number)
    return rule.leads[standing.state]


def legal_moves(state: State) -> tuple[Move, ...]:
    """Returns the moves that this state allows."""
    return tuple(move for move, rule in RULES.items() if state in rule.leads)


def moves_open_to(standing: Standing, person: PersonId, roles: frozenset[Role]) -> frozenset[Move]:
    """Returns the moves that a person with these `roles` may make now."""
    return frozenset(move for move in legal_moves(standing.state) if _is_allowed(standing, move, person, roles))


def _is_allowed(standing: Standing, move: Move, person: PersonId, roles: frozenset[Role]) -> bool:
    try:
        next_state(standing, move, by=person, roles=roles)
    except Refused:
        return False
    return True


def stays_with_mover(move: Move, state: State) -> bool:
    """True if the person who made this move, after which the handoff is in this state, has the next step too: they took
    the lead, or moved one on that sales works."""
    working = state in (State.ACCEPTED, State.WORKING, State.QUALIFIED)
    return move is Move.TAKE or (working and move is not Move.HAND)


def may_flag(roles: frozenset[Role]) -> bool:
    """True if a person with these roles may flag leads, and correct a rejected one and flag it again: marketers, for
    their own leads and for others', and managers."""
    return bool(roles & {Role.MARKETER, Role.MANAGER})


def refuse_unless_fixable(standing: Standing, roles: frozenset[Role]) -> None:
    """Raises NotInRole or AlreadyMoved unless a person with these roles may now correct this lead and flag it again."""
    if not may_flag(roles):
        raise NotInRole(role="the one who flagged it, other marketers and managers", verb="fix a rejected lead")
    if standing.state is not State.REJECTED:
        raise _moved_on(standing, "fixed")


def nothing_to_answer(standing: Standing, by: PersonId) -> Refused:
    """Returns why `by` can't answer this rejection, if nobody waits for an answer."""
    if standing.moved is Move.REJECT:  # its reason offered the lead to somebody else, or marketing flagged it again
        return HandedOverAgain(number=standing.number)
    return _illegal(standing, Move.ANSWER, by)


def _illegal(standing: Standing, move: Move, by: PersonId) -> AlreadyDone | AlreadyMoved:
    if by == standing.moved_by and move is standing.moved:
        return AlreadyDone(
            number=standing.number, past=PAST[standing.moved], at=standing.moved_at, advice=_advice(standing)
        )
    return _moved_on(standing, RULES[move].participle)


def _moved_on(standing: Standing, participle: str) -> AlreadyMoved:
    return AlreadyMoved(
        number=standing.number,
        participle=participle,
        actor=standing.moved_by,
        past=PAST[standing.moved],
        at=standing.moved_at,
        advice=_advice(standing),
    )


def _advice(standing: Standing) -> str:
    if standing.contested and standing.state is State.REJECTED:  # which can be contested once
        return FIX_ADVICE if standing.ruled else f"A manager rules on it. {FIX_ADVICE}"
    return ADVICE[standing.state]


def _check_person(standing: Standing, rule: Rule, by: PersonId, roles: frozenset[Role]) -> None:
    if Role.MANAGER in roles:
        return
    match rule.by:
        case By.REP if Role.REP not in roles:
            raise NotInRole(role="reps and managers", verb=f"{rule.verb} leads")
        case By.OWNER if by != standing.owner:
            raise NotYours(number=standing.number, owner=standing.owner, verb=rule.verb)
        case By.OWNER if Role.REP not in roles:
            raise NoLongerARep(number=standing.number, verb=rule.verb)
        case By.EDITOR if by not in (standing.flagged_by, standing.owner):
            raise NotYoursToEdit(number=standing.number, flagger=standing.flagged_by)
        case By.EDITOR if by == standing.owner and Role.REP in roles:
            pass
        case By.EDITOR if by == standing.owner and by != standing.flagged_by:
            raise NoLongerARep(number=standing.number, verb=rule.verb)
        case By.FLAGGER if by != standing.flagged_by:
            raise NotFlaggedByYou(number=standing.number, owner=standing.flagged_by, verb=rule.verb)
        case By.EDITOR | By.FLAGGER if Role.MARKETER not in roles:
            raise NoLongerAMarketer(number=standing.number, verb=rule.verb)
        case By.MANAGER:
            raise NotInRole(role="managers", verb=f"{rule.verb} a lead")
        case By.REP | By.OWNER | By.EDITOR | By.FLAGGER:
            pass  # nothing above stands in the way
        case other:
            assert_never(other)
