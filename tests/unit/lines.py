"""Lines as people flag leads with them, each with what is right, in the orders and with the marks that people use."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from tests.unit.line_doubts import (
    at_a_provider,
    generic_address,
    glued,
    in_doubt,
    number_with_a_sign,
    role_in_a_sentence,
    value_that_is_none,
    words_at_a_company,
)
from tests.unit.line_parts import (
    COMPANIES,
    KEYS,
    LABELS,
    MARKS,
    NAMES,
    SENTENCES,
    SURE_MARKS,
    SURE_PHONES,
    Line,
    Person,
    mentioned,
    more,
    plain,
    quote,
    row,
    sent,
    sent_with_people,
    some,
    somebody,
    sure,
    sure_at,
    truth,
)

Kind = Callable[[random.Random], Line]


def in_a_row(luck: random.Random) -> Line:
    """The parts one after another with one mark between them, a few with keys behind."""
    person = somebody(luck)
    order = list(
        luck.choice(
            (
                ("name", "company", "email"),
                ("name", "company", "email"),
                ("email", "name", "company"),
                ("name", "email", "company"),
                ("company", "name", "email"),
                ("name", "company", "title", "email"),
                ("name", "title", "company", "email"),
                ("name", "company", "email", "phone"),
                ("name", "company", "title", "email", "phone"),
                ("email", "phone", "name", "company", "title"),
                ("name", "phone", "email", "company"),
            )
        )
    )
    keyed = some(luck, ("source", "score", "campaign", "employees", "website"), 2)
    more(luck, person, *(one for one in (*order, *keyed) if one not in person.fields))
    mark = luck.choice(MARKS)
    parts = [person.say(name) for name in order]
    said = mark.join(parts)
    keys = [f"{luck.choice(KEYS[name])}={person.say(name)}" for name in keyed]
    if keys:
        said += luck.choice((mark, ", ")) + luck.choice((mark, " ", ", ")).join(keys)
    why = luck.random() < 0.3
    if why:
        more(luck, person, "why_now")
        said += luck.choice((mark, " ")) + quote(luck, person.fields["why_now"])
    said, rep = mentioned(luck, said, luck.choice((mark, " ")))
    text = said.replace("<@", "\x01").replace("<@U0123>", "\x01U0123>")
    text = sent_with_people(luck, text, person)
    names = [*order, *keyed, *(["why_now"] if why else [])]
    separated = not _reads_two_ways(person, mark, [*parts, *keys], text)
    return Line(text=text, truth=truth(person, names), rep=rep, separated=separated, kind="in a row")


def _reads_two_ways(person: Person, mark: str, parts: Sequence[str], text: str) -> bool:
    """Where the mark between the parts is within a part, or nothing tells the name from the company, it is fair to ask;
    as it is for lines of their own, which may be a signature."""
    inside = any(mark.strip() and mark.strip() in part for part in parts)
    no_help = person.free_mail or not person.fields["name"].isascii()
    return inside or no_help or mark == "\n" or "\x01" in text


def keyed(luck: random.Random) -> Line:
    """`name=Jane Doe company=Acme …`: each value runs to the next key."""
    person = somebody(luck)
    names = [
        "name",
        "company",
        "email",
        *some(luck, ("title", "phone", "website", "employees", "source", "campaign", "score"), 4),
    ]
    more(luck, person, *names[3:])
    luck.shuffle(names)
    mark = luck.choice((" ", ", ", "; ", "\n", "\t"))
    equals = luck.choice(("=", "=", " = ", "="))
    quotes = luck.choice(("{}", "{}", '"{}"', "'{}'", "‘{}’", "“{}”"))
    parts = []
    for name in names:
        value = person.say(name)
        quoted = quotes if "'" not in value else "{}"
        parts.append(f"{luck.choice(KEYS[name])}{equals}{quoted.format(value)}")
    text = sent(luck, mark.join(parts), person)
    return Line(text=text, truth=truth(person, names), separated=True, kind="keyed")


def labelled(luck: random.Random) -> Line:
    """`Name: Jane Doe`, each on its line or with marks between."""
    person = somebody(luck)
    names = [
        "name",
        "company",
        "email",
        *some(luck, ("title", "phone", "website", "employees", "source", "score", "why_now"), 4),
    ]
    more(luck, person, *names[3:])
    if person.fields.get("why_now", "").count(","):
        person.fields["why_now"] = "asked for pricing"
    luck.shuffle(names)
    mark = luck.choice(("\n", "\n", ", ", "; ", " | ", "\t"))
    text = mark.join(f"{luck.choice(LABELS[name])}: {person.say(name)}" for name in names)
    return Line(text=sent(luck, text, person), truth=truth(person, names), separated=True, kind="labelled")


def with_a_sentence(luck: random.Random) -> Line:
    """The parts, and behind them a few words that nobody put quotes around."""
    person = somebody(luck)
    person.fields["why_now"] = luck.choice(SENTENCES)
    mark = luck.choice((", ", "; ", " - ", " — ", "\t", " | "))
    parts = [person.fields[name] for name in ("name", "company", "email")]
    text = mark.join(parts) + luck.choice((mark, " — ", ", ")) + person.fields["why_now"]
    names = ("name", "company", "email", "why_now")
    separated = not _reads_two_ways(person, mark, parts, "")
    return Line(text=sent(luck, text, person), truth=truth(person, names), separated=separated, kind="with a sentence")


def run_together(luck: random.Random) -> Line:
    """What has no marks between its parts."""
    person = somebody(luck)
    name, company, email = (person.fields[one] for one in ("name", "company", "email"))
    form = luck.choice(
        (
            "{n} at {c} {e}",
            "{n} {e} {c}",
            "{e} {n} {c}",
            "{n} <{e}>, {c}",
            "{n} ({c}) {e}",
            "{n} from {c}, {e}",
            "{n} @ {c}, {e}",
            "{n} {c} {e}",
            '"{n}" <{e}>, {c}',
            "{n}, {t} at {c}, {e}",
            "{n} ({t}), {c}, {e}",
            "{n}, {e} ({c})",
            "{n} · {p} at {c} {e}",
        )
    )
    names = ["name", "company", "email"]
    for mark, one in (("{t}", "title"), ("{p}", "phone")):
        if mark in form:
            more(luck, person, one)
            names.append(one)
    said = form.format(n=name, c=company, e=email, t=person.fields.get("title"), p=person.fields.get("phone"))
    return Line(text=sent(luck, said, person), truth=truth(person, names), separated=False, kind="run together")


def signature(luck: random.Random) -> Line:
    """Six lines from the end of an e-mail."""
    person = somebody(luck)
    more(luck, person, "title", "phone")
    rest = [person.fields["title"], person.fields["company"]]
    luck.shuffle(rest)
    contact = [
        luck.choice(("Tel.: {}", "{}", "T {}", "Phone: {}", "M: {}", "☎ {}")).format(person.fields["phone"]),
        luck.choice(("{}", "E: {}", "Email: {}")).format(person.fields["email"]),
        luck.choice(("{}", "www.{}", "W: {}", "https://{}")).format(person.fields["website"]),
    ]
    luck.shuffle(contact)
    top = luck.choice(("", "Best regards,\n", "--\n", "Mit freundlichen Grüßen\n\n"))
    text = top + "\n".join([person.fields["name"], *rest, *contact])
    right = truth(person, ("name", "company", "email", "title", "phone", "website"))
    return Line(text=sent(luck, text, person), truth=right, separated=False, kind="signature")


def sheet_row(luck: random.Random) -> Line:
    """Cells with tabs between, some of them empty."""
    person = somebody(luck)
    names = luck.choice(
        (
            ["name", "company", "email"],
            ["name", "email", "company"],
            ["company", "name", "title", "email"],
            ["name", "title", "company", "email", "phone"],
            ["email", "name", "company", "phone"],
        )
    )
    more(luck, person, *(one for one in names if one not in person.fields))
    cells = [person.fields[name] for name in names]
    for _ in range(luck.randint(0, 2)):
        cells.insert(luck.randint(0, len(cells)), "")
    separated = not _reads_two_ways(person, "\t", cells, "")
    return Line(
        text=sent(luck, "\t".join(cells), person), truth=truth(person, names), separated=separated, kind="sheet row"
    )


# First and last name, and the same as an address has them.
PARTED = tuple(
    (first_last.split(" ", 1)[0], first_last.split(" ", 1)[1], first, last)
    for names in (
        NAMES[language] for language in ("English", "Swedish", "Danish", "Polish", "Czech", "Turkish", "Greek")
    )
    for first_last, first, last in names
    if first_last.count(" ") == 1 and "-" not in first_last and "'" not in first_last
)


def surname_first(luck: random.Random) -> Line:
    """`Doe, Jane`, as directories and Outlook write it: plain where the address has both in the usual order."""
    person = somebody(luck)
    first, last, short_first, short_last = luck.choice(PARTED)
    domain = person.fields["email"].partition("@")[2]
    told = luck.random() < 0.6
    full = (f"{short_first}.{short_last}", f"{short_first}{short_last}", f"{short_first[0]}{short_last}")
    vague = (short_first, short_last, "info", f"{short_last}.{short_first}", f"{short_last}{short_first[0]}")
    person.fields["email"] = f"{luck.choice(full if told else vague)}@{domain}"
    person.fields["name"] = f"{first} {last}"
    form = luck.choice(("{l}, {f}, {c}, {e}", "{l}, {f} <{e}>; {c}", '"{l}, {f}" <{e}>, {c}', "{l}, {f}; {c}; {e}"))
    text = form.format(l=last, f=first, c=person.fields["company"], e=person.fields["email"])
    right = truth(person, ("name", "company", "email")) if told else None
    return Line(text=sent(luck, text, person), truth=right, separated=False, kind="surname first")


PHONE_LABELS = ("T: ", "Tel. ", "Tel.: ", "mobile ", "M: ", "o: ", "phone ", "Mob. ", "Direct: ", "c: ", "Ph. ")
FAX_LABELS = ("F: ", "Fax ", "Fax: ", "Telefax ", "fax. ")


def with_phones(luck: random.Random) -> Line:
    """A line with a number behind its label; often another behind it, or a fax, for which there is no place."""
    person = somebody(luck)
    more(luck, person, "phone")
    mark = luck.choice((", ", "; ", " | ", "\t"))
    said = mark.join(person.fields[name] for name in ("name", "company", "email"))
    said += mark + luck.choice(PHONE_LABELS) + person.fields["phone"]
    two = luck.random() < 0.5
    if two:
        said += luck.choice((" ", mark)) + luck.choice((*PHONE_LABELS, *FAX_LABELS)) + "+49 171 7654321"
    right = None if two else truth(person, ("name", "company", "email", "phone"))
    separated = not two and not _reads_two_ways(person, mark, [person.fields["name"], person.fields["company"]], "")
    return Line(text=sent(luck, said, person), truth=right, separated=separated, kind="with phones")


FOUR = (
    ("Ana Beatriz Souza Lima", "ana", "lima"),
    ("Juan Pablo Ruiz Molina", "juan", "ruiz"),
    ("Mary Jane Watson Parker", "mary", "parker"),
)


def long_name(luck: random.Random) -> Line:
    """A name of four words: plain where the address has both ends of it."""
    person = somebody(luck)
    name, first, last = luck.choice(FOUR)
    company, domain = luck.choice(COMPANIES)
    told = luck.random() < 0.5
    local = f"{first}.{last}" if told else luck.choice((first, "info", f"{first}7"))
    person.fields |= {"name": name, "company": company, "email": f"{local}@{domain}", "website": domain}
    mark = luck.choice((", ", "; ", "\t", " | "))
    text = mark.join(person.fields[one] for one in ("name", "company", "email"))
    right = truth(person, ("name", "company", "email"))
    return Line(text=sent(luck, text, person), truth=right, separated=False, kind="long name")


KINDS: tuple[tuple[Kind, int], ...] = (
    (in_a_row, 30),
    (keyed, 15),
    (labelled, 12),
    (sheet_row, 10),
    (with_a_sentence, 8),
    (run_together, 12),
    (signature, 8),
    (surname_first, 8),
    (with_phones, 8),
    (long_name, 4),
    (in_doubt, 15),
)

EXTENSIONS = (
    " ext. 9",
    " x9",
    ", ext. 9",
    " ext 9",
    " extension 9",
    " Ext. 204",
    " x204",
    " ext.204",
    ", x204",
    " Ext 12",
)
WRAPPED = (
    *("[{}]", "<{}>", '"{}"', "({})", "E-Mail: {}", "E-Mail {}", "Email: {}", "email {}", "mail: {}", "e-mail {}"),
    *("“{}”", "«{}»", "'{}'", "mailto:{}", "Mail: <{}>"),
)
MORE_COMPANIES = (
    *(("Marel hf.", "marel.com"), ("Arion hf.", "arion.is"), ("Grupo Bimbo S.A.B. de C.V.", "grupobimbo.com")),
    *(("Cemex S.A.B. de C.V.", "cemex.com"), ("University of Oxford", "ox.ac.uk"), ("University of Porto", "up.pt")),
    *(("20th Century Fox", "20thcenturyfox.com"), ("7-Eleven", "7-eleven.com"), ("4imprint", "4imprint.com")),
    *(("Bank of America", "bankofamerica.com"), ("King's College London", "kcl.ac.uk"), ("Nokia Oyj", "nokia.com")),
    *(("Equinor ASA", "equinor.com"), ("Embraer S.A.", "embraer.com.br"), ("OTP Bank Nyrt.", "otpbank.hu")),
    *(("Krka d.d.", "krka.si"), ("Grab Pte. Ltd.", "grab.com"), ("Petronas Sdn. Bhd.", "petronas.com.my")),
    *(("Sappi (Pty) Ltd", "sappi.co.za"), ("Infosys Pvt. Ltd.", "infosys.com"), ("Telekom Srbija a.d.", "telekom.rs")),
)
LEARNED = (
    *("Prof. Dr. Dr. h.c. {}", "Prof. Dr. h.c. mult. {}", "Dr. med. {}", "Dr. h.c. {}", "Dipl.-Ing. {}", "Mag. {}"),
    *("Univ.-Prof. Dr. {}", "Ing. {}", "Dott. {}", "Dr. rer. nat. {}", "Sir {}", "Rev. {}", "PD Dr. {}", "Lic. {}"),
)
MORE_ROLES = (
    *("Inköpschef", "Försäljningschef", "Daglig leder", "Salgssjef", "Indkøbschef", "Toimitusjohtaja", "Inkoper"),
    *("Verkoopdirecteur", "Vertriebsleiterin", "Prokurist", "Dyrektor handlowy", "Obchodní ředitel", "Jednatel"),
    *("Jefe de Compras", "Gerente de Compras", "Diretor de Vendas", "Amministratore delegato", "Directeur général"),
    *("Satın Alma Müdürü", "Genel Müdür", "Ügyvezető igazgató"),
)
FOR_SOMEBODY = (
    *(("for <@U0123>", "U0123"), ("for <@U0123|dana>", "U0123"), ("For <@U0123>", "U0123"), ("for @dana", "@dana")),
    *(("For @dana", "@dana"), ("to=@dana", "@dana"), ("rep=dana", "@dana"), ("rep=<@U0123>", "U0123")),
    *(("to=<@U0123|dana>", "U0123"), ("rep: @dana", "@dana"), ("@dana", "@dana"), ("<@U0123>", "U0123")),
)


def plain_enough(luck: random.Random) -> Line:
    """What looks odd and is plain."""
    person, kind = sure(luck), "plain enough"
    match luck.choice(("phone", "address", "company", "name", "title", "rep")):
        case "phone":
            number, extension = luck.choice(SURE_PHONES), luck.choice(EXTENSIONS)
            line = plain(luck, kind, row(luck, person, f"{number}{extension}"), person, phone=f"{number}{extension}")
            assert line.truth is not None
            return replace(line, also=(line.truth | {"phone": f"{number} {extension.lstrip(', ')}"},))
        case "address":
            wrapped = luck.choice(WRAPPED).format(person.fields["email"])
            return plain(luck, kind, row(luck, person, email=wrapped), person)
        case "company":
            person = sure_at(luck, *luck.choice(MORE_COMPANIES))
            return plain(luck, kind, row(luck, person), person)
        case "name":
            person.fields["name"] = luck.choice(LEARNED).format(person.fields["name"])
            return plain(luck, kind, row(luck, person), person)
        case "title":
            title = luck.choice(MORE_ROLES)
            return plain(luck, kind, row(luck, person, title), person, title=title)
        case _:
            said, rep = luck.choice(FOR_SOMEBODY)
            mark = luck.choice(SURE_MARKS)
            text = row(luck, person, mark=mark) + luck.choice((mark, " ")) + said.replace("<@", "\x01")
            right = truth(person, ("name", "company", "email"))
            text = sent_with_people(luck, text, person)
            return Line(text=text, truth=right, rep=rep, separated=True, kind=kind)


# Kinds of which each is held against the truth by itself. In each, some lines are plain.
FAMILIES: dict[str, Kind] = {
    "generic address": generic_address,
    "words at a company": words_at_a_company,
    "at a provider": at_a_provider,
    "number with a sign": number_with_a_sign,
    "role in a sentence": role_in_a_sentence,
    "value that is none": value_that_is_none,
    "glued": glued,
    "plain enough": plain_enough,
}


def lines(count: int, *, seed: int, kinds: Sequence[tuple[Kind, int]] = KINDS) -> Iterator[Line]:
    """Returns `count` lines of these kinds, each as often as its weight says. The same seed makes the same lines."""
    luck = random.Random(seed)
    for _ in range(count):
        [make] = luck.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])
        yield make(luck)
