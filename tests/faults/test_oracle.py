"""The oracle can say no: each kind of evidence, spoiled in one place, is found out."""

from dataclasses import replace

import pytest

from models.lifecycle import Move, State
from tests.faults.crowd import Act, Told
from tests.faults.oracle import Entry, Evidence, Intention, Lead, Shown, verdict

FLAGGED = Act(who="U1", move=Move.FLAG, about="jane@acme.com", told=Told.DONE, words="Flagged as #1")
ACCEPTED = Act(who="U2", move=Move.ACCEPT, about="1", told=Told.DONE, words="#1 is yours")
LOST = Act(who="U3", move=Move.ACCEPT, about="1", told=Told.REFUSED, words="#1 can't be accepted: <@U2> accepted it")
CARD = Shown(token="t1", ts="1.1", words="Jane Doe: U2 has it")
WELL = Evidence(
    acts=[FLAGGED, ACCEPTED, LOST],
    ledger=[
        Entry(number=1, who="U1", move=Move.FLAG, to=State.OFFERED),
        Entry(number=1, who="U2", move=Move.ACCEPT, to=State.ACCEPTED),
    ],
    leads=[Lead(number=1, email="jane@acme.com", state=State.ACCEPTED)],
    outbox=[Intention(key="card:1", token="t1", state="done", ts="1.1", words=CARD.words)],
    shown=[CARD],
)


def test_where_all_agree_nothing_is_wrong() -> None:
    assert verdict(WELL) == []


def test_what_nobody_was_told_may_have_been_done_or_not() -> None:
    unheard = replace(LOST, told=Told.NOTHING, words="")
    assert verdict(replace(WELL, acts=[FLAGGED, replace(ACCEPTED, told=Told.NOTHING), unheard])) == []


SPOILED = {
    "a lead that was acknowledged is lost": (
        replace(WELL, ledger=[], leads=[], outbox=[], shown=[], acts=[FLAGGED]),
        "U1 was told 1 times that their flag of jane@acme.com is done; it was 0 times",
    ),
    "a click that was acknowledged is lost": (
        replace(WELL, acts=[*WELL.acts, Act(who="U2", move=Move.CONTACT, about="1", told=Told.DONE)]),
        "U2 was told 1 times that their contact of 1 is done; it was 0 times",
    ),
    "a click has two effects": (
        replace(WELL, ledger=[*WELL.ledger, *[Entry(number=1, who="U2", move=Move.CONTACT, to=State.WORKING)] * 2]),
        "U2 tried 0 times to contact 1; it was done 2 times",
    ),
    "the number told is another lead's": (
        replace(WELL, acts=[replace(FLAGGED, words="Flagged as #7"), ACCEPTED, LOST]),
        "U1 was told of jane@acme.com: 'Flagged as #7', and that is another lead or none",
    ),
    "two owners": (
        replace(
            WELL,
            acts=[FLAGGED, ACCEPTED, replace(LOST, told=Told.DONE)],
            ledger=[*WELL.ledger, Entry(number=1, who="U3", move=Move.ACCEPT, to=State.ACCEPTED)],
        ),
        "U3 could accept #1, which was accepted",
    ),
    "the state is not the one that the ledger leads to": (
        replace(WELL, leads=[Lead(number=1, email="jane@acme.com", state=State.WON)]),
        "#1 is won, and by the ledger accepted",
    ),
    "a loser is not told who won": (
        replace(WELL, acts=[FLAGGED, ACCEPTED, replace(LOST, words="#1 is taken")]),
        "U3 could not accept #1 and was not told who had moved it: '#1 is taken'",
    ),
    "a lead is handed over twice": (
        replace(
            WELL,
            acts=[FLAGGED, replace(FLAGGED, words="Flagged as #2"), ACCEPTED, LOST],
            leads=[*WELL.leads, Lead(number=2, email="jane@acme.com", state=State.OFFERED)],
            ledger=[*WELL.ledger, Entry(number=2, who="U1", move=Move.FLAG, to=State.OFFERED)],
            outbox=[*WELL.outbox, Intention(key="card:2", token="t2", state="done", ts="1.2", words=None)],
            shown=[CARD, Shown(token="t2", ts="1.2", words="")],
        ),
        "jane@acme.com is handed over 2 times at once",
    ),
    "a message is doubled": (
        replace(WELL, shown=[CARD, replace(CARD, ts="1.2")]),
        "1 messages more than wanted, of which 0 were overtaken: card:1",
    ),
    "a message comes from nowhere": (
        replace(WELL, shown=[CARD, Shown(token="t9", ts="1.9", words="boo")]),
        "a message that nobody wanted: 'boo'",
    ),
    "a message is missing": (replace(WELL, shown=[]), "card:1 counts as shown, and is not there"),
    "a message was given up": (
        replace(WELL, outbox=[*WELL.outbox, Intention(key="turn:1:1", token="t2", state="dead", ts=None, words=None)]),
        "turn:1:1 was given up",
    ),
    "a lead has no card": (replace(WELL, outbox=[], shown=[]), "#1 has no card"),
    "a card shows a state of before": (
        replace(WELL, shown=[replace(CARD, words="Jane Doe: waiting")]),
        "card:1 shows 'Jane Doe: waiting', and it should be 'Jane Doe: U2 has it'",
    ),
}


@pytest.mark.parametrize(("evidence", "problem"), SPOILED.values(), ids=SPOILED.keys())
def test_what_is_wrong_is_said(evidence: Evidence, problem: str) -> None:
    assert problem in verdict(evidence)


def test_what_was_overtaken_may_be_there_twice_and_not_three_times() -> None:
    twice = replace(WELL, shown=[CARD, replace(CARD, ts="1.2")], overtaken=1)
    assert verdict(twice) == []
    assert verdict(replace(twice, shown=[*twice.shown, replace(CARD, ts="1.3")])) == [
        "2 messages more than wanted, of which 1 were overtaken: card:1"
    ]
