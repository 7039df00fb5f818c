"""Amounts as people write them: Baton reads those with one meaning, and asks about the others."""

import pytest

from bot.slack.amounts import cents
from models.errors import BadValue


@pytest.mark.parametrize(
    ("currency", "typed", "amount"),
    [
        *(
            ("EUR", typed, 1_000_000)
            for typed in ("1 Mio", "1 Mio.", "1 Mio. EUR", "EUR 1 Mio", "1mn", "€1M", "1 million")
        ),
        *(("EUR", typed, 1_500_000) for typed in ("1,5 Mio", "1.5 Mio €", "1,5 Millionen Euro", "1,5 mln", "1.5M€")),
        *(
            ("EUR", typed, 12_000)
            for typed in ("12 Tsd", "12 Tsd. €", "12 TEUR", "TEUR 12", "12 T€", "12T€", "12 tausend")
        ),
        *(
            ("EUR", typed, 12_000)
            for typed in ("12.000,-", "12.000,- €", "12.000,-- EUR", "12.000,–", "12000 Euros", "12k€")
        ),
        *(("EUR", typed, 12_000) for typed in ("12000 euro", "€12k", "12 000 €", "12 000,00 EUR", "EURO 12.000")),
        ("EUR", "3 Mrd.", 3_000_000_000),
        *(("INR", typed, 125_000) for typed in ("1,25,000", "₹1,25,000", "Rs. 1,25,000.00", "1.25 lakh", "₹ 1.25 L")),
        *(("INR", typed, 20_000_000) for typed in ("2 crore", "INR 2 Cr", "2,00,00,000", "20,000,000", "2 crores")),
        *(("USD", typed, 12_000) for typed in ("12 grand", "12000 dollars", "12K USD", "US$ 12,000.00", "$ 12 k")),
        *(
            ("CHF", typed, 12_000)
            for typed in ("CHF 12'000.-", "12’000.– CHF", "Fr. 12'000", "12 TCHF", "12000 Franken")
        ),
        *(("SEK", typed, 12_000) for typed in ("12 tkr", "12 000 kr", "12 000,-", "12 k SEK")),
        ("GBP", "12k quid", 12_000),
        *(("INR", typed, 12_000) for typed in ("Rs 12,000/-", "Rs.12,000/-", "INR 12,000 /-", "12,000/--")),
        ("INR", "INR 12,50,000/-", 1_250_000),
        *(("SEK", typed, 12_000) for typed in ("12 000:-", "12 000:- kr")),
        *(("JPY", typed, 1_200_000) for typed in ("￥1,200,000", "１２０万円", "１,２００,０００円")),
        ("JPY", "120万円", 1_200_000),
        ("KRW", "₩ 5만", 50_000),
        ("PLN", "12 tys. zł", 12_000),
        ("", "12k", 12_000),
        ("", "$12,000", 12_000),
    ],
)
def test_what_reads_one_way_is_read(currency: str, typed: str, amount: int) -> None:
    assert cents(typed, currency) == amount * 100


@pytest.mark.parametrize(
    ("currency", "typed", "word"),
    [
        *(
            ("EUR", typed, "another currency")
            for typed in ("$1 Mio", "12 TUSD", "12k CHF", "12 kr", "Rs. 1,25,000", "12 Q$")
        ),
        *(("USD", typed, "another currency") for typed in ("A$12,000", "12k €", "12000 Euros", "EUR 1 Mio", "R$ 12")),
        *((code, typed, "two ways") for code in ("USD", "GBP", "JPY") for typed in ("12,00", "1,2", "12,5")),
        *(("EUR", typed, "two ways") for typed in ("1.250 Mio", "1,250k", "1,25,000", "1 2000", "0,500")),
        *(("INR", typed, "two ways") for typed in ("1,250 lakh", "1,25,000 k")),
        *(
            ("EUR", typed, "no amount")
            for typed in ("1 lakh", "2 crore", "12 T", "1b", "1 billion", "k 12", "€k12k", "m12")
        ),
        *(
            ("EUR", typed, "no amount")
            for typed in ("10k-15k", "ca. 12000", "12k/year", "-12000", "1,2,3", "", "€", "k")
        ),
        ("EUR", "999999999999 Mrd", "no amount"),
        ("EUR", "9" * 5000, "no amount"),
    ],
)
def test_another_currency_or_what_reads_two_ways_is_asked_about(currency: str, typed: str, word: str) -> None:
    with pytest.raises(BadValue, match=word):
        cents(typed, currency)


@pytest.mark.parametrize("typed", ["9 " * 10_000, "1,25" * 5_000, "1,234" * 4_000, ",-" * 10_000, "k" * 20_000 + "1"])
def test_a_page_that_was_pasted_is_no_amount_and_holds_nobody_up(typed: str) -> None:
    with pytest.raises(BadValue):
        cents(typed, "EUR")
