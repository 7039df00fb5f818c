"""The kinds of messages: each has one layout by which its keys are built and parsed, and is as its entry says."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import messages
from models.rules.messages import MessageKind, Wanted
from models.rules.week import Week

MOMENT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
WEEK = Week(2026, 7)
# A message of each kind, and its key. Rows of the outbox are found by these keys, also those of an earlier version.
EXAMPLES: dict[str, Wanted] = {
    "card:41": messages.card(41, "C1"),
    "turn:41:3": messages.your_move(41, "U1", version=3),
    "news:41:977": messages.news(41, 977, "U1"),
    "ruling:41:U2": messages.ruling(41, "U2"),
    "nudge:U1:2026-11-23T08:30:00+00:00": messages.nudge("U1", due_at=MOMENT),
    "nurture:41:2026-11-23T08:30:00+00:00": messages.nurture(41, "U1", until=MOMENT),
    "digest:2026-W07": messages.digest(WEEK, "C1")[0],
    "digest:2026-W07:2026-11-23T08.30": messages.digest(WEEK, "C1", extra=MOMENT)[0],
    "digest_details:2026-W07": messages.digest(WEEK, "C1")[1],
    "alarm:refused:is_archived:2026-11-23:U2": messages.alarm(
        "refused", "is_archived", "U2", day=date(2026, 11, 23), due_at=MOMENT
    ),
}
# Only earlier versions of Baton added it.
ADDED_NO_MORE = {MessageKind.UNANSWERED}


def texts(kind: MessageKind) -> st.SearchStrategy[list[str]]:
    """Returns texts for each part of the keys of this kind."""
    *_, last = names = kind.traits.key.split(":")
    no_colon = st.text(st.characters(exclude_characters=":"))
    return st.tuples(*(st.text() if name is last else no_colon for name in names)).map(list)


@given(data=st.data(), kind=st.sampled_from(MessageKind))
def test_whatever_a_key_is_made_of_is_read_back_from_it(data: st.DataObject, kind: MessageKind) -> None:
    parts = data.draw(texts(kind))
    key = kind.of(*parts)
    assert MessageKind(key.split(":")[0]) is kind
    assert list(messages.parts_of(key).values()) == parts


@given(handoff=st.integers(1), line=st.integers(1), finding=st.sampled_from(["refused", "lost"]), day=st.dates())
def test_what_a_message_is_about_is_read_back_from_its_key(handoff: int, line: int, finding: str, day: date) -> None:
    assert messages.line_of_news(messages.news(handoff, line, "U1").key) == line
    alarm = messages.alarm(finding, "41-58", "U2", day=day, due_at=MOMENT)
    assert messages.subject_of_alarm(alarm.key) == (finding, "41-58")


@given(day=st.dates(min_value=date(2000, 1, 3)), extra=st.none() | st.just(MOMENT))
def test_the_week_of_a_digest_is_read_back_from_its_key_and_the_key_of_its_thread(
    day: date, extra: datetime | None
) -> None:
    digest, details = messages.digest(Week.of(day), "C1", extra=extra)
    assert messages.week_of_digest(digest.key) == messages.week_of_digest(details.key) == Week.of(day)
    assert details.kind.thread(details.key) == digest.key
    assert digest.kind.thread(digest.key) is None


@pytest.mark.parametrize(("key", "wanted"), EXAMPLES.items(), ids=EXAMPLES)
def test_each_message_has_the_key_that_it_always_had_and_is_about_the_handoff_in_it(key: str, wanted: Wanted) -> None:
    assert wanted.key == key
    assert key.split(":", maxsplit=1)[0] == wanted.kind
    handoff = messages.parts_of(key).get("handoff")
    assert wanted.handoff_id == (int(handoff) if handoff else None)
    assert (wanted.due_at is not None) == wanted.kind.traits.appointment
    assert wanted.lane.startswith("U" if wanted.kind in messages.TO_A_PERSON else "C")


def test_each_kind_that_is_added_is_among_the_examples() -> None:
    missing = set(MessageKind) - ADDED_NO_MORE - {wanted.kind for wanted in EXAMPLES.values()}
    assert not missing, f"no message of these kinds is made above, so nobody looks at their keys: {', '.join(missing)}"


@pytest.mark.parametrize("key", ["news:41", "alarm:refused:is_archived", "turn:41", "card", "parcel:41"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"zip|is not a valid MessageKind"):
        messages.parts_of(key)
