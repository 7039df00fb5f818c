"""Lines of which some can't be filed without a question, each with what is right."""

import random

from tests.unit.line_parts import (
    Line,
    more,
    sent,
    somebody,
)


def in_doubt(luck: random.Random) -> Line:
    """What nobody could file without a question: there are two of something, or it has no place."""
    one, other = somebody(luck), somebody(luck)
    while one.fields["email"] == other.fields["email"]:
        other = somebody(luck)
    more(luck, one, "title", "phone")
    name, company, email = (one.fields[what] for what in ("name", "company", "email"))
    mark = luck.choice((", ", "; ", "\t", " | "))
    both = [mark.join(who.fields[what] for what in ("name", "company", "email")) for who in (one, other)]
    text = luck.choice(
        (
            "\n".join(both),
            " ".join(both),
            luck.choice((" and ", "; ", "\n", " / ")).join(both),
            mark.join(("name", "company", "email")) + "\n" + both[0],
            mark.join(("Name", "Company", "E-mail", "Phone")) + "\n" + both[0],
            mark.join((name, email, "Berlin" if luck.random() < 0.5 else "Trade fair")),
            mark.join(
                (name, company, email, luck.choice(("72", "(blue)", "[x]", "#12", "2026-11-16", "12.5 %", "§ 4")))
            ),
            mark.join((name, company, email, luck.choice(("Foobar Zeta", "blurb", "Kreuzberg", "Müsli Fan Club")))),
            mark.join((name, email)),
            mark.join((company, email)),
            mark.join((name, company, email, other.fields["name"])),
            mark.join((name, company, other.fields["company"], email)),
            mark.join((name, company, email)) + " shoesize=44",
            mark.join((name, company, email, "phone=soon")),
            mark.join((name, company, email, "employees=many")),
            mark.join(("Jane Doe", "Ag", "Berlin", "jane@ag-berlin.de")),
            mark.join((name, company, email, "<@U1>", "<@U2>")).replace("&lt;", "<"),
            mark.join((name, company, email, "+49 30 1234567", "+44 20 7946 0958")),
        )
    )
    people = {"<@U1>": "\x01", "<@U2>": "\x02"}
    for mention, sign in people.items():
        text = text.replace(mention, sign)
    text = sent(luck, text, one)
    for mention, sign in people.items():
        text = text.replace(sign, mention)
    return Line(text=text, truth=None, separated=False, kind="in doubt")
