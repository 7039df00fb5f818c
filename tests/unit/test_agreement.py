"""The agreement: Baton reads what a person writes, and names the key of every mistake."""

import json
import string
import types
import typing
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from operator import add
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from models.errors import BadAgreement
from models.rules import emoji
from models.rules.agreement import (
    DEFAULT_EMOJI,
    DEFAULT_REASONS,
    LONGEST_WEEKS,
    WEEKDAYS,
    Agreement,
    DigestTime,
    Holidays,
    Meaning,
    People,
    PromiseEntry,
    Reason,
    Sla,
    Stage,
    When,
    Working,
    stored,
    validate,
)
from models.rules.destinations import Destination
from models.rules.ladders import BY_A_MOMENT, DEFAULT_STEPS, What, read_steps
from models.rules.lifecycle import Move
from models.rules.toml import explained, parse
from tests.monday import TEN

# Strategies for valid agreements.

# Texts from an alphabet, because Hypothesis takes several times as long to make one from a regular expression.
_PLAIN = string.ascii_letters + string.digits
_SMALL = string.ascii_lowercase + string.digits
ids = st.builds(add, st.sampled_from(_PLAIN), st.text(f"{_PLAIN}_.-", max_size=20))
codes = st.builds(add, st.sampled_from(string.ascii_lowercase), st.text(f"{_SMALL}_", min_size=1, max_size=20))
people_lists = st.lists(ids, max_size=3).map(tuple)
minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
emoji_names = st.text(f"{_SMALL}_+'-", min_size=2, max_size=30).map(emoji.name)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=2, max_size=70)


@st.composite
def reasons(draw: st.DrawFn) -> dict[str, Reason]:
    found = {}
    for code in draw(st.lists(codes, min_size=1, max_size=4, unique=True)):
        destination = draw(st.sampled_from(Destination))
        days = draw(st.integers(1, 730)) if destination is Destination.NURTURE else 0
        found[code] = Reason(
            asked_as=draw(words),
            stage=draw(st.sampled_from(Stage)),
            destination=destination,
            nurture_days=days,
            after_attempts=draw(st.booleans()),
        )
    usable_for_both = Reason(asked_as="Else", stage=Stage.EITHER, destination=Destination.ARCHIVE)
    return found | {"else": usable_for_both}


workings = st.builds(
    Working,
    days=st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True).map(tuple),
    opens=minutes,
    closes=minutes,
)


def slas_within(working: Working) -> st.SearchStrategy[Sla]:
    """Returns promises that can be kept in these working weeks."""
    hours = st.floats(0, min(1000, LONGEST_WEEKS * working.hours_a_week), exclude_min=True)
    return st.builds(
        Sla,
        accept_hours=hours,
        contact_hours=hours,
        outcome_hours=hours,
        answer_hours=hours,
        attempts=st.integers(1, 50),
    )


@st.composite
def working_and_sla(draw: st.DrawFn) -> dict[str, Working | Sla]:
    working = draw(workings)
    return {"working": working, "sla": draw(slas_within(working))}


def whats(*but: What) -> st.SearchStrategy[What]:
    return st.sampled_from([what for what in What if what not in (What.RULING, *but)])


def ladders_of(what: What) -> st.SearchStrategy[tuple[str, ...]]:
    usual = DEFAULT_STEPS[what]
    return st.sampled_from([(), usual, usual if what in BY_A_MOMENT else ("100% owner, manager", "180% manager")])


# Entries for some sources, each with any length, then one for all others, whose length stands in [sla].
for_some = whats(*BY_A_MOMENT).flatmap(
    lambda what: st.builds(
        PromiseEntry,
        what=st.just(what),
        when=st.builds(When, source=st.lists(st.text(min_size=1), min_size=1, max_size=2).map(tuple)),
        within=st.none() | st.sampled_from(["1m", "90m"]),
        ladder=ladders_of(what),
    )
)
for_all = whats().flatmap(lambda what: st.builds(PromiseEntry, what=st.just(what), ladder=ladders_of(what)))
promises = st.tuples(st.lists(for_some, max_size=2), for_all | st.none()).map(
    lambda parts: (*parts[0], *((parts[1],) if parts[1] else ()))
)

zones = st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
digests = st.builds(DigestTime, day=st.sampled_from(WEEKDAYS), time=minutes)
agreements = st.builds(
    lambda together, **parts: Agreement(**together, **parts),
    together=working_and_sla(),
    handoff_channel=ids,
    digest_channel=st.none() | ids,
    timezone=zones,
    promises=promises,
    currency=st.text(string.ascii_uppercase, min_size=3, max_size=3),
    people=st.builds(People, marketers=people_lists, reps=people_lists, managers=people_lists),
    holidays=st.sampled_from([Holidays(), Holidays(country="DE"), Holidays(country="DE", region="BY")]),
    digest=digests,
    emoji=st.dictionaries(emoji_names, st.sampled_from(Meaning), max_size=3),
    reasons=reasons(),
)


@given(agreed=agreements)
@settings(max_examples=150)
def test_what_is_explained_to_a_person_reads_back_as_the_same_agreement(agreed: Agreement) -> None:
    assert parse(explained(agreed)) == agreed


@given(agreed=agreements)
def test_what_is_kept_in_the_database_reads_back_as_the_same_agreement(agreed: Agreement) -> None:
    assert validate(agreed.model_dump(mode="json")) == agreed


def test_every_key_of_the_agreement_is_explained() -> None:
    text = explained(Agreement(handoff_channel="C1"))
    bare = [
        line
        for line in text.splitlines()
        if line and not line.startswith("[") and "  # " not in line and line.split(" = ")[0] not in _quoted_emoji()
    ]
    assert bare == []
    silent = [line for line in text.splitlines() if line.endswith("  # None")]
    assert silent == [], "models/rules/agreement.py: these keys have no description"


def _quoted_emoji() -> set[str]:
    return {f'"{name}"' for name in DEFAULT_EMOJI}


# Defaults.


def test_the_default_reasons_are_those_of_the_product() -> None:
    table = {
        code: (reason.asked_as, str(reason.stage), str(reason.destination), reason.nurture_days)
        for code, reason in DEFAULT_REASONS.items()
    }
    assert table == {
        "duplicate": ("Already in our pipeline", "reject", "archive", 0),
        "bad_data": ("Contact data wrong or missing", "reject", "fix", 0),
        "too_small": ("Company too small", "reject", "archive", 0),
        "wrong_industry": ("Industry doesn't fit", "reject", "archive", 0),
        "wrong_region": ("Not my territory", "reject", "reroute", 0),
        "existing_customer": ("Already a customer", "reject", "reroute", 0),
        "wrong_role": ("Can't buy or influence", "reject", "nurture", 90),
        "no_intent": ("Student, vendor, job seeker, spam", "reject", "archive", 0),
        "not_now": ("Timing", "either", "nurture", 60),
        "no_budget": ("No budget", "disqualify", "nurture", 90),
        "no_need": ("No need or interest", "disqualify", "archive", 0),
        "competitor": ("Chose someone else", "disqualify", "nurture", 180),
        "unreachable": ("Could not reach them", "disqualify", "nurture", 60),
    }
    assert [code for code, reason in DEFAULT_REASONS.items() if reason.after_attempts] == ["unreachable"]


def test_the_defaults_are_the_promises_of_the_product() -> None:
    sla = Agreement(handoff_channel="C1").sla
    assert (sla.accept_hours, sla.contact_hours, sla.attempts) == (4, 8, 6)


def test_a_reason_is_offered_only_for_the_moves_of_its_stage() -> None:
    agreed = Agreement(handoff_channel="C1")
    assert "not_now" in agreed.codes(Move.REJECT)
    assert "not_now" in agreed.codes(Move.DISQUALIFY)
    assert "no_budget" not in agreed.codes(Move.REJECT)
    assert "bad_data" not in agreed.codes(Move.DISQUALIFY)


def test_a_skin_tone_does_not_change_what_a_reaction_means() -> None:
    agreed = Agreement(handoff_channel="C1")
    assert agreed.meaning("+1::skin-tone-4") is Meaning.GOOD
    assert agreed.meaning("tada") is None


# Mistakes.

MISTAKES = {
    "handoff_channel: this key is missing": "",
    "handoff_channel: an id is needed, such as C0123 or U0123, not a name (you wrote '#leads')": (
        'handoff_channel = "#leads"'
    ),
    "digest_channel: an id is needed": 'handoff_channel = "C1"\ndigest_channel = "the boss"',
    "timezone: there is no time zone “Berlin”": 'handoff_channel = "C1"\ntimezone = "Berlin"',
    "currency: string should match pattern '^[A-Z]{3}$' (you wrote 'euro')": (
        'handoff_channel = "C1"\ncurrency = "euro"'
    ),
    "people.reps.0: an id is needed": 'handoff_channel = "C1"\npeople.reps = ["@dana"]',
    "sla.accept_hours: input should be greater than 0 (you wrote 0)": 'handoff_channel = "C1"\nsla.accept_hours = 0',
    "sla.contact_hours: input should be less than or equal to 1000": (
        'handoff_channel = "C1"\nsla.contact_hours = 1001'
    ),
    "sla.outcome_hours": 'handoff_channel = "C1"\nsla.outcome_hours = nan',
    "sla.answer_hours": 'handoff_channel = "C1"\nsla.answer_hours = inf',
    "sla.attempts: input should be greater than or equal to 1": 'handoff_channel = "C1"\nsla.attempts = 0',
    "sla.accept_hour: there is no such key in the agreement": 'handoff_channel = "C1"\nsla.accept_hour = 4',
    "slas: there is no such key in the agreement": 'handoff_channel = "C1"\nslas = 4',
    "working.days.1": 'handoff_channel = "C1"\nworking.days = ["monday", "mardi"]',
    "working.days: tuple should have at least 1 item": 'handoff_channel = "C1"\nworking.days = []',
    "working.opens": 'handoff_channel = "C1"\nworking.opens = "nine"',
    "working.opens: write a local time to the minute, such as 09:00 (you wrote 9)": (
        'handoff_channel = "C1"\nworking.opens = 9'
    ),
    "working.closes: write a local time to the minute, such as 09:00 (you wrote '17:00:30')": (
        'handoff_channel = "C1"\nworking.closes = "17:00:30"'
    ),
    "digest.time: write a local time to the minute, such as 09:00 (you wrote '09:00+02:00')": (
        'handoff_channel = "C1"\ndigest.time = "09:00+02:00"'
    ),
    "digest.day": 'handoff_channel = "C1"\ndigest.day = "someday"',
    "holidays: a region needs its country": 'handoff_channel = "C1"\nholidays.region = "BY"',
    "holidays: no calendar is known for the country “Germany”": 'handoff_channel = "C1"\nholidays.country = "Germany"',
    "holidays: “Bavaria” is no region of DE: BB, BE, BW, BY": (
        'handoff_channel = "C1"\nholidays = {country = "DE", region = "Bavaria"}'
    ),
    "emoji.tada": 'handoff_channel = "C1"\nemoji = {tada = "party"}',
    "emoji: “party time” is no name of an emoji": 'handoff_channel = "C1"\nemoji = {"party time" = "great"}',
    "emoji: “🦄” is no name of an emoji": 'handoff_channel = "C1"\nemoji = {"🦄" = "great"}',
    "emoji: “:thumbsup:” is +1 to Slack, which has two meanings here": (
        'handoff_channel = "C1"\nemoji = {"+1" = "great", ":thumbsup:" = "good"}'
    ),
    "reasons.x_y.asked_as: this key is missing": 'handoff_channel = "C1"\nreasons.x_y.destination = "archive"',
    "reasons.x_y.destination": 'handoff_channel = "C1"\nreasons.x_y = {asked_as = "Why", destination = "bin"}',
    "reasons.x_y: nurture_days goes with the destination nurture": (
        'handoff_channel = "C1"\nreasons.x_y = {asked_as = "Why", destination = "nurture"}'
    ),
    "reasons.Too Big: a code is lower-case letters, digits and _, such as not_now": (
        'handoff_channel = "C1"\nreasons."Too Big" = {asked_as = "Why", destination = "archive"}'
    ),
    "reasons: at least one must be usable to disqualify": (
        'handoff_channel = "C1"\nreasons.x_y = {asked_as = "Why", destination = "archive"}'
    ),
    "this is no TOML": 'handoff_channel = "C1',
}


@pytest.mark.parametrize(("said", "text"), list(MISTAKES.items()), ids=list(MISTAKES))
def test_a_mistake_is_named_with_its_key(said: str, text: str) -> None:
    with pytest.raises(BadAgreement) as refused:
        parse(text)
    assert said in str(refused.value)
    assert "nothing changed" in str(refused.value)


def test_all_mistakes_are_named_at_once() -> None:
    text = 'timezone = "Berlin"\ncurrency = "euro"\nsla.accept_hours = -1\nholidays.country = "Germany"'
    with pytest.raises(BadAgreement) as refused:
        parse(text)
    for key in ("handoff_channel", "timezone", "currency", "sla.accept_hours", "holidays"):
        assert key in str(refused.value)


def test_times_can_be_written_with_quotes_or_without() -> None:
    quoted = parse('handoff_channel = "C1"\nworking.opens = "08:30"')
    assert quoted == parse('handoff_channel = "C1"\nworking.opens = 08:30:00')
    assert quoted.working.opens == time(8, 30)


WRITTEN = {
    ":white_check_mark:": "white_check_mark",
    " White_Check_Mark ": "white_check_mark",
    "✅": "white_check_mark",
    "thumbsup": "+1",
    ":thumbsdown:": "-1",
    ":+1::skin-tone-3:": "+1",
    "+1::skin-tone-5": "+1",
    "thumbsup_tone2": "+1",
    "👍🏽": "+1",
    "❄️": "snowflake",
    "telephone": "phone",
    "raised_hand": "hand",
    "party-parrot": "party-parrot",
    ":überraschung:": "überraschung",
    "100": "100",
}


@pytest.mark.parametrize(("written", "sent"), list(WRITTEN.items()))
def test_an_emoji_is_known_by_the_name_that_slack_sends_however_it_is_written(written: str, sent: str) -> None:
    agreed = validate({"handoff_channel": "C1", "emoji": {written: "great"}})
    assert agreed.emoji == {sent: Meaning.GREAT}
    assert agreed.meaning(sent) is Meaning.GREAT
    assert agreed.meaning(f"{sent}::skin-tone-4") is Meaning.GREAT


def test_the_default_reactions_are_named_as_slack_sends_them() -> None:
    assert [emoji.name(name) for name in DEFAULT_EMOJI] == list(DEFAULT_EMOJI)


def test_an_agreement_of_an_earlier_version_stays_readable_whatever_its_emoji_are_called() -> None:
    document = validate({"handoff_channel": "C1"}).model_dump(mode="json")
    kept = {"phone": "contacted", "telephone": "contacted", ":x:": "reject", "no name": "won"}
    kept |= {"+1": "great", "thumbsup": "good"}
    read = stored(document | {"emoji": kept})
    assert read.emoji == {"phone": Meaning.CONTACTED, "x": Meaning.REJECT, "+1": Meaning.GREAT}


# Documents that each of today's checks refuses. Another day they may have been in force.
REFUSED: dict[str, dict[str, Any]] = {
    "a name for a channel": {"handoff_channel": "#leads"},
    "an unknown zone": {"timezone": "Mars/Base"},
    "an unknown currency": {"currency": "euro"},
    "a name for a person": {"people": {"reps": ["@dana"]}},
    "no time to accept": {"sla": {"accept_hours": -1}},
    "too much time to accept": {"sla": {"accept_hours": 2000}},
    "more time than such weeks have": {"sla": {"outcome_hours": 900}, "working": {"days": ["monday"]}},
    "too many attempts": {"sla": {"attempts": 99}},
    "a ladder of a ruling": {"promises": [{"what": "ruling"}]},
    "a promise for no time": {"promises": [{"what": "answer", "within": "0m"}]},
    "a time for what ends on a day": {"promises": [{"what": "close", "within": "4h"}]},
    "two times for one promise": {"promises": [{"what": "answer", "within": "9h"}], "sla": {"accept_hours": 4}},
    "an entry that never holds": {"promises": [{"what": "answer"}, {"what": "answer"}]},
    "for no source": {"promises": [{"what": "answer", "when": {"source": []}}]},
    "steps out of order": {"promises": [{"what": "answer", "ladder": ["100% owner", "50% owner"]}]},
    "steps of another promise": {"promises": [{"what": "answer", "ladder": ["0 owner", "+8h manager"]}]},
    "nobody hears when it is due": {"promises": [{"what": "answer", "ladder": ["50% owner"]}]},
    "somebody hears twice": {"promises": [{"what": "answer", "ladder": ["100% owner, owner"]}]},
    "a step after no time": {"promises": [{"what": "close", "ladder": ["0 owner", "+0h manager"]}]},
    "a step too late": {
        "promises": [{"what": "answer", "ladder": ["100% owner", "9999% manager"]}],
        "sla": {"accept_hours": 1000},
    },
    "no working day": {"working": {"days": []}},
    "a time with seconds": {"working": {"opens": "09:00:30"}},
    "an unknown country": {"holidays": {"country": "ZZ"}},
    "a region of no country": {"holidays": {"region": "BY"}},
    "an unknown region": {"holidays": {"country": "DE", "region": "ZZ"}},
    "no emoji": {"emoji": {"no name": "won"}},
    "an emoji with two meanings": {"emoji": {"+1": "good", "thumbsup": "great"}},
    "no reasons": {"reasons": {}},
    "no code": {"reasons": {"Not Now": {"asked_as": "Timing", "destination": "archive"}}},
    "no words": {"reasons": {"not_now": {"asked_as": "T", "destination": "archive"}}},
    "nurture without an end": {"reasons": {"not_now": {"asked_as": "Timing", "destination": "nurture"}}},
    "nurture for ever": {"reasons": {"no": {"asked_as": "Timing", "destination": "nurture", "nurture_days": 9999}}},
    "no reason to disqualify": {"reasons": {"no": {"asked_as": "Timing", "destination": "archive"}}},
    "a key that is gone": {"goals": {"accepted": 0.8}},
}


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED)
def test_what_was_applied_once_is_read_whatever_is_refused_today(document: dict[str, Any]) -> None:
    whole = {"handoff_channel": "C1"} | document
    with pytest.raises(BadAgreement):
        validate(whole)
    read = stored(whole)
    ladders = [read.ladder(what, source="webinar") for what in What]
    assert len(ladders) == len(What), "its promises can be asked for"
    assert read.codes(Move.REJECT) == [code for code, one in read.reasons.items() if one.stage.allows(Move.REJECT)]


def any_value(kind: Any) -> st.SearchStrategy[Any]:
    """Returns anything that JSON keeps of this type, whatever the checks say."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return any_value(parts[0])
    if origin in (typing.Union, types.UnionType):
        return st.none() | any_value(parts[0])
    if origin is tuple:
        return st.lists(any_value(parts[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(any_value(parts[0]), any_value(parts[1]), max_size=3)
    if origin is typing.Literal:
        return st.sampled_from(parts)
    if issubclass(kind, BaseModel):
        keys = {name: any_value(field.annotation) for name, field in kind.model_fields.items()}
        return st.fixed_dictionaries(keys)
    if kind is time:
        return minutes.map(lambda at: at.strftime("%H:%M"))
    if kind is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    return st.sampled_from(kind) if issubclass(kind, StrEnum) else st.from_type(kind)


@given(document=any_value(Agreement))
def test_whatever_has_the_right_types_is_read_as_it_was_stored(document: dict[str, Any]) -> None:
    read = stored(document).model_dump(mode="json")
    assert read | {"emoji": None} == document | {"emoji": None}
    assert read["emoji"].keys() <= {emoji.name(name) for name in read["emoji"]}


def with_unknown_names(kind: Any, value: Any) -> typing.Iterator[Any]:
    """Yields this value of this type with an unknown name instead of each name of a closed set, one at a time."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated or (origin in (typing.Union, types.UnionType) and value is not None):
        yield from with_unknown_names(parts[0], value)
    elif origin is tuple:
        for place, one in enumerate(value):
            yield from ([*value[:place], new, *value[place + 1 :]] for new in with_unknown_names(parts[0], one))
    elif origin is dict:
        for key, one in value.items():
            yield from ({**value, key: new} for new in with_unknown_names(parts[1], one))
    elif origin is typing.Literal or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        yield "gone"
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield from ({**value, name: new} for new in with_unknown_names(field.annotation, value[name]))


def test_a_name_that_is_gone_leaves_the_rest_of_a_stored_agreement_as_it_was() -> None:
    promises = [{"what": "answer", "within": "4h"}, {"what": "contact", "ladder": ["100% owner"]}]
    agreed = validate({"handoff_channel": "C1", "promises": promises})
    document = agreed.model_dump(mode="json")
    changed = list(with_unknown_names(Agreement, document))
    names = len(agreed.promises) + len(agreed.working.days) + 1 + len(agreed.emoji) + 2 * len(agreed.reasons)
    assert len(changed) == names
    for one in changed:
        read = stored(one)
        assert [read.ladder(what) for what in What], one
        assert read.next_digest(TEN) > TEN
        assert read.reasons.keys() == agreed.reasons.keys()
        assert read.codes(Move.REJECT)
        told = read.model_dump(mode="json")
        differing = [key for key in one if one[key] != document[key]]
        assert {key: told[key] for key in one if key not in differing} == {
            key: document[key] for key in one if key not in differing
        }
        assert "gone" not in json.dumps(told)


def test_of_a_reason_whose_destination_is_gone_the_lead_is_archived() -> None:
    reason = {"asked_as": "Timing", "destination": "gone", "nurture_days": 30}
    read = stored({"handoff_channel": "C1", "reasons": {"not_now": reason}})
    assert read.reasons["not_now"].destination is Destination.ARCHIVE


def test_steps_that_are_gone_and_who_is_not_known_any_more_are_passed_over() -> None:
    steps = ["50% nobody", "100% owner, nobody", "at noon owner", "150% manager"]
    with pytest.raises(BadAgreement):
        validate({"handoff_channel": "C1", "promises": [{"what": "answer", "ladder": steps}]})
    read = stored({"handoff_channel": "C1", "promises": [{"what": "answer", "ladder": steps}]})
    assert read.ladder(What.ANSWER).steps == read_steps(["100% owner", "150% manager"])
    unheard = stored({"handoff_channel": "C1", "promises": [{"what": "answer", "ladder": ["50% nobody"]}]})
    assert unheard.ladder(What.ANSWER).steps == read_steps(DEFAULT_STEPS[What.ANSWER]), "somebody hears"


@given(agreed=agreements)
def test_an_agreement_is_stored_and_read_again_as_it_is(agreed: Agreement) -> None:
    assert stored(json.loads(json.dumps(agreed.model_dump(mode="json")))) == agreed


def test_a_stored_document_without_what_it_needs_is_an_error_at_once() -> None:
    with pytest.raises(KeyError):
        stored({"timezone": "UTC"})


def test_an_empty_digest_channel_is_the_handoff_channel() -> None:
    assert parse('handoff_channel = "C1"\ndigest_channel = ""').digests_to == "C1"


@pytest.mark.parametrize(("digest_channel", "names"), [("C2", True), ("C1", False), ("", False)])
def test_the_digest_names_nobody_where_leads_are_handed_over(digest_channel: str, names: bool) -> None:
    agreement = parse(f'handoff_channel = "C1"\ndigest_channel = "{digest_channel}"')
    assert agreement.digest_names_people is names


def test_a_promise_that_such_a_working_week_can_never_keep_is_refused() -> None:
    with pytest.raises(BadAgreement, match="more than 100 of these working weeks"):
        parse('handoff_channel = "C1"\nsla.outcome_hours = 900\nworking.days = ["monday"]')


# When the next digest is due.


@given(
    agreed=st.builds(Agreement, handoff_channel=st.just("C1"), timezone=zones, digest=digests),  # the rest says nothing
    after=st.datetimes(datetime(2025, 12, 1), datetime(2027, 1, 31)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001
)
def test_the_next_digest_is_the_first_one_on_its_day_after_now(agreed: Agreement, after: datetime) -> None:
    due = agreed.next_digest(after)
    assert after < due <= after + timedelta(days=7, hours=1)
    local = due.astimezone(agreed.zone)
    assert WEEKDAYS[local.weekday()] == agreed.digest.day
    assert local.hour * 60 + local.minute - 60 <= agreed.digest.time.hour * 60 + agreed.digest.time.minute
    assert agreed.next_digest(due - timedelta(microseconds=1)) == due


@pytest.mark.parametrize(
    ("zone", "sundays"),
    [
        ("Europe/Berlin", ["2026-03-22T01:30Z", "2026-03-29T01:30Z", "2026-04-05T00:30Z"]),
        ("Europe/Berlin", ["2026-10-18T00:30Z", "2026-10-25T00:30Z", "2026-11-01T01:30Z"]),
        ("America/New_York", ["2026-03-01T07:30Z", "2026-03-08T07:30Z", "2026-03-15T06:30Z"]),
        ("America/New_York", ["2026-10-25T06:30Z", "2026-11-01T07:30Z", "2026-11-08T07:30Z"]),
    ],
)
def test_a_digest_at_half_past_two_comes_once_on_the_nights_that_clocks_change(zone: str, sundays: list[str]) -> None:
    agreed = Agreement(handoff_channel="C1", timezone=zone, digest=DigestTime(day="sunday", time=time(2, 30)))
    moments = [datetime.fromisoformat(moment) for moment in sundays]
    found = [agreed.next_digest(moments[0] - timedelta(days=1))]
    while len(found) < len(moments):
        found.append(agreed.next_digest(found[-1]))
    assert found == moments


def test_the_zone_is_that_of_the_agreement() -> None:
    assert Agreement(handoff_channel="C1", timezone="Europe/Berlin").zone == ZoneInfo("Europe/Berlin")
    assert date(2026, 11, 16).strftime("%A").lower() == WEEKDAYS[0]


def test_signs_that_no_one_sees_and_an_empty_table_survive_being_written_down() -> None:
    odd = Reason(asked_as='\x00\t\n\x7f\x9f"\\\u2028', stage=Stage.EITHER, destination=Destination.ARCHIVE)
    agreed = Agreement(handoff_channel="C1", emoji={}, reasons={"odd": odd})
    assert parse(explained(agreed)) == agreed
