"""What people type after a command: Baton reads no more into it than it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import orders
from bot.slack.orders import NotUnderstood
from models.rules.agreement import DEFAULT_REASONS, Agreement, Reason, Stage
from models.rules.destinations import Destination
from models.rules.lifecycle import Move

AGREED = Agreement(handoff_channel="C1")
SPACES = [" ", "  ", "\u00a0", "\u202f", "\u2009", "\u3000", "\t"]


# Numbers.


@pytest.mark.parametrize("typed", ["42 on it", "#42 on it", "42, on it", "42: on it", "42\u00a0on it", "# 42 on it"])
def test_a_number_may_stand_in_any_form_and_what_follows_is_the_note(typed: str) -> None:
    order = orders.accept(typed)
    assert (order.numbers, order.note) == ((42,), "on it")


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "4, 5",
            "4 5",
            "#4 #5",
            "4,5",
            "4 and 5",
            "4 & 5",
            "#4, and #5",
            "4; 5",
            "4\u00a05",
            "4 5 4",
            "4 + 5.",
            "4 5:",
        ),
        *("4 und 5", "4 et 5", "4 y 5", "4、5", "4，5", "4 5 please", "4, 5 both", "4 och 5!"),
    ],
)
def test_several_numbers_are_several_leads_each_once(typed: str) -> None:
    assert orders.accept(typed).numbers == (4, 5)
    assert orders.reject(typed, AGREED).numbers == (4, 5)


@pytest.mark.parametrize("typed", ["7 9 am call", "7 2nd try", "7, 9 people came", "7 9%", "7 24/7 support wanted"])
def test_where_more_than_numbers_follows_the_first_is_the_lead_and_the_rest_its_note(typed: str) -> None:
    order = orders.accept(typed)
    assert order.numbers == (7,)
    assert order.note == typed[1:].lstrip(" ,")
    assert orders.reject(typed, AGREED).numbers == (7,)


@pytest.mark.parametrize("typed", ["4-6", "4 – 6", "#4 to #6", "4..6", "4/6", "9:30", "10.5", "4 bis 6", "4 through 6"])
def test_a_range_is_asked_about(typed: str) -> None:
    with pytest.raises(NotUnderstood, match="Write the number of each lead"):
        orders.accept(typed)


@pytest.mark.parametrize("typed", ["42 - on it", "42! on it", "42) on it", "42 — on it"])
def test_a_mark_between_the_number_and_the_note_is_no_part_of_it(typed: str) -> None:
    assert (orders.accept(typed).numbers, orders.accept(typed).note) == ((42,), "on it")


@pytest.mark.parametrize(
    "typed",
    [
        *("50 timing is perfect but the phone is dead", "77 duplicate, 78", "75, 76 are duplicates"),
        *("9 bad_data or duplicate", "4 bad_data 5", "9 bad_data and duplicate"),
    ],
)
def test_what_may_be_another_lead_or_no_reason_is_asked_about(typed: str) -> None:
    order = orders.reject(typed, AGREED)
    assert order.doubt
    assert order.note in typed


@pytest.mark.parametrize("typed", ["1?", "1 or 2", "Bob?", "#1 ?", "1 oder 2?"])
def test_a_question_is_no_order(typed: str) -> None:
    for read in (orders.accept, orders.take):
        with pytest.raises(NotUnderstood, match="without a question"):
            read(typed)


@pytest.mark.parametrize("typed", ["1 duplicate?", "1 duplicate or not, who knows"])
def test_a_rejection_that_is_in_question_is_asked_about(typed: str) -> None:
    assert orders.reject(typed, AGREED).doubt


@pytest.mark.parametrize("typed", ["1 @raj or @olga", "1 to raj or olga", "1 <@URAJ> or <@UOLGA>"])
def test_of_two_people_neither_gets_the_lead(typed: str) -> None:
    order = orders.hand(typed)
    assert (order.to, order.to_name) == (None, "")


@pytest.mark.parametrize("typed", ["too_small 5 people", "too small 12 employees", "bad_data 3 months old"])
def test_a_number_of_something_is_no_lead(typed: str) -> None:
    assert orders.reject(typed, AGREED).numbers == ()


@pytest.mark.parametrize("typed", ["9 cant buy or influence", "9 can't buy or influence", "9 can’t buy or influence"])
def test_an_apostrophe_of_a_reason_may_be_left_out(typed: str) -> None:
    assert orders.reject(typed, AGREED).reason == "wrong_role"


def test_more_leads_than_can_be_answered_at_once_are_asked_about() -> None:
    with pytest.raises(NotUnderstood, match="21 leads; at most 20"):
        orders.accept(" ".join(str(n) for n in range(1, 22)))


@pytest.mark.parametrize("typed", ["3M", "42nd", "Zoë", "-1", "٤٢", "1" * 20, "Studio 54"])
def test_what_does_not_begin_with_a_number_is_a_name(typed: str) -> None:
    assert (orders.accept(typed).numbers, orders.accept(typed).named) == ((), typed)


def test_a_number_with_its_mark_may_stand_anywhere() -> None:
    order = orders.accept("on it, #42 today")
    assert (order.numbers, order.note) == ((42,), "on it, today")


@given(
    numbers=st.lists(st.integers(1, 10**6), min_size=1, max_size=20, unique=True),
    between=st.sampled_from([", ", " ", ",", " and ", " & ", " #", "; ", "\u00a0"]),
)
def test_whatever_stands_between_numbers_they_are_found(numbers: list[int], between: str) -> None:
    assert orders.accept(between.join(map(str, numbers))).numbers == tuple(numbers)


@given(typed=st.text(max_size=300))
def test_something_is_made_of_everything_and_no_number_is_invented(typed: str) -> None:
    for read in (orders.accept, lambda text: orders.reject(text, AGREED)):
        try:
            order = read(typed)
        except NotUnderstood:
            continue
        assert all(str(number) in typed for number in order.numbers)


PAGES = {
    "9 " * 20_000 + "x": (9,),
    "a " * 20_000: (),
    "9" * 40_000: (),
    "timing " * 6_000: (),
    "#1 " * 13_000 + "x": (1,),
}


@pytest.mark.parametrize(("page", "numbers"), PAGES.items(), ids=[page[:7] for page in PAGES])
def test_a_page_that_was_pasted_is_read_and_kept(page: str, numbers: tuple[int, ...]) -> None:
    accepted, rejected = orders.accept(page), orders.reject(page, AGREED)
    assert accepted.numbers == rejected.numbers == numbers
    assert len(accepted.note or accepted.named) >= len(page.strip()) - len("#1 ")
    assert len(rejected.text or rejected.named) >= len(page.strip()) - len("#1 ")


# Reasons.

ORDERS = {
    "9 bad_data number does not exist": ("bad_data", "number does not exist"),
    "bad_data 9 number does not exist": ("bad_data", "number does not exist"),
    "9 Bad-Data, “number does not exist”": ("bad_data", "number does not exist"),
    "9 BAD DATA number does not exist": ("bad_data", "number does not exist"),
    "9 Contact data wrong or missing: number does not exist": ("bad_data", "number does not exist"),
    "9 Timing in June": ("not_now", "in June"),
    "9 timing": ("not_now", ""),
    "Timing 9 in June": ("not_now", "in June"),
    "9 industry doesn’t fit": ("wrong_industry", ""),
    "9 Industry doesn't fit - makes toys": ("wrong_industry", "makes toys"),
    "9 student, vendor, job seeker, spam": ("no_intent", ""),
    "Not my territory #9": ("wrong_region", ""),
}


@pytest.mark.parametrize(("typed", "meant"), list(ORDERS.items()))
def test_a_reason_is_read_by_code_or_label_in_any_order(typed: str, meant: tuple[str, str]) -> None:
    order = orders.reject(typed, AGREED)
    assert (order.numbers, order.reason, order.note, order.doubt) == ((9,), *meant, "")


@pytest.mark.parametrize("space", SPACES)
def test_any_white_space_separates(space: str) -> None:
    order = orders.reject(f"9{space}bad_data{space}number is wrong", AGREED)
    assert (order.numbers, order.reason, order.note) == ((9,), "bad_data", "number is wrong")
    order = orders.reject(f"9{space}Contact{space}data wrong or{space}missing", AGREED)
    assert (order.numbers, order.reason, order.note) == ((9,), "bad_data", "")


@pytest.mark.parametrize("code", AGREED.codes(Move.REJECT))
def test_every_reason_is_known_by_its_code_and_by_its_label(code: str) -> None:
    for written in (code, code.upper(), AGREED.reasons[code].asked_as, AGREED.reasons[code].asked_as.lower()):
        assert orders.reject(f"9 {written}", AGREED).reason == code
        assert orders.reject(f"{written} 9", AGREED).reason == code
        assert orders.reject(f"9 {written} and more", AGREED).note == "and more"


def test_of_labels_that_begin_alike_the_longest_wins() -> None:
    longer = Reason(asked_as="Timing of budget", stage=Stage.REJECT, destination=Destination.ARCHIVE)
    agreed = Agreement(handoff_channel="C1", reasons=DEFAULT_REASONS | {"later": longer})
    assert orders.reject("9 timing of budget is bad", agreed).reason == "later"
    assert orders.reject("9 timing of the year", agreed).reason == "not_now"
    assert orders.reject("9 timings differ", agreed).reason is None


@pytest.mark.parametrize(
    "typed",
    ["because the number is wrong", "not our market", "2 duplicate entries in the CRM", "5 bad_data phone wrong"],
)
def test_words_that_are_no_reason_are_kept_as_the_note(typed: str) -> None:
    order = orders.reject(f"9 {typed}", AGREED)
    assert (order.numbers, order.reason, order.note) == ((9,), None, typed)


@pytest.mark.parametrize(
    ("typed", "doubt", "guess"),
    [
        ("bad-dta phone", "I know no reason “bad-dta”. Did you mean bad_data?", "bad_data"),
        ("bad", "I know no reason “bad”. Did you mean bad_data?", "bad_data"),
        ("xyzzy", "I know no reason “xyzzy”.", None),
        ("no_budget at all", "“no_budget” (No budget) can't be used to reject.", None),
        ("Chose someone else", "“competitor” (Chose someone else) can't be used to reject.", None),
    ],
)
def test_what_looks_like_a_reason_and_is_none_is_doubted_and_kept(typed: str, doubt: str, guess: str | None) -> None:
    order = orders.reject(f"9 {typed}", AGREED)
    assert (order.reason, order.note, order.doubt) == (guess, typed, doubt)


@pytest.mark.parametrize("typed", ["4 5 bad_data", "bad_data 4, 5", "#4 and #5: Contact data wrong or missing"])
def test_several_are_rejected_for_one_reason_where_nothing_else_is_said(typed: str) -> None:
    order = orders.reject(typed, AGREED)
    assert (order.numbers, order.reason, order.note) == ((4, 5), "bad_data", "")


@pytest.mark.parametrize(
    "typed", ["Zoë Kaya bad_data phone wrong", "Zoë Kaya: Contact data wrong or missing, phone wrong"]
)
def test_a_lead_may_be_named_before_the_reason(typed: str) -> None:
    order = orders.reject(typed, AGREED)
    assert (order.numbers, order.named, order.reason, order.note) == ((), "Zoë Kaya", "bad_data", "phone wrong")


def test_a_lead_may_be_named_after_the_reason() -> None:
    order = orders.reject("bad_data Zoë Kaya", AGREED)
    assert (order.numbers, order.named, order.reason) == ((), "Zoë Kaya", "bad_data")


def test_a_number_at_the_end_is_perhaps_the_leads() -> None:
    order = orders.reject("bad_data phone is wrong 9", AGREED)
    assert (order.numbers, order.perhaps, order.reason) == ((), 9, "bad_data")
    assert orders.accept("call at 9:30 or 10.5").perhaps is None


# Handing on and taking.


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("typed", ["42 <@U1> why", "<@U1> 42 why", "#42, to <@U1|dana>: why", "<@U1>, #42 why"])
def test_number_and_person_stand_in_any_order(typed: str, space: str) -> None:
    order = orders.hand(typed.replace(" ", space))
    assert (order.numbers, order.to, order.note) == ((42,), "U1", "why")


@pytest.mark.parametrize(
    ("typed", "named", "to", "to_name", "note"),
    [
        ("Zoë Kaya <@U1> why", "Zoë Kaya", "U1", "", "why"),
        ("zoe kaya to @dana why", "zoe kaya", None, "dana", "why"),
        ("zoe kaya to dana", "zoe kaya", None, "dana", ""),
        ("<@U1> zoe kaya", "zoe kaya", "U1", "", ""),
        ("@dana zoe kaya", "zoe kaya", None, "dana", ""),
        ("zoe kaya", "zoe kaya", None, "", ""),
        ("zoe@acme.com <@U1>", "zoe@acme.com", "U1", "", ""),
    ],
)
def test_a_lead_is_handed_on_by_name(typed: str, named: str, to: str | None, to_name: str, note: str) -> None:
    order = orders.hand(typed)
    assert (order.numbers, order.named, order.to, order.to_name, order.note) == ((), named, to, to_name, note)


@pytest.mark.parametrize(
    "typed", ["42 because <@U2> is ill", "42 ask <@U2> or <@U3>", "42 swamped", "#42: dana is ill"]
)
def test_whoever_is_spoken_of_gets_nothing(typed: str) -> None:
    order = orders.hand(typed)
    assert (order.numbers, order.to, order.to_name) == ((42,), None, "")
    assert order.note == typed.partition(" ")[2]


@pytest.mark.parametrize(
    ("typed", "numbers", "named"),
    [("42", (42,), ""), ("#42 mine", (42,), ""), ("4, 5", (4, 5), ""), ("zoe kaya", (), "zoe kaya"), ("3M", (), "3M")],
)
def test_leads_are_taken_by_number_or_name(typed: str, numbers: tuple[int, ...], named: str) -> None:
    order = orders.take(typed)
    assert (order.numbers, order.named) == (numbers, named)


# Words after /baton.


@pytest.mark.parametrize(
    ("typed", "word", "rest"),
    [("", "help", ""), ("FIND  Acme Corp ", "find", "Acme Corp"), ("lead\u00a042", "lead", "42")],
)
def test_a_word_and_what_follows_are_told_apart(typed: str, word: str, rest: str) -> None:
    assert orders.subcommand(typed) == (word, rest)


@pytest.mark.parametrize("typed", ["help", " HELP ", "?", "--help"])
def test_help_is_asked_for_in_several_ways(typed: str) -> None:
    assert orders.wants_help(typed)
    assert not orders.wants_help(f"{typed.strip()} Jane Doe, Acme")
