"""A line that flags a lead is filed at once only if each of its parts has one sensible place; else it is asked."""

import pytest

from bot.slack import quicktext
from tests.unit.lines import FAMILIES, KINDS, lines
from tests.unit.score import filed, score

SEED = 20261116
JANE = {"name": "Jane Doe", "company": "Acme", "email": "jane@acme.com"}


def test_of_two_thousand_lines_none_is_filed_wrongly_and_most_that_are_plain_at_once() -> None:
    result = score(lines(2000, seed=SEED))
    assert result.wrong == []
    assert result.separated > 500
    assert result.separated_filed >= 0.95 * result.separated, result.not_filed[:10]


@pytest.mark.parametrize("family", FAMILIES)
def test_of_each_family_none_is_filed_wrongly_and_most_that_are_plain_at_once(family: str) -> None:
    result = score(lines(400, seed=SEED, kinds=[(FAMILIES[family], 1)]))
    assert result.wrong == []
    assert result.separated > 40
    assert result.separated_filed >= 0.95 * result.separated, result.not_filed[:10]


def test_the_same_seed_makes_the_same_lines() -> None:
    for kinds in (KINDS, [(make, 1) for make in FAMILIES.values()]):
        assert list(lines(50, seed=7, kinds=kinds)) == list(lines(50, seed=7, kinds=kinds))


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("name=Jane Doe company=Acme Corp email=jane@k.com", {"company": "Acme Corp", "email": "jane@k.com"}),
        ("Jane Doe, Acme, jane@acme.com, source=Trade fair score=72", {"source": "Trade fair", "score": "72"}),
        ("Jane Doe, Acme, jane@acme.com, campaign=Spring Launch 2026", {"campaign": "Spring Launch 2026"}),
        ("Jane Doe, Acme, jane@acme.com, title=VP Sales", {"title": "VP Sales"}),
        ("Jane Doe, Acme, jane@acme.com, title=VP, Sales", {"title": "VP, Sales"}),
        ("Jane Doe, Acme, jane@acme.com, campaign=Q3 / EMEA", {"campaign": "Q3 / EMEA"}),
        *(
            (
                f"Jane Doe, Acme, jane@acme.com, employees={typed} source=webinar",
                {"employees": "1200", "source": "webinar"},
            )
            for typed in ("1,200", "1.200", "1'200", "1’200", "1 200", "1\u00a0200", "1\u202f200", "1200 people")
        ),
        ("Jane Doe, Acme, jane@acme.com, 250 employees", {"employees": "250"}),
        ("Jane Doe &lt;<mailto:jane@acme.com|jane@acme.com>&gt;, Acme", {}),
        ('"Jane Doe" &lt;<mailto:jane@acme.com|jane@acme.com>&gt;, Acme', {}),
        (
            "Martin Luther King, Jr., SCLC, mlk@sclc.org",
            {"email": "mlk@sclc.org", "name": "Martin Luther King, Jr.", "company": "SCLC"},
        ),
        (
            "Dr. Anna Müller, MD, Charité, a.mueller@charite.de",
            {"email": "a.mueller@charite.de", "name": "Dr. Anna Müller, MD", "company": "Charité"},
        ),
        ("Jane Doe, Acme, jane@acme.com, 415-555-0132 x42", {"phone": "415-555-0132 x42"}),
        ("Jane Doe, Acme, jane@acme.com, +1 (415) 555-0132 ext. 42", {"phone": "+1 (415) 555-0132 ext. 42"}),
        (
            "Jane Doe, monday.com, VP Sales, jane@monday.com",
            {"company": "monday.com", "title": "VP Sales", "email": "jane@monday.com"},
        ),
        (
            "Jane Doe, <http://monday.com|monday.com>, jane@monday.com",
            {"company": "monday.com", "email": "jane@monday.com"},
        ),
        ("Jane Doe, Acme, jane@acme.com, <http://acme.com|acme.com>", {"website": "acme.com"}),
        ("Jane Doe, SAS, jane@sas.com", {"company": "SAS", "email": "jane@sas.com"}),
        ("Jane Doe, Acme, AG, jane@acme.com", {"company": "Acme, AG"}),
        ("Jane Doe\tAcme, Inc.\tjane@acme.com\tVP Sales", {"company": "Acme, Inc.", "title": "VP Sales"}),
        ("Jane Doe - Acme - jane@a.com", {"email": "jane@a.com"}),
        ("Jane Doe / Acme / jane@acme.com", {}),
        ("Jane Doe, Acme, jane@acme.com — asked for pricing", {"why_now": "asked for pricing"}),
        ("Jane Doe, Acme, jane@acme.com, wants a demo, but not now", {"why_now": "wants a demo, but not now"}),
        ("Name: Jane Doe\nCompany: Acme\nE-mail: jane@acme.com\nMobile: +49 30 1234567", {"phone": "+49 30 1234567"}),
        ("Jane Doe, Acme, jane@acme14.com", {"email": "jane@acme14.com"}),
        ("Ja\u200bne Doe, Ac\u00adme, jane@ac\ufeffme.com\u200e", {}),
        *(
            (f"Jane Doe, Acme, jane@acme.com, source={typed}", {"source": "Trade fair"})
            for typed in (
                "‘Trade fair’",
                "'Trade fair'",
                '"Trade fair"',
                "„Trade fair“",
                "«Trade fair»",
                "‚Trade fair‘",
                "”Trade fair”",
            )
        ),
        ('Jane Doe, Acme, jane@acme.com "met <@U03|dana> at the fair"', {"why_now": "met <@U03|dana> at the fair"}),
        ("VP Sales at Acme, Jane Doe, jane@acme.com", {"title": "VP Sales"}),
        ('"Jane Doe","Acme, Inc.","jane@acme.com","VP Sales"', {"company": "Acme, Inc.", "title": "VP Sales"}),
        ("Jane Doe (jane@acme.com) from Acme", {}),
        ("Jane Doe, Acme, jane@acme.com, Chief of Staff", {"title": "Chief of Staff"}),
        ("Jane Doe (Acme), jane@acme.com", {}),
    ],
)
def test_what_has_one_sensible_place_is_filed_at_once(typed: str, right: dict[str, str]) -> None:
    assert filed(typed) == (JANE | right, None)


@pytest.mark.parametrize(
    ("typed", "understood", "word"),
    [
        ("Jane Doe, Ag, Berlin, jane@ag-berlin.de", {"name": "Jane Doe"}, "Ag"),
        ("Jane Doe, Acme, jane@acme.com, Ninja", {"title": "Ninja"}, "not sure where “Ninja” belongs"),
        ("Jane Doe, Acme, jane@acme.com, (blue)", {"why_now": "blue"}, "“blue”"),
        ("Jane Doe, Acme, jane@acme.com, 72", {"score": "72"}, "the number “72”"),
        ("Jane Doe, Acme, jane@acme.com, 2026-11-16", {"why_now": "2026-11-16"}, "the number"),
        ("Jane Doe, Acme, jane@acme.com, 10115 Berlin", {"why_now": "10115 Berlin"}, "10115 Berlin"),
        ("Jane Doe · 30 1234567 at Acme, jane@acme.com", {"phone": "30 1234567", "company": "Acme"}, "phone number"),
        ("Jane Doe, Munich, jane@gmail.com", {"name": "Jane Doe"}, "who is where"),
        ("Baz Qux, Foo Bar, hello@gmail.com", {}, "who is where"),
        ("Jane, Doe, jane@gmail.com", {}, "who is where"),
        ("Jane Doe at Acme wants pricing jane@acme.com", {"name": "Jane Doe"}, "who is where"),
        ("Jane Doe and Bob Ray, Acme, jane@acme.com", {"company": "Acme"}, "two people"),
        ("Jane Doe, Acme, jane@acme.com; Bob Ray, Globex, bob@globex.com", JANE, "two e-mail addresses"),
        ("Jane Doe, Acme, jane@acme.com\nBob Ray, Globex, bob@globex.com", JANE, "two e-mail addresses"),
        ("name,company,email\nJane Doe,Acme,jane@acme.com", JANE, "one line is one lead"),
        ("Name;Phone;E-mail\n", {}, "one line is one lead"),
        ("Jane Doe, Acme, jane@acme.com, phone=soon", JANE, "“soon” is no phone number"),
        ("Jane Doe, Acme, jane@acme.com, web=soon", JANE, "“soon” is no website"),
        ("Jane Doe, Acme, jane@acme.com, other.org", JANE, "their website"),
        ("Jane Doe, Acme, jane@acme.com, source=a source=b", JANE, "the source is said twice"),
        ("Jane Doe, Acme, jane@acme.com, <@U1>, <@U2>", JANE, "several people"),
        ("Jane Doe, Acme, jane@acme.com, lead from webinar", JANE, "nothing but a role"),
        ("Jane Doe, Acme, jane@acme.com, CEO Bob Ray", JANE, "nothing but a role"),
        ("Jane Doe, Acme, jane@acme.com, LinkedIn", {"source": "LinkedIn"}, "not sure where “LinkedIn” belongs"),
        (
            "Jane Doe\nVP Sales\nAcme Corp\n+49 30 1234567\njane@acme.com\nwww.acme.com",
            {
                "name": "Jane Doe",
                "title": "VP Sales",
                "company": "Acme Corp",
                "phone": "+49 30 1234567",
                "email": "jane@acme.com",
                "website": "www.acme.com",
            },
            "several lines",
        ),
    ],
)
def test_what_could_be_several_things_is_asked_about_and_put_where_it_most_likely_belongs(
    typed: str, understood: dict[str, str], word: str
) -> None:
    draft = quicktext.read(typed)
    assert filed(typed) is None
    assert word in " ".join(draft.problems.values())
    assert understood.items() <= draft.fields.items()


@pytest.mark.parametrize("piece", ["@", "jane@", "(", "<", "12", "#7", "[x]", "{}", "a@b", "4 2", "www.x.de", "|"])
def test_a_role_is_never_made_of_an_address_a_bracket_or_a_number(piece: str) -> None:
    for line in (f"Jane Doe, Acme, jane@acme.com, {piece}", f"Jane Doe, {piece}, Acme, jane@acme.com"):
        assert quicktext.read(line).fields.get("title") is None, line


@pytest.mark.parametrize("typed", ["to=dana", "rep=dana", "rep=@dana", "to: dana", "@dana"])
def test_somebody_who_is_asked_for_by_name_is_kept_for_who_knows_the_people(typed: str) -> None:
    for line in (f"Jane Doe, Acme, jane@acme.com, {typed}", f"Jane Doe, Acme, jane@acme.com {typed}"):
        draft = quicktext.read(line)
        assert (draft.rep_name, draft.fields, draft.problems) == ("dana", JANE, {})


@pytest.mark.parametrize(
    ("country", "typed", "sure"),
    [
        ("DE", "30 1234567", True),
        ("", "30 1234567", False),
        ("US", "415 5550132", True),
        ("GB", "20 7946 0958", True),
        ("", "030 1234567", True),
        ("", "+49 30 1234567", True),
        ("", "+49 3", False),
    ],
)
def test_a_phone_number_is_one_by_the_plan_of_the_country(country: str, typed: str, sure: bool) -> None:
    draft = quicktext.read(f"Jane Doe, Acme, jane@acme.com, {typed}", country=country)
    assert (not draft.problems) is sure, draft
    assert not sure or draft.fields == JANE | {"phone": typed}


@pytest.mark.parametrize("word", ["'a ", "a=b ", "„", "a@", "@", "1,", "x at ", "a, b\n", "Inc., ", "<mailto:", "(a) "])
def test_a_page_that_is_pasted_is_read_as_far_as_a_line_goes_and_nothing_of_it_is_lost(word: str) -> None:
    draft = quicktext.read("Jane Doe, Acme, jane@acme.com, " + word * (40_000 // len(word)))
    assert draft.problems
    assert draft.fields["email"] == "jane@acme.com"
    assert len(draft.fields["why_now"]) > 30_000
