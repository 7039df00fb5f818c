"""What stands in a field that no such thing has in it is asked about, and what is plain is not."""

import pytest

from bot.slack.amounts import cents
from bot.slack.quicktext import read
from models.errors import BadValue
from tests.unit.score import filed

PLAIN = "Jane Doe, Acme, jane@acme.com"


@pytest.mark.parametrize(
    "behind",
    [
        *("27 11 2026", "20261127", "2025-2026", "4500012345", "192.168.10.12", "1 200 000", "12345678"),
        *("F: 030 1234567", "CEO?", "not CEO", "ex CEO", "Bob Ray's manager"),
        *("title=Procurement Lead source=fair", "title=Head of Business phone=030 1234567"),
        *("title=@dana", "title=72", "title=[CEO]", "title=CEO 030 1234567"),
        *("source=fair @dana", "source=fair 030 1234567", "source=fair score 72", "source=「Web fair」"),
        *("https://www.linkedin.com/in/janedoe", "CEO of Globex", "title=Head at Globex", "source=fair VP Sales"),
        "wants us to call Bob Ray, CTO",
    ],
)
def test_what_is_no_such_thing_is_asked_about(behind: str) -> None:
    assert read(f"{PLAIN}, {behind}", country="DE").problems


@pytest.mark.parametrize(
    "line",
    [
        *(f"{name}, Acme, jane@acme.com" for name in ("Jane Doe ★", "🚀 Jane Doe", "Jane Doe?")),
        *(f"Jane Doe {joined} Bob Ray, Acme, jane@acme.com" for joined in ("y", "och", "for", "og", "per")),
        *(f"Jane Doe, {company}, jane@acme.com" for company in ("✨Acme✨", "Acme?", "Acme → Globex", "Acme 250")),
        *(f"Jane Doe, {company}, jane@gmail.com" for company in ("Mrs", "none", "tomorrow", "Bob Ray", "Retail")),
        "Name Jane Doe, Company Acme, jane@acme2.com",
        "Hot Jane Doe, Acme, jane@acme.com",
        *("Lead 7, Acme, jane@acme.com", "Jane Doe 30, Acme, jane3@acme.com"),
        "Jane Doe of Acme, Globex, jane@globex.com",
        "Jane Doe, Acme +49 30 1234567, jane@acme.com",
    ],
)
def test_who_and_where_are_asked_about_where_more_stands_there(line: str) -> None:
    assert read(line, country="DE").problems


@pytest.mark.parametrize(
    "behind",
    [
        *("source=stolen from <@U0RAJ>", "why=not for <@U0RAJ>", "title=friend of <@U0RAJ>", "why=<@U0RAJ> met her"),
        *("source=dinner with <@U0RAJ>", "note: met at the fair, <@U0RAJ> was there", "campaign=<@U0RAJ>"),
        *("<!subteam^S012|@sales>", "thanks <@U0RAJ>", "not for <@U0RAJ>", "<@U0RAJ> knows them well"),
    ],
)
def test_somebody_in_a_value_or_a_sentence_is_not_given_the_lead(behind: str) -> None:
    assert filed(f"{PLAIN}, {behind}") is None


@pytest.mark.parametrize(
    "name",
    [
        *("Warehouse", "Treasury", "Lager", "Buchhaltung", "Einkauf", "Presse", "Compras", "Investor Relations"),
        *(
            "Data Science",
            "Filiale Nord",
            "Technischer Einkauf",
            "Service Center",
            "Frau Einkauf",
            "Mr. Info",
            "Dr. med.",
        ),
        *("Test Test", "Ms. X", "Box Office"),
    ],
)
@pytest.mark.parametrize("address", ["{first}@ostwind.de", "{last}@ostwind.de", "{first}.{last}@ostwind.de"])
def test_a_part_of_a_company_is_no_person_whatever_the_address(name: str, address: str) -> None:
    first, last = name.lower().strip(".").split()[0], name.lower().strip(".").split()[-1]
    assert filed(f"{name}, Ostwind GmbH, {address.format(first=first.strip('.'), last=last)}") is None


@pytest.mark.parametrize(
    "behind",
    [
        *(
            "https://zoom.us/j/123456",
            "https://bit.ly/3xyz",
            "https://calendly.com/jane/30min",
            "https://maps.google.com/?q=x",
        ),
        *("+49 30 1234567 (assistant)", "(secretary) +49 30 1234567", "Head of", "Director for", "VP of"),
        *("jаne@acme.com".replace("j", "J"), "knows a CTO", "CTO?"),
    ],
)
def test_what_is_of_others_or_is_not_whole_is_asked_about(behind: str) -> None:
    assert filed(f"{PLAIN}, {behind}") is None


@pytest.mark.parametrize(
    "behind",
    [
        *("source=webinarscore=70", "source=Messescore:70", "source=Messe/score=70", "campaign=Herbsttitle=CFO"),
        *("source=webinar. Wants a call", "source=webinar (not sure)", "source=webinar oder Messe"),
        *("campaign=Herbst from Uwe Klein", "source=webinar from Raj", "source=Messe+score=70", "source=webinar 20k"),
        *("please ignore", "please delete", "has left", "is a competitor", "www.other-firm.com"),
        *("title=Einkauf Acme Holding", "title=Einkauf bei Klein AG", "title=Einkauf Klein AG"),
    ],
)
def test_what_has_run_into_a_value_is_asked_about(behind: str) -> None:
    assert filed(f"{PLAIN}, {behind}") is None


@pytest.mark.parametrize(
    "line", ["name={}, company=Acme, email=mark.sutton@acme.com", "{}, Acme, mark.sutton@acme.com"]
)
def test_an_address_of_somebody_else_is_asked_about(line: str) -> None:
    assert filed(line.format("Jane Doe")) is None
    assert filed(line.format("Mark Sutton"))


@pytest.mark.parametrize(
    "unit", ["Sales", "IT", "Einkauf", "Marketing", "HR", "Procurement", "Finance Team", "Purchasing Dept"]
)
def test_a_department_behind_a_company_is_no_part_of_its_name(unit: str) -> None:
    assert filed(f"Jane Doe, Acme {unit}, jane@acme.com") is None


@pytest.mark.parametrize(
    ("line", "company"),
    [
        ("Иванов Пётр Сергеевич, ООО «Ромашка», p.ivanov@romashka.ru", "ООО «Ромашка»"),
        ("Ольга Белова, ПАО «Газ», belova@gaz.ru", "ПАО «Газ»"),
    ],
)
def test_a_name_in_quotes_behind_a_legal_form_is_the_companys(line: str, company: str) -> None:
    draft = read(line)
    assert draft.fields["company"] == company
    assert "why_now" not in draft.fields


@pytest.mark.parametrize(
    "behind",
    [f"{key}={sign}{number}" for key in ("score", "employees") for sign in "-−–<>~≥" for number in ("5", " 80")]
    + ["score=72 employees", "score=7 people", "employees=50-100", ">500 employees", "-5 employees"],
)
def test_a_number_with_a_sign_is_not_filed_without_it(behind: str) -> None:
    assert filed(f"{PLAIN}, {behind}") is None


@pytest.mark.parametrize("behind", ["title=(none)", "title=n/a", "source=?", "campaign=-", "phone=tbd", "website=none"])
def test_a_value_that_says_that_nothing_is_known_is_none(behind: str) -> None:
    assert filed(f"{PLAIN}, {behind}") == filed(PLAIN) is not None


@pytest.mark.parametrize("said", ["n/a", "tbd", "unknown", "?", "xxx", "none", "to be confirmed", "k.A."])
@pytest.mark.parametrize("line", ["name={}, Acme, jane@acme.com", "Jane Doe, company={}, jane@acme.com"])
def test_nobody_and_nowhere_are_not_filed(line: str, said: str) -> None:
    assert filed(line.format(said)) is None


@pytest.mark.parametrize("words", ["for @dana", "to @dana", "please assign to @dana", "@dana", "für @dana"])
@pytest.mark.parametrize("mark", [", ", " "])
def test_for_whom_it_is_may_be_said_in_words(words: str, mark: str) -> None:
    draft = read(f"{PLAIN}{mark}{words}")
    assert (draft.rep_name, draft.problems) == ("dana", {})
    mentioned = read(f"{PLAIN}{mark}{words}".replace("@dana", "<@U0DANA>"))
    assert (mentioned.rep, mentioned.problems) == ("U0DANA", {})


@pytest.mark.parametrize("words", ["talked to <@U0DANA> already", "met <@U0DANA> at the fair", "<@U0DANA>'s friend"])
def test_who_is_only_spoken_of_is_not_whom_it_is_for(words: str) -> None:
    draft = read(f"{PLAIN}, {words}")
    assert draft.problems
    assert filed(f"{PLAIN}, {words}") is None


@pytest.mark.parametrize(
    "line",
    [
        PLAIN,
        *(f"{PLAIN}, {phone}" for phone in ("030 1234567", "tel 030/1234567", "+1 415 555 0132", "0171 1234567")),
        *(f"Lead {n}, Company {n}, lead{n}@company{n}.com" for n in (7, 12, 1000)),
        *("Lead 7, Acme, lead7@acme.com", f"{PLAIN}. Wants pricing."),
        *(f"{PLAIN}, {role}" for role in ("Head of Marketing", "VP of Sales", "title=Director of Operations")),
        *("Jane\U000e0041 Doe, Acme, jane@acme.com", f"{PLAIN}\ufe0f", f"• {PLAIN}", f"New lead: {PLAIN}"),
        *("Jane Doe, Acme GmbH, jane@gmail.com", "Jane Doe, company=Acme, jane@gmail.com"),
        *(
            "Jane Doe, Yum! Brands, jane@yumbrands.com",
            "Jane Doe, AT&T, jane@att.com",
            "Jane Doe, 37signals, jane@37signals.com",
        ),
    ],
)
def test_what_is_plain_is_filed(line: str) -> None:
    assert not read(line, country="DE").problems


def test_a_word_on_the_lead_begins_with_a_letter() -> None:
    assert read(f"{PLAIN}. Wants pricing.", country="DE").fields["why_now"] == "Wants pricing."


@pytest.mark.parametrize("words", [["Aaa"] * 8, ["Aaa", "Aab", "Aac", "Aad", "Aae", "Aaf", "Aag", "Aah"], ["Aaa"] * 40])
def test_a_name_of_many_words_alike_is_read_and_holds_nobody_up(words: list[str]) -> None:
    """In every order they would be tried for minutes, past this suite's limit for a test."""
    address = "".join(word.lower() for word in words)[:-1] + "x@acme.com"
    name = " ".join(words)
    assert read(f"name={name}, company=Acme, {address}", country="DE").fields["name"] == name


@pytest.mark.parametrize("typed", ["12 0000", "1 2 3", "12 34"])
def test_digits_that_are_no_groups_of_thousands_are_no_amount(typed: str) -> None:
    with pytest.raises(BadValue, match="read in two ways"):
        cents(typed, "EUR")


@pytest.mark.parametrize(("typed", "amount"), [("12 000", 12_000_00), ("1 250 000", 1_250_000_00), ("12 k", 12_000_00)])
def test_spaces_between_thousands_are_read(typed: str, amount: int) -> None:
    assert cents(typed, "EUR") == amount


@pytest.mark.parametrize(
    "line",
    [
        *(
            f"{PLAIN}, {keyed}"
            for keyed in (
                "source=fair VP Sales",
                "source=webinar CEO",
                "campaign=Spring Head of Marketing",
                "source=fair Bob Ray",
                "source=webinar asked for pricing",
                "title=CEO of Globex",
                "title=CEO Bob Ray",
            )
        ),
        "name=Jane Doe CEO company=Acme email=jane@acme.com",
        "name=Jane Doe company=Acme wants pricing email=jane@acme.com",
    ],
)
def test_a_value_that_runs_on_into_something_else_is_asked_about(line: str) -> None:
    assert read(line).problems


@pytest.mark.parametrize(
    "keyed",
    [
        *("source=CEO Summit", "campaign=Spring Launch 2026", "source=Trade fair Berlin", "title=Head of Cheese"),
        *(
            "source=partner referral",
            "title=VP of Customer Success",
            "title=Co-Founder & CTO",
            "source='fair VP Sales'",
        ),
    ],
)
def test_a_value_that_is_one_thing_is_filed(keyed: str) -> None:
    assert not read(f"{PLAIN}, {keyed}").problems


@pytest.mark.parametrize(
    "line",
    [
        *(
            f"{name}, Globex, jane@globex.com"
            for name in ("Jane Doe Bob Ray", "Bob Ray Jane Doe", "Jane Doe Acme", "Acme Jane Doe", "Frau Jane Herr Doe")
        ),
        "Anna Müller Karl Weiß, Globex, anna.mueller@globex.com",
        "name=Jane Doe Bob Ray, company=Acme, email=jane@acme.com",
        "Jane Doe Smith Miller Jones Brown, Acme, jane@acme.com",
        *(
            f"Jane Doe, {company}, jane@acme.com"
            for company in ("Acme Bob Ray", "Bob Ray Acme", "Acme Jane Doe", "Acme and Globex", ":acme: Acme")
        ),
    ],
)
def test_two_people_or_a_person_and_a_company_in_one_part_are_asked_about(line: str) -> None:
    assert read(line).problems


@pytest.mark.parametrize(
    "line",
    [
        "Mary Jane Watson, Acme, mary.watson@acme.com",
        "Mary Jane Watson, Acme, mwatson@acme.com",
        "José García Márquez, Acme, jose.garcia@acme.com",
        "Gabriel José García Márquez, Acme, gabriel.garcia@acme.com",
        "Nguyễn Thị Minh Khai, Acme, khai.nguyen@acme.com",
        "Karl-Heinz von der Leyen, Acme, karlheinz@acme.com",
        "J. R. R. Tolkien, Acme, john.tolkien@acme.com",
        "Jane Doe, Acme Robotics, jane@acme.com",
        "Jane Doe, Procter & Gamble, jane@procter-gamble.com",
        "Patrick O'Brien, O'Brien & Sons Ltd, patrick@obrien.ie",
    ],
)
def test_names_and_companies_of_many_words_are_filed_where_the_address_agrees(line: str) -> None:
    assert not read(line).problems


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("Jane Doe, CEO of Globex, Acme, jane@acme.com", "nothing but a role"),
        (f"{PLAIN}, wants us to call Bob Ray, CTO", "somebody else"),
        (f"{PLAIN}, please talk to her boss Bob Ray, VP Sales", "somebody else"),
        (f"{PLAIN}, wants us to call bob ray, +49 30 1234567", "somebody else"),
        ("Doe, Jane, Acme, jane@acme.com", "I made “Jane Doe” of “Doe” and “Jane”"),
        ("Doe\tJane\tAcme\tjane@acme.com", "I made “Jane Doe” of “Doe” and “Jane”"),
        ("Jane\tDoe\tjane.doe@acme.com\tAcme", "I made “Jane Doe” of “Jane” and “Doe”"),
        ("García Márquez, José; Acme; jose@acme.com", "I made “José García Márquez”"),
    ],
)
def test_what_may_be_of_somebody_else_or_turned_around_is_asked_about_with_a_word_why(line: str, word: str) -> None:
    assert word in " ".join(read(line).problems.values())


@pytest.mark.parametrize("behind", ["\ufe0f", "\U000e0041\U000e007f", "\u200b\ufe0f", "\u206a", "\uffa0", "\ufff9"])
@pytest.mark.parametrize("place", ["jane@acme.com", "Jane", "Acme"])
def test_letters_that_nobody_sees_make_no_difference(behind: str, place: str) -> None:
    assert read(PLAIN.replace(place, place + behind, 1)) == read(PLAIN)


@pytest.mark.parametrize("marks", ["`{}`", "```{}```", "*{}*", "_{}_", "~{}~", "{}.", "{}!"])
def test_marks_around_an_address_are_no_part_of_it(marks: str) -> None:
    assert read(f"Jane Doe, Acme, {marks.format('jane@acme.com')} Wants pricing.").fields == {
        "name": "Jane Doe",
        "company": "Acme",
        "email": "jane@acme.com",
        "why_now": "Wants pricing.",
    }


@pytest.mark.parametrize(
    "label",
    [
        *("Tél. : ", "Durchwahl: ", "Telefono ", "Móvil: ", "tlf. ", "Portable : ", "Handy ", "M: ", "Direct dial: "),
        *("Business: ", "Telefoon: ", "phone=", "☎ "),
    ],
)
def test_a_phone_has_its_label_in_many_languages(label: str) -> None:
    draft = read(f"{PLAIN}, {label}+49 30 1234567")
    assert (draft.fields["phone"], draft.problems) == ("+49 30 1234567", {})


@pytest.mark.parametrize(
    "said",
    [
        "Vorname: Jane\nNachname: Doe\nFirma: Acme\nE-Mail: jane@acme.com",
        "Prénom : Jane\nNom : Doe\nSociété : Acme\nCourriel : jane@acme.com",
        "Full Name:\tJane Doe\nLast Name:\tDoe\nFirst Name:\tJane\nCompany:\tAcme\nE-mail:\tjane@acme.com",
    ],
)
def test_first_and_last_name_with_labels_of_their_own_are_one_name(said: str) -> None:
    assert read(said).fields == {"name": "Jane Doe", "company": "Acme", "email": "jane@acme.com"}
