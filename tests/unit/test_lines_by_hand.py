"""Lines of many kinds, for each of which somebody decided beforehand whether it may be filed, and as what."""

import pytest

from tests.unit.score import filed

FILED: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "Rasmus Højgaard, Lunar A/S, rasmus@lunar.app",
        {"name": "Rasmus Højgaard", "company": "Lunar A/S", "email": "rasmus@lunar.app"},
    ),
    (
        "Ngozi Okonjo-Iweala | Interswitch Ltd | ngozi.okonjo@interswitch.ng",
        {"name": "Ngozi Okonjo-Iweala", "company": "Interswitch Ltd", "email": "ngozi.okonjo@interswitch.ng"},
    ),
    (
        "Siobhán Ní Bhriain; Kerry Group plc; siobhan@kerrygroup.ie",
        {"name": "Siobhán Ní Bhriain", "company": "Kerry Group plc", "email": "siobhan@kerrygroup.ie"},
    ),
    (
        "O'Connor, Sinead, Stripe, sinead.oconnor@stripe.com",
        {"name": "Sinead O'Connor", "company": "Stripe", "email": "sinead.oconnor@stripe.com"},
    ),
    (
        "Lindqvist, Per <per.lindqvist@sandvik.se>, Sandvik AB",
        {"name": "Per Lindqvist", "company": "Sandvik AB", "email": "per.lindqvist@sandvik.se"},
    ),
    (
        '"Weber, Katrin" &lt;<mailto:kweber@bosch.de|kweber@bosch.de>&gt;; Bosch',
        {"name": "Katrin Weber", "company": "Bosch", "email": "kweber@bosch.de"},
    ),
    ("Lee, Ann, Acme, annlee@acme.com", {"name": "Ann Lee", "company": "Acme", "email": "annlee@acme.com"}),
    (
        "<mailto:lena.vogel@sap.com|lena.vogel@sap.com> Lena Vogel SAP SE",
        {"name": "Lena Vogel", "company": "SAP SE", "email": "lena.vogel@sap.com"},
    ),
    (
        "Lena Vogel, SAP SE, <mailto:lena.vogel@sap.com|Mail me>",
        {"name": "Lena Vogel", "company": "SAP SE", "email": "lena.vogel@sap.com"},
    ),
    (
        "Tom\xa0Baker,\u2009Figma,\u3000tom@figma.com",
        {"name": "Tom Baker", "company": "Figma", "email": "tom@figma.com"},
    ),
    ("Tom Baker\uff0cFigma\uff0ctom@figma.com", {"name": "Tom Baker", "company": "Figma", "email": "tom@figma.com"}),
    ("Tom Baker -- Figma -- tom@figma.com", {"name": "Tom Baker", "company": "Figma", "email": "tom@figma.com"}),
    (
        "Tom Baker\tFigma\t\tDesign Director\ttom@figma.com\t",
        {"name": "Tom Baker", "company": "Figma", "email": "tom@figma.com", "title": "Design Director"},
    ),
    ("'Tom Baker', 'Figma', 'tom@figma.com'", {"name": "Tom Baker", "company": "Figma", "email": "tom@figma.com"}),
    (
        "Figma, Design Director, Tom Baker, tom@figma.com",
        {"name": "Tom Baker", "company": "Figma", "email": "tom@figma.com", "title": "Design Director"},
    ),
    (
        "Tom Baker, Director, Figma, Inc., tom@figma.com",
        {"name": "Tom Baker", "company": "Figma, Inc.", "email": "tom@figma.com", "title": "Director"},
    ),
    (
        "Tom Baker, Figma Inc., CFO/COO, tom@figma.com",
        {"name": "Tom Baker", "company": "Figma Inc.", "email": "tom@figma.com", "title": "CFO/COO"},
    ),
    (
        "Karl Schmitz, Schmitz GmbH & Co. KG, Einkaufsleiter, k.schmitz@schmitz.de",
        {
            "name": "Karl Schmitz",
            "company": "Schmitz GmbH & Co. KG",
            "email": "k.schmitz@schmitz.de",
            "title": "Einkaufsleiter",
        },
    ),
    (
        "Ana Beatriz Souza Lima, Nubank, ana.lima@nubank.com.br",
        {"name": "Ana Beatriz Souza Lima", "company": "Nubank", "email": "ana.lima@nubank.com.br"},
    ),
    (
        "Lucy Gray, Acme, lucy@acme.com, mob. 07700 900123",
        {"name": "Lucy Gray", "company": "Acme", "email": "lucy@acme.com", "phone": "07700 900123"},
    ),
    (
        "Lucy Gray, Acme, lucy@acme.com, ph: +44 20 7946 0018 ext 7",
        {"name": "Lucy Gray", "company": "Acme", "email": "lucy@acme.com", "phone": "+44 20 7946 0018 ext 7"},
    ),
    (
        "Lucy Gray, Acme, lucy@acme.com, d: +44 20 7946 0018",
        {"name": "Lucy Gray", "company": "Acme", "email": "lucy@acme.com", "phone": "+44 20 7946 0018"},
    ),
    (
        "Lucy Gray, Acme, lucy@acme.com, wants a call on 3 December",
        {"name": "Lucy Gray", "company": "Acme", "email": "lucy@acme.com", "why_now": "wants a call on 3 December"},
    ),
    (
        "Lucy Gray, Acme, lucy@acme.com, source: Web Summit Lisbon",
        {"name": "Lucy Gray", "company": "Acme", "email": "lucy@acme.com", "source": "Web Summit Lisbon"},
    ),
    (
        "Lucy Gray, Acme, lucy@acme.com, source = 'Web Summit' , score = 55",
        {"name": "Lucy Gray", "company": "Acme", "email": "lucy@acme.com", "source": "Web Summit", "score": "55"},
    ),
    (
        "Lucy Gray, Acme, lucy@acme.com employees=2 500",
        {"name": "Lucy Gray", "company": "Acme", "email": "lucy@acme.com", "employees": "2500"},
    ),
    (
        "name: Lucy Gray; company: Acme; e-mail: lucy@acme.com; role: CFO",
        {"name": "Lucy Gray", "company": "Acme", "email": "lucy@acme.com", "title": "CFO"},
    ),
    (
        "Name=Lucy Gray|Company=Acme|Email=lucy@acme.com",
        {"name": "Lucy Gray", "company": "Acme", "email": "lucy@acme.com"},
    ),
    ("lucy gray, acme, lucy@acme.com", {"name": "lucy gray", "company": "acme", "email": "lucy@acme.com"}),
    (
        "Dr.-Ing. Uwe Kranz, Festo SE & Co. KG, uwe.kranz@festo.com",
        {"name": "Dr.-Ing. Uwe Kranz", "company": "Festo SE & Co. KG", "email": "uwe.kranz@festo.com"},
    ),
    (
        "Prof. Uwe Kranz, Festo, uwe.kranz@festo.com",
        {"name": "Prof. Uwe Kranz", "company": "Festo", "email": "uwe.kranz@festo.com"},
    ),
    (
        "Uwe Kranz, CPA, Festo, uwe.kranz@festo.com",
        {"name": "Uwe Kranz, CPA", "company": "Festo", "email": "uwe.kranz@festo.com"},
    ),
    (
        "Uwe Kranz @ Festo - uwe.kranz@festo.com",
        {"name": "Uwe Kranz", "company": "Festo", "email": "uwe.kranz@festo.com"},
    ),
    (
        "Uwe Kranz, Chase, uwe.kranz@chase.com",
        {"name": "Uwe Kranz", "company": "Chase", "email": "uwe.kranz@chase.com"},
    ),
    (
        "Uwe Kranz, Booking.com, CTO, uwe@booking.com",
        {"name": "Uwe Kranz", "company": "Booking.com", "email": "uwe@booking.com", "title": "CTO"},
    ),
    (
        "Uwe Kranz, 7-Eleven, uwe.kranz@7-eleven.com",
        {"name": "Uwe Kranz", "company": "7-Eleven", "email": "uwe.kranz@7-eleven.com"},
    ),
    ("Uwe Kranz, Three, uwe@three.co.uk", {"name": "Uwe Kranz", "company": "Three", "email": "uwe@three.co.uk"}),
    (
        '"Weber, Katrin" &lt;<mailto:k.weber@bosch.de|k.weber@bosch.de>&gt;; Bosch',
        {"name": "Katrin Weber", "company": "Bosch", "email": "k.weber@bosch.de"},
    ),
    (
        "Mehmet Öz, Arçelik A.Ş., mehmet.oz@arcelik.com.tr",
        {"name": "Mehmet Öz", "company": "Arçelik A.Ş.", "email": "mehmet.oz@arcelik.com.tr"},
    ),
    (
        "\u2066Amal Haddad\u2069, Careem, amal.haddad@careem.com",
        {"name": "Amal Haddad", "company": "Careem", "email": "amal.haddad@careem.com"},
    ),
    (
        "Sørensen, Lars; Novo Nordisk A/S; lars.sorensen@novonordisk.com",
        {"name": "Lars Sørensen", "company": "Novo Nordisk A/S", "email": "lars.sorensen@novonordisk.com"},
    ),
    (
        "Lars Sørensen, Acme, lars@acme.com, T +45 33 12 34 56",
        {"name": "Lars Sørensen", "company": "Acme", "email": "lars@acme.com", "phone": "+45 33 12 34 56"},
    ),
    (
        "Van Houten, Milhouse, Cracker Co., milhouse.vanhouten@cracker.com",
        {"name": "Milhouse Van Houten", "company": "Cracker Co.", "email": "milhouse.vanhouten@cracker.com"},
    ),
    (
        "Grant, Hugh, Amazon, VP Sales, hugh.grant@amazon.com",
        {"name": "Hugh Grant", "company": "Amazon", "title": "VP Sales", "email": "hugh.grant@amazon.com"},
    ),
    (
        "Jane Doe, Mobile 365 Ltd, jane@mobile365.com",
        {"name": "Jane Doe", "company": "Mobile 365 Ltd", "email": "jane@mobile365.com"},
    ),
)
ASKED = (
    "Jane Doe, Acme c/o Globex, jane@acme.com",
    "Jane Doe, Acme now Globex, jane@globex.com",
    "Doe, Jane; Ray, Bob; Acme; jane.doe@acme.com",
    "Jane Doe, Acme, <mailto:jane@acme.com|bob@acme.com>",
    "Jane Doe, Acme, jane@acme.com, P: 10115 Berlin",
    "Jane Doe, Acme, jane@acme.com, O: Globex",
    "Jane Doe, Acme, jane@acme.com, tel 030 1234567 or 030 7654321",
    "Jane, Bob, Acme, jane.bob@acme.com",
    "James, Kelly, Initech, kelly@initech.com",
    "Martin, Paul, Globex, info@globex.com",
    "Ray, Bob, Globex, bob@gmail.com",
    "🎉 Tom Baker, Figma, tom@figma.com",
    "Tom Baker 👋, Figma, tom@figma.com",
    "Tom Baker, Figma, tom@figma.com :fire:",
    "Tom Baker → Figma → tom@figma.com",
    "Tom Baker >> Figma >> tom@figma.com",
    "Tom Baker + Figma + tom@figma.com",
    "Tom\tBaker\tFigma\ttom@figma.com",
    "Head of Design, Figma: Tom Baker tom@figma.com",
    "Ana Beatriz Souza Lima, Nubank, ana@nubank.com.br",
    "Ana Lima Nubank, Itau, ana.lima@itau.com",
    "Peter Pan Wendy Darling, Never Ltd, peter.pan@never.com",
    "Lucy Gray, Acme, lucy@acme.com, Tel: 020 7946 0018, Mob: 07700 900123",
    "Lucy Gray, Acme, lucy@acme.com, T: +44 20 7946 0018 F: +44 20 7946 0019",
    "Lucy Gray, Acme, lucy@acme.com, fax 020 7946 0019",
    "Lucy Gray, Acme, lucy@acme.com, ID 20794600",
    "Lucy Gray, Acme, lucy@acme.com, 2026/11/28",
    "Lucy Gray, Acme, lucy@acme.com, order 4711",
    "Lucy Gray, Acme, lucy@acme.com, VAT DE123456789",
    "Lucy Gray, Acme, lucy@acme.com, 10.000 €",
    "Lucy Gray, Acme, lucy@acme.com, 3pm tomorrow",
    "Lucy Gray, Acme, lucy@acme.com, Suite 400",
    "Lucy Gray, Acme, lucy@acme.com, London",
    "Lucy Gray, Acme, lucy@acme.com cc bob@acme.com",
    "Lucy Gray, Acme, lucy@acme.com score=fifty",
    "Lucy Gray, Acme, lucy@acme.com employees=1-50",
    "Lucy Gray, Acme, lucy@acme.com employees=2.5k",
    "Lucy Gray and team, Acme, lucy@acme.com",
    "Lucy & Tom Gray, Acme, lucy@acme.com",
    "Lucy Gray / Tom Baker, Acme, lucy@acme.com",
    "Lucy Gray, Acme, lucy@acme.com\nTom Baker, Figma, tom@figma.com",
    "Lucy Gray, Acme, lucy@acme.com\nTom Baker, Figma",
    "Lucy Gray, Acme\nlucy@acme.com\nTom Baker",
    "Lucy Gray, Acme, lucy@acme.com; Tom Baker, tom@acme.com",
    "First Name,Last Name,Company,Email\nLucy,Gray,Acme,lucy@acme.com",
    "Best regards\nLucy Gray\nCFO | Acme\nT +44 20 7946 0018 | M +44 7700 900123\nlucy@acme.com | www.acme.com",
    "Lucy Gray (she/her), Acme, lucy@acme.com",
    "Lucy Gray (née White), Acme, lucy@acme.com",
    "Festo <uwe.kranz@festo.com>",
    "uwe.kranz@festo.com",
    "Uwe Kranz, Berlin, Festo, uwe.kranz@festo.com",
    "Sales, Festo, uwe@festo.com",
    "Uwe Kranz, Festo, uwe@festo.com, @anna @tim",
    "Amal Haddad, Careem, amal.haddad@careem.com, Apparat 12",
    "Sørensen, Lars; Novo Nordisk A/S; lars@novonordisk.com",
    "Lars Sørensen, Deutsche Bahn, SAS, lars@deutschebahn.com",
    "Lars Sørensen, monday.com, Globex GmbH, lars@monday.com",
)


@pytest.mark.parametrize(("line", "right"), FILED, ids=[line for line, _ in FILED])
def test_what_is_certain_is_filed_at_once(line: str, right: dict[str, str]) -> None:
    assert filed(line) == (right, None)


@pytest.mark.parametrize("line", ASKED, ids=ASKED)
def test_what_is_not_certain_is_asked_about(line: str) -> None:
    assert filed(line) is None
