"""Each destination of a reason says what it does and what people read. No lead that is sent there is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.slack.text import mention, when
from bot.slack.views import card
from models.rules import destinations, moves, promises
from models.rules.agreement import Agreement, Reason, Stage
from models.rules.destinations import Destination
from models.rules.ladders import What
from models.rules.lifecycle import Move, State
from tests.monday import MONDAY
from tests.unit.office import MIA
from tests.unit.test_moves import LATER, TERMS, made
from tests.unit.test_views import MIA as FLAGGER
from tests.unit.test_views import REP, facts

ALL = pytest.mark.parametrize("destination", Destination)


def agreed(destination: Destination) -> Agreement:
    """Returns an agreement with one reason, which has this destination."""
    days = 30 if destinations.ENTRIES[destination].nurtures else 0
    reason = Reason(asked_as="Why", stage=Stage.EITHER, destination=destination, nurture_days=days)
    return Agreement(handoff_channel="C1", reasons={"why": reason})


@ALL
def test_a_destination_has_an_entry(destination: Destination) -> None:
    assert destination in destinations.ENTRIES, f"models/rules/destinations.py: {destination} has no entry"


@ALL
@pytest.mark.parametrize(
    ("state", "what", "move"),
    [(State.OFFERED, What.ANSWER, Move.REJECT), (State.WORKING, What.OUTCOME, Move.DISQUALIFY)],
)
def test_a_lead_goes_where_its_reason_sends_it(destination: Destination, state: State, what: What, move: Move) -> None:
    entry = destinations.ENTRIES[destination]
    situation = replace(made(state, (what,), move, reason="why"), terms=replace(TERMS, agreement=agreed(destination)))
    change = moves.of(situation, State.REJECTED)
    owed = {one.what: one.owner for one in promises.after(situation.promises, change.promises)}
    assert owed == ({entry.owed: MIA} if entry.owed and move is Move.REJECT else {}) | (
        {What.RECALL: MIA} if entry.nurtures else {}
    )
    assert change.lead.archived is entry.archives
    assert change.lead.nurture_until == (LATER + timedelta(days=30) if entry.nurtures else None)
    assert change.offer_again is entry.offers_again
    if move is Move.REJECT:
        assert owed or change.offer_again, f"nobody has the next move with a lead that is rejected to {destination}"


@ALL
def test_the_words_of_a_destination_name_only_facts_that_a_card_knows(destination: Destination) -> None:
    *words, last = map(destinations.named, destinations.ENTRIES[destination].words)
    assert set().union(*words) <= {"marketer", "number", "rep", "until"}
    assert last <= {"marketer"}, f"the last words of {destination} must fit when nothing else is known"


@ALL
def test_a_card_says_where_a_lead_went_with_everything_that_is_known(destination: Destination) -> None:
    shown = facts(State.REJECTED)
    rejected = shown.handoff._replace(reason="why")
    again = shown.handoff._replace(id=8, number=43, follows=shown.handoff.id, offered_to=REP)
    shown = replace(
        shown,
        handoff=rejected,
        lead=shown.lead._replace(nurture_until=MONDAY),
        earlier=(again,),
        terms=replace(shown.terms, agreement=agreed(destination)),
    )
    known = {"marketer": mention(FLAGGER), "number": "43", "rep": mention(REP), "until": when(MONDAY)}
    said = destinations.ENTRIES[destination].words[0].format(**known)
    assert f" · {said}" in card.status(shown, MONDAY)
    before = replace(shown, lead=shown.lead._replace(nurture_until=None), earlier=())
    assert f" · {destinations.ENTRIES[destination].words[-1].format(**known)}" in card.status(before, MONDAY)


@pytest.mark.parametrize(
    ("destination", "known", "unknown"),
    [
        (Destination.FIX, "back with <@U2MIA> to fix", "back with <@U2MIA> to fix"),
        (Destination.REROUTE, "offered again as #43 to <@U1REP>", "offered again"),
        (Destination.NURTURE, f"in nurture until {when(MONDAY)}", "back in nurture"),
        (Destination.ARCHIVE, "archived", "archived"),
    ],
)
def test_people_read_these_words(destination: Destination, known: str, unknown: str) -> None:
    entry = destinations.ENTRIES[destination]
    all_known = {"marketer": mention(FLAGGER), "number": "43", "rep": mention(REP), "until": when(MONDAY)}
    assert entry.phrase(all_known) == known
    assert entry.phrase({"marketer": mention(FLAGGER)}) == unknown
