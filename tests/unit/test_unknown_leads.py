"""Unknown leads: which messages are cards of ours, which numbers are theirs, and that no number is given twice."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.metadata import EVENT, Shows, cards, metadata
from models.due.unknown_leads import UnknownLeads
from models.rules.rows import LARGEST_ID
from models.rules.unknown_leads import LARGEST_SHOWN, SeenCard, UnknownNumbers, newly_unknown
from models.storage.store import Store
from tests.monday import TEN
from tests.unit.office import Office, lead

BOT, TS = "UBATON", "1795000000.000100"
ID = 10**17


def posted(payload: object, **more: Any) -> dict[str, Any]:
    """Returns a message of the bot with this payload of its metadata."""
    return {"user": BOT, "ts": TS, "metadata": {"event_type": EVENT, "event_payload": payload}} | more


def card(number: int) -> SeenCard:
    return SeenCard(ID + number, number, TS)


def test_a_card_is_known_by_its_metadata() -> None:
    message = {"user": BOT, "ts": TS, "metadata": metadata("abc", Shows(ID, 42))}
    assert list(cards([message], by=BOT)) == [SeenCard(ID, 42, TS)]
    assert message["metadata"] == {
        "event_type": "baton_message",
        "event_payload": {"token": "abc", "handoff": str(ID), "number": 42},
    }


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"user": BOT, "ts": TS},
        {"user": BOT, "ts": TS, "metadata": None},
        {"user": BOT, "ts": TS, "metadata": "baton_message"},
        {"user": BOT, "ts": TS, "metadata": metadata("abc")},
        {"user": BOT, "ts": TS, "metadata": {"event_type": "other", "event_payload": {"handoff": "7", "number": 7}}},
        {"user": BOT, "ts": TS, "metadata": {"event_type": EVENT}},
        posted(None),
        posted([]),
        posted({"handoff": "7"}),
        posted({"number": 7}),
        *(posted({"handoff": "7", "number": wrong}) for wrong in (None, "7", 7.0, True, 0, -7, LARGEST_SHOWN + 1, [7])),
        *(posted({"handoff": wrong, "number": 7}) for wrong in (None, 7, "", "0", "-7", "07", "7 ", "٧", "x", ["7"])),
        posted({"handoff": str(LARGEST_ID + 1), "number": 7}),
        posted({"handoff": "9" * 5000, "number": 7}),
        posted({"handoff": "7", "number": 7}, user="UOTHER"),
        posted({"handoff": "7", "number": 7}, user=None),
        posted({"handoff": "7", "number": 7}, ts=None),
        posted({"handoff": "7", "number": 7}, ts="yesterday"),
    ],
    ids=str,
)
def test_what_is_no_card_of_ours_is_passed_over(message: dict[str, Any]) -> None:
    assert list(cards([message, {"user": BOT, "ts": TS, "metadata": metadata("a", Shows(ID, 1))}], by=BOT)) == [
        SeenCard(ID, 1, TS)
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["handoff", "number", "token", "x"]), inner),
)


@given(payload=JSON, found=JSON)
def test_nonsense_in_metadata_is_passed_over_or_is_within_bounds(payload: object, found: object) -> None:
    for one in cards([posted(payload), posted({}, metadata=found)], by=BOT):
        assert 0 < one.handoff <= LARGEST_ID
        assert 0 < one.number <= LARGEST_SHOWN


@pytest.mark.parametrize(
    ("unknown", "newest", "told", "found"),
    [
        ([], 40, 0, None),
        ([43, 58], 40, 0, UnknownNumbers(41, 58)),  # the cards between were not seen
        ([41], 40, 0, UnknownNumbers(41, 41)),
        ([41], 41, 0, UnknownNumbers(41, 41)),  # the number was given again, before the channel could be read
        ([41, 58], 58, 58, None),  # as the last start found
        ([41, 58, 61], 60, 58, UnknownNumbers(61, 61)),
        ([3, 41, 58], 40, 5, UnknownNumbers(41, 58)),
        ([7], 0, 0, UnknownNumbers(1, 7)),  # a new database in an old channel
    ],
)
def test_lost_are_the_numbers_of_unknown_cards_of_which_nobody_was_told(
    unknown: list[int], newest: int, told: int, found: UnknownNumbers | None
) -> None:
    assert newly_unknown([card(number) for number in unknown], newest=newest, told=told) == found


def test_new_leads_get_numbers_above_those_of_lost_ones_and_they_are_found_once(office: Office, store: Store) -> None:
    first = office.flag()
    known = SeenCard(office.id_of(first), first, TS)
    found = UnknownLeads(store)
    assert found.remember(office.id, [], at=TEN) is None
    assert found.remember(office.id, [known], at=TEN) is None
    assert office.flag(lead("bob@globex.com")) == 2
    seen = [card(4), known, card(7)]
    assert [one.number for one in found.unknown(office.id, seen)] == [4, 7]
    assert found.remember(office.id, seen, at=TEN) == UnknownNumbers(3, 7)
    assert found.remember(office.id, seen, at=TEN) is None
    assert office.flag(lead("cid@initech.com")) == 8


def test_a_workspace_without_a_lead_begins_above_the_lost_ones(office: Office, store: Store) -> None:
    assert UnknownLeads(store).remember(office.id, [card(7)], at=TEN) == UnknownNumbers(1, 7)
    assert office.flag() == 8


def test_a_card_of_another_workspace_is_not_known_here(office: Office, store: Store) -> None:
    elsewhere = Office(store, "T2")
    number = elsewhere.flag()
    seen = SeenCard(elsewhere.id_of(number), number, TS)
    assert UnknownLeads(store).unknown(office.id, [seen]) == (seen,)
