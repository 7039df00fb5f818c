"""The oracle can say no: it finds the mistake in each kind of evidence with one mistake."""

from collections import Counter
from dataclasses import replace

import pytest

from models.rules.agreement import Meaning
from models.rules.lifecycle import Move, State
from tests.faults.crowd import Act, Reply, Told
from tests.faults.oracle import (
    GONE,
    Comment,
    Entry,
    Evidence,
    Feedback,
    Intention,
    Lead,
    Reaction,
    Remark,
    Shown,
    verdict,
)

FLAGGED = Act(who="U1", move=Move.FLAG, about="jane@acme.com", told=Told.DONE, words="Flagged as #1")
ACCEPTED = Act(who="U2", move=Move.ACCEPT, about="1", told=Told.DONE, words="#1 is yours")
LOST = Act(who="U3", move=Move.ACCEPT, about="1", told=Told.REFUSED, words="#1 can't be accepted: <@U2> accepted it")
JANE = Lead(id=91, number=1, email="jane@acme.com", state=State.ACCEPTED, moves=2)
FLAG = Entry(line=1, number=1, who="U1", move=Move.FLAG, to=State.OFFERED, owner="U2")
ACCEPT = Entry(line=2, number=1, who="U2", move=Move.ACCEPT, to=State.ACCEPTED, owner="U2")
CARD = Shown(token="t1", lane="C1", ts="1.1", words="Jane Doe: U2 has it")
YOURS = Shown(token="t2", lane="U2", ts="1.2", words="Please contact Jane Doe")
NEWS = Shown(token="t3", lane="U1", ts="1.3", words="U2 accepted Jane Doe")
CARD_ROW = Intention(key="card:91", lane="C1", token="t1", state="done", ts="1.1", words=CARD.words)
YOURS_ROW = Intention(key="turn:91:1", lane="U2", token="t2", state="done", ts="1.2", words=YOURS.words)
NEWS_ROW = Intention(key="news:91:2", lane="U1", token="t3", state="done", ts="1.3", words=NEWS.words)
REPLY = Reply(who="U3", to="1.1", ts="1.4", words="any <b>news</b>?")
COMMENT = Comment(number=1, ts="1.4", who="U3", words="any <b>news</b>?")
REPLIED = f"U3 replied {REPLY.words!r} to 1.1"
AGAIN = replace(COMMENT, number=2)
GARBLED = replace(COMMENT, words="any news?")
STARRED = Reaction(who="U2", to="1.2", emoji="star", given=True, ts="1.5")
STAR = Feedback(number=1, who="U2", emoji="star", meaning=Meaning.GREAT, given=True)
SAID = Remark(number=1, about="1.4", words=REPLY.words, event_at="1.4")
FELT = Remark(number=1, about="U2 star", words="great", event_at="1.5")
WELL = Evidence(
    channel="C1",
    acts=[FLAGGED, ACCEPTED, LOST],
    ledger=[FLAG, ACCEPT],
    leads=[JANE],
    outbox=[CARD_ROW, YOURS_ROW, NEWS_ROW],
    shown=[CARD, YOURS, NEWS],
    replies=[REPLY],
    comments=[COMMENT],
    reactions=[STARRED],
    feedback=[STAR],
    remarks=[FELT, SAID],
    heard=frozenset({"1.4", "1.5"}),
)
NOTHING = Evidence(channel="C1", acts=[], ledger=[], leads=[], outbox=[], shown=[])


def test_where_all_agree_nothing_is_wrong() -> None:
    assert verdict(WELL) == []


def test_what_nobody_was_told_may_have_been_done_or_not() -> None:
    unheard = replace(LOST, told=Told.NOTHING, words="")
    assert verdict(replace(WELL, acts=[FLAGGED, replace(ACCEPTED, told=Told.NOTHING), unheard])) == []


def test_what_the_bot_has_not_acknowledged_may_be_kept_or_not() -> None:
    unheard = replace(WELL, heard=frozenset())
    assert verdict(unheard) == verdict(replace(unheard, comments=[], feedback=[], remarks=[])) == []


def test_a_reply_to_another_message_than_a_card_is_no_comment() -> None:
    assert verdict(replace(WELL, replies=[replace(REPLY, to="1.2")], comments=[], remarks=[FELT])) == []


def test_of_what_somebody_gave_and_took_back_the_last_counts() -> None:
    taken_back = replace(STARRED, to="1.1", given=False, ts="1.6")
    both = replace(WELL, reactions=[taken_back, STARRED], heard=WELL.heard | {"1.6"})
    ledger = [SAID, replace(FELT, words=GONE, event_at="1.6"), FELT]
    assert verdict(replace(both, feedback=[replace(STAR, given=False)], remarks=ledger)) == []
    assert len(verdict(both)) == 1


SPOILED = {
    "a lead that was acknowledged is lost": (
        replace(NOTHING, acts=[FLAGGED]),
        "U1 was told 1 times that their flag of jane@acme.com is done; it was 0 times",
    ),
    "a click that was acknowledged is lost": (
        replace(WELL, acts=[*WELL.acts, Act(who="U2", move=Move.CONTACT, about="1", told=Told.DONE)]),
        "U2 was told 1 times that their contact of 1 is done; it was 0 times",
    ),
    "a click has two effects": (
        replace(WELL, ledger=[FLAG, ACCEPT, *[replace(ACCEPT, move=Move.CONTACT, to=State.WORKING)] * 2]),
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
            ledger=[FLAG, ACCEPT, replace(ACCEPT, line=3, who="U3", owner="U3")],
        ),
        "U3 could accept #1, which was accepted",
    ),
    "the state is not the one that the ledger leads to": (
        replace(WELL, leads=[replace(JANE, state=State.WON)]),
        "#1 is won, and by the ledger accepted",
    ),
    "a move is not in the ledger": (
        replace(WELL, leads=[replace(JANE, moves=3)]),
        "#1 was moved 3 times, and by the ledger 2 times",
    ),
    "a loser is not told who won": (
        replace(WELL, acts=[FLAGGED, ACCEPTED, replace(LOST, words="#1 is taken")]),
        "U3 could not accept #1 and was not told who had moved it: '#1 is taken'",
    ),
    "a lead is handed over twice": (
        replace(WELL, leads=[JANE, replace(JANE, id=92, number=2)]),
        "jane@acme.com is handed over 2 times at once",
    ),
    "a lead has no card": (
        replace(WELL, outbox=[YOURS_ROW, NEWS_ROW]),
        "card:91 should be in the outbox for C1, and is there for nobody",
    ),
    "whoever has the next move does not hear of it": (
        replace(WELL, outbox=[CARD_ROW, NEWS_ROW]),
        "turn:91:1 should be in the outbox for U2, and is there for nobody",
    ),
    "who takes over does not hear of it": (
        replace(WELL, ledger=[replace(FLAG, owner="U3"), ACCEPT]),
        "turn:91:2 should be in the outbox for U2, and is there for nobody",
    ),
    "the marketer does not hear of it": (
        replace(WELL, outbox=[CARD_ROW, YOURS_ROW]),
        "news:91:2 should be in the outbox for U1, and is there for nobody",
    ),
    "nobody will wait for an answer to a rejection": (
        replace(WELL, leads=[replace(JANE, state=State.REJECTED, owed=True, comes_up=False)]),
        "#1 is rejected, and nobody will be reminded of it",
    ),
    "a message is for somebody else": (
        replace(WELL, outbox=[CARD_ROW, replace(YOURS_ROW, lane="U3"), NEWS_ROW]),
        "turn:91:1 should be in the outbox for U2, and is there for U3",
    ),
    "a message follows from no move": (
        replace(WELL, outbox=[*WELL.outbox, replace(NEWS_ROW, key="news:91:7", token="t7")]),
        "news:91:7 is in the outbox, and no move asks for it",
    ),
    "a message is doubled": (
        replace(WELL, shown=[*WELL.shown, replace(CARD, ts="1.9")]),
        "card:91 is there 1 times more than wanted, and was overtaken 0 times",
    ),
    "a message comes from nowhere": (
        replace(WELL, shown=[*WELL.shown, Shown(token="t9", lane="C1", ts="1.9", words="boo")]),
        "a message that nobody wanted: 'boo'",
    ),
    "a message is missing": (replace(WELL, shown=[YOURS, NEWS]), "card:91 counts as shown, and is not there"),
    "a message counts as done and was never sent": (
        replace(WELL, outbox=[CARD_ROW, replace(YOURS_ROW, ts=None), NEWS_ROW], shown=[CARD, NEWS]),
        "turn:91:1 is done, and shown nowhere",
    ),
    "a message waits in the end": (
        replace(WELL, outbox=[CARD_ROW, YOURS_ROW, replace(NEWS_ROW, state="pending")]),
        "news:91:2 is pending, and shown at 1.3",
    ),
    "a message was given up": (
        replace(WELL, outbox=[CARD_ROW, replace(YOURS_ROW, state="dead", ts=None), NEWS_ROW]),
        "turn:91:1 was given up",
    ),
    "a message went to somebody else": (
        replace(WELL, shown=[CARD, replace(YOURS, lane="U3"), NEWS]),
        "a message for U2 is shown to U3: 'Please contact Jane Doe'",
    ),
    "a card shows a state of before": (
        replace(WELL, shown=[replace(CARD, words="Jane Doe: waiting"), YOURS, NEWS]),
        "card:91 shows 'Jane Doe: waiting', and it should be 'Jane Doe: U2 has it'",
    ),
    "a reply is lost": (replace(WELL, comments=[]), f"{REPLIED}; kept is [], and it should be {[COMMENT]}"),
    "a reply is kept twice": (
        replace(WELL, comments=[COMMENT, AGAIN]),
        f"{REPLIED}; kept is {[COMMENT, AGAIN]}, and it should be {[COMMENT]}",
    ),
    "a reply is kept in other words, though never acknowledged": (
        replace(WELL, heard=frozenset(), comments=[GARBLED]),
        f"{REPLIED}; kept is {[GARBLED]}, and it should be {[COMMENT]}",
    ),
    "a comment comes from nowhere": (
        replace(WELL, replies=[]),
        f"a comment that nobody wrote: {COMMENT}",
    ),
    "feedback is lost": (
        replace(WELL, feedback=[]),
        f"U2 reacted to #1; kept is None, and it should be {STAR}",
    ),
    "feedback is kept as something else": (
        replace(WELL, feedback=[replace(STAR, meaning=Meaning.POOR)]),
        f"U2 reacted to #1; kept is {replace(STAR, meaning=Meaning.POOR)}, and it should be {STAR}",
    ),
    "feedback comes from nowhere": (replace(WELL, reactions=[]), f"feedback that nobody gave: {STAR}"),
    "a reply has no line": (
        replace(WELL, remarks=[FELT]),
        f"kept of 1.4 on #1 is {REPLY.words!r}, and by the ledger 'nothing'",
    ),
    "a reply has a line, and is not kept": (
        replace(WELL, replies=[], comments=[]),
        f"kept of 1.4 on #1 is 'nothing', and by the ledger {REPLY.words!r}",
    ),
    "feedback is withdrawn without a line": (
        replace(WELL, feedback=[replace(STAR, given=False)]),
        "kept of U2 star on #1 is 'nothing', and by the ledger 'great'",
    ),
    "a reply has a second line": (
        replace(WELL, remarks=[FELT, SAID, replace(SAID, event_at="1.7")]),
        f"the ledger says the same of 1.4 on #1 twice: {['nothing', REPLY.words, REPLY.words]}",
    ),
}


@pytest.mark.parametrize(("evidence", "problem"), SPOILED.values(), ids=SPOILED.keys())
def test_what_is_wrong_is_said(evidence: Evidence, problem: str) -> None:
    assert problem in verdict(evidence)


def test_what_was_overtaken_may_be_there_twice_and_not_three_times_and_nothing_else_may() -> None:
    twice = replace(WELL, shown=[*WELL.shown, replace(CARD, ts="1.8")], overtaken=Counter({"card:91": 1}))
    assert verdict(twice) == []
    assert verdict(replace(twice, shown=[*twice.shown, replace(CARD, ts="1.9")])) == [
        "card:91 is there 2 times more than wanted, and was overtaken 1 times"
    ]
    assert verdict(replace(twice, overtaken=Counter({"turn:91:1": 1}))) == [
        "card:91 is there 1 times more than wanted, and was overtaken 0 times"
    ]
