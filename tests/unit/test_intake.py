"""What a marketer typed is cleaned where that is safe, and refused field by field where it is not."""

import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from models.rules import fields
from models.rules.fields import FIELDS, LONGEST, NUMBERS, BadLead, LeadDetails, check

GOOD = {"name": "Jane Doe", "company": "Acme", "email": "jane@acme.com"}


def test_the_three_that_are_needed_are_enough() -> None:
    assert check(GOOD) == LeadDetails(name="Jane Doe", company="Acme", email="jane@acme.com")


def test_everything_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(BadLead) as refused:
        check({"email": "nonsense"})
    assert set(refused.value.errors) == {"name", "company", "email"}
    assert str(refused.value).startswith("This can't be flagged yet: the name of the person is missing; ")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Jane\x00 Doe", "Jane Doe"),
        ("Jane\ud800 Doe", "Jane Doe"),
        ("\u202eeoD enaJ", "eoD enaJ"),
        ("J\u200ban\u00ade\ufeff Doe\u200e", "Jane Doe"),
        ("Jane 👩\u200d💻", "Jane 👩\u200d💻"),
        ("  Jane \t\r\n Doe\u00a0", "Jane Doe"),
        ("Jane 🦄 Döe-Ōno", "Jane 🦄 Döe-Ōno"),
        ("Zoë\u2028Doe", "Zoë Doe"),
        ("عائشة", "عائشة"),
        ("<!channel> *Jane* & co", "<!channel> *Jane* & co"),
    ],
    ids=[
        "NUL",
        "lone surrogate",
        "right-to-left override",
        "what nobody sees",
        "joined emoji",
        "white space",
        "emoji",
        "line separator",
        "Arabic",
        "markup is shown as it is",
    ],
)
def test_of_a_text_everything_is_kept_that_can_be_stored(typed: str, kept: str) -> None:
    assert check({**GOOD, "name": typed}).name == kept


def test_the_lines_of_why_now_are_kept() -> None:
    assert (
        check({**GOOD, "why_now": " asked\t for pricing \n\nby phone\x00\r"}).why_now
        == "asked for pricing \n\nby phone"
    )


def test_a_name_of_nothing_that_can_be_seen_is_missing() -> None:
    with pytest.raises(BadLead) as refused:
        check({**GOOD, "name": "\x00\u200b\ud800 "})
    assert refused.value.errors == {"name": "the name of the person is missing"}


@pytest.mark.parametrize("field", sorted(LONGEST.keys() - {"email"}))
def test_what_is_too_long_is_refused_and_never_cut(field: str) -> None:
    longest = LONGEST[field]
    assert getattr(check({**GOOD, field: "x" * longest}), field) == "x" * longest
    with pytest.raises(BadLead) as refused:
        check({**GOOD, field: "x" * (longest + 1)})
    assert f"{longest + 1} characters, at most {longest} fit" in refused.value.errors[field]


@pytest.mark.parametrize(
    "email",
    [
        "jane",
        "jane@",
        "@acme.com",
        "jane@acme",
        "jane doe@acme.com",
        "a@b@c.com",
        "Jane <jane@acme.com>",
        "jane@-acme.com",
        "jane@acme..com",
        "x" * 250 + "@a.com",
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(BadLead) as refused:
        check({**GOOD, "email": email})
    assert set(refused.value.errors) == {"email"}


def test_the_case_of_an_address_makes_no_other_lead_of_it() -> None:
    loud, quiet = check({**GOOD, "email": "JANE@Acme.com"}), check({**GOOD, "email": " jane@ACME.com "})
    assert loud.email_key == quiet.email_key == "jane@acme.com"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("72", 72),
        (" 0 ", 0),
        ("1,000", 1000),
        ("1.000", 1000),
        ("1 000 000", 1_000_000),
        ("10'000", 10_000),
        ("10\u202f000", 10_000),
        ("", None),
    ],
)
def test_a_number_may_be_grouped_by_thousands(typed: str, number: int | None) -> None:
    assert check({**GOOD, "score": typed}).score == number


@pytest.mark.parametrize(
    "typed", ["7.5", "0,5", "1.2.3", "12,34", "-1", "1e3", "many", "1000001", "9" * 40, "٧", "½", "1,000.50", "._'"]
)
def test_what_is_no_whole_number_is_refused_and_never_guessed(typed: str) -> None:
    with pytest.raises(BadLead) as refused:
        check({**GOOD, "score": typed})
    assert set(refused.value.errors) == {"score"}


def test_each_number_has_its_own_limits() -> None:
    assert check({**GOOD, "employees": "50,000,000"}).employees == 50_000_000
    with pytest.raises(BadLead, match="employees must be a whole number from 0 to 50,000,000"):
        check({**GOOD, "employees": "50000001"})


any_text = (
    st.text() | st.text(st.characters(categories=["Cs", "Cc", "Cf", "Zs", "Zl", "So", "Nd"])) | st.just("x" * 5000)
)
valid_addresses = st.sampled_from(["jane@acme.com", "j+tag@sub.acme.co.uk", "jörg@bücher.example"])


@given(typed=st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, any_text)))
def test_whatever_is_typed_is_taken_or_refused_by_field_and_nothing_else_happens(typed: dict[str, str]) -> None:
    details, errors = checked(typed)
    assert (details is None) == bool(errors)
    assert errors.keys() <= set(FIELDS)
    if details:
        assert_storable(details)


@given(
    typed=st.fixed_dictionaries(
        {"name": st.text(min_size=1, max_size=50), "company": st.just("Acme"), "email": valid_addresses},
        optional={
            field: st.text(max_size=LONGEST[field]) for field in LONGEST if field not in ("name", "company", "email")
        },
    )
)
def test_what_is_taken_can_be_stored_and_checking_it_again_changes_nothing(typed: dict[str, str]) -> None:
    details, errors = checked(typed)
    if details is None:  # the name had no visible character
        assert errors == {"name": "the name of the person is missing"}
        return
    assert_storable(details)
    again = {field: str(getattr(details, field) or "") for field in FIELDS}
    assert check(again) == details


def checked(typed: dict[str, str]) -> tuple[LeadDetails | None, dict[str, str]]:
    try:
        return check(typed), {}
    except BadLead as refusal:
        return None, refusal.errors


def assert_storable(details: LeadDetails) -> None:
    for field in LONGEST:
        text = getattr(details, field)
        text.encode()
        assert len(text) <= LONGEST[field]
        assert "\x00" not in text
    for field, (low, high) in NUMBERS.items():
        number = getattr(details, field)
        assert number is None or low <= number <= high


_WORDS = st.from_regex(r"\A[a-z0-9]{1,21}([._+-]{1,2}[a-z0-9]{1,21}){0,3}\Z")
_LABELS = st.sampled_from(["acme", "acme-berlin", "xn--mnchen-3ya", "ab--cd", "-a", "a-", "1", "mail", "test"])
_ENDINGS = st.sampled_from([*SPECIAL_USE_DOMAIN_NAMES, "com", "example", "co", "c", "123", "com2", "COM"])
_ADDRESSES = st.builds(
    lambda word, labels, ending: f"{word}@{'.'.join((*labels, ending))}",
    _WORDS,
    st.lists(_LABELS, min_size=1, max_size=3),
    _ENDINGS,
)


@given(_ADDRESSES | st.from_regex(fields.PLAIN_EMAIL, fullmatch=True))
def test_an_address_that_is_plainly_fine_is_what_the_library_makes_of_it(address: str) -> None:
    try:
        normal = validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        with pytest.raises(BadLead):
            check({**GOOD, "email": address})
    else:
        assert check({**GOOD, "email": address}).email == normal
