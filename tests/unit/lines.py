"""Lines as people flag leads with them, each with what is right: names of many languages, companies with legal forms,
phones, addresses, roles, sources, in the orders and with the marks that people use.

Nothing here is shared with the program that reads such lines: what is known of names or legal forms there does not
make these lines, so a line that it does not understand can occur.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

Fields = dict[str, str]

# (as typed, first name and last name as they stand in an address)
NAMES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "English": (
        ("Jane Doe", "jane", "doe"),
        ("Martin Luther King, Jr.", "martin", "king"),
        ("Mary-Ann O'Neill", "maryann", "oneill"),
        ("Robert Downey Jr.", "robert", "downey"),
        ("William Gates III", "william", "gates"),
        ("Dr. Susan Blake, PhD", "susan", "blake"),
        ("J. R. R. Tolkien", "john", "tolkien"),
    ),
    "German": (
        ("Anna Müller", "anna", "mueller"),
        ("Dr. Jürgen Weiß", "juergen", "weiss"),
        ("Karl-Heinz von der Leyen", "karlheinz", "vonderleyen"),
        ("Prof. Dr. Sabine Groß", "sabine", "gross"),
        ("Dr. Anna Förster, MD", "anna", "foerster"),
    ),
    "French": (
        ("Amélie d'Arcy", "amelie", "darcy"),
        ("Jean-François Lefèvre", "jeanfrancois", "lefevre"),
        ("Léa de la Tour", "lea", "delatour"),
        ("Mme Hélène Côté", "helene", "cote"),
    ),
    "Spanish": (
        ("José García Márquez", "jose", "garcia"),
        ("María de los Ángeles Núñez", "maria", "nunez"),
        ("Iñigo Peña", "inigo", "pena"),
    ),
    "Portuguese": (("João da Silva", "joao", "silva"), ("Conceição dos Santos", "conceicao", "santos")),
    "Italian": (("Niccolò Dell'Acqua", "niccolo", "dellacqua"), ("Chiara De Luca", "chiara", "deluca")),
    "Dutch": (("Pieter van den Berg", "pieter", "vandenberg"), ("Sanne 't Hart", "sanne", "thart")),
    "Swedish": (("Åsa Lindström", "asa", "lindstrom"), ("Göran Öberg", "goran", "oberg")),
    "Danish": (("Søren Kjær", "soren", "kjaer"), ("Mette Nørgaard", "mette", "norgaard")),
    "Polish": (("Łukasz Wiśniewski", "lukasz", "wisniewski"), ("Małgorzata Żak", "malgorzata", "zak")),
    "Czech": (("Jiří Dvořák", "jiri", "dvorak"), ("Zdeňka Říhová", "zdenka", "rihova")),
    "Hungarian": (("Nagy Gábor", "gabor", "nagy"), ("Szabó Erzsébet", "erzsebet", "szabo")),
    "Turkish": (("Gülşen Yıldırım", "gulsen", "yildirim"), ("Işıl Çelik", "isil", "celik")),
    "Vietnamese": (("Nguyễn Thị Minh Khai", "khai", "nguyen"), ("Trần Đức Anh", "anh", "tran")),
    "Russian": (("Анна Иванова", "anna", "ivanova"), ("Юрий Соколов", "yuri", "sokolov")),
    "Greek": (("Νίκος Παπαδόπουλος", "nikos", "papadopoulos"), ("Ελένη Γεωργίου", "eleni", "georgiou")),
    "Arabic": (("محمد علي", "mohamed", "ali"), ("فاطمة الزهراء", "fatima", "alzahra")),
    "Hebrew": (("דוד לוי", "david", "levi"), ("רחל כהן", "rachel", "cohen")),
    "Chinese": (("李明", "ming", "li"), ("王小红", "xiaohong", "wang"), ("Zhang Wei", "wei", "zhang")),
    "Japanese": (
        ("田中太郎", "taro", "tanaka"),
        ("佐藤 花子", "hanako", "sato"),
        ("Yuki Nakamura", "yuki", "nakamura"),
    ),
    "Korean": (("김민수", "minsu", "kim"), ("박 지영", "jiyoung", "park")),
    "Hindi": (("राहुल शर्मा", "rahul", "sharma"), ("Priya Venkataraman", "priya", "venkataraman")),
    "Icelandic": (("Björk Guðmundsdóttir", "bjork", "gudmundsdottir"),),
    "Indonesian": (("Suharto", "suharto", "suharto"), ("Sri Mulyani", "sri", "mulyani")),
}
COMPANIES: tuple[tuple[str, str], ...] = (
    ("Acme", "acme.com"),
    ("Acme Corp", "acme.com"),
    ("Globex, Inc.", "globex.com"),
    ("Initech LLC", "initech.io"),
    ("Müller & Söhne GmbH", "mueller-soehne.de"),
    ("Siemens Energy AG", "siemens-energy.com"),
    ("Bauer GmbH & Co. KG", "bauer.de"),
    ("Société du Lac SAS", "dulac.fr"),
    ("Crédit Lyonnais, S.A.", "creditlyonnais.fr"),
    ("Hermanos Ruiz S.L.", "hermanosruiz.es"),
    ("Padaria Lisboa Lda.", "padarialisboa.pt"),
    ("Fratelli Rossi S.r.l.", "fratellirossi.it"),
    ("Van Dijk B.V.", "vandijk.nl"),
    ("Nordisk Film A/S", "nordiskfilm.dk"),
    ("Ström Teknik AB", "stromteknik.se"),
    ("Wisła Sp. z o.o.", "wisla.pl"),
    ("Škoda a.s.", "skoda.cz"),
    ("Yıldız A.Ş.", "yildiz.com.tr"),
    ("ООО Ромашка", "romashka.ru"),
    ("株式会社東海", "tokai.co.jp"),
    ("华星有限公司", "huaxing.cn"),
    ("شركة النور", "alnoor.ae"),
    ("Tata Steel Pvt. Ltd.", "tatasteel.in"),
    ("Smith & Sons Ltd", "smithandsons.co.uk"),
    ("R&D Systems", "rdsystems.com"),
    ("monday.com", "monday.com"),
    ("SAS", "sas.com"),
    ("3M", "3m.com"),
    ("Deutsche Bahn", "deutschebahn.com"),
    ("University of Oslo", "oslo.edu"),
    ("Procter & Gamble Co.", "procter-gamble.com"),
    ("International Business Machines", "ibm.com"),
    ("Blue-Ocean Labs", "blueocean.dev"),
    ("Yahoo! Japan K.K.", "yahoojapan.jp"),
)
FREE_MAIL = ("gmail.com", "outlook.com", "gmx.de", "yahoo.co.uk", "proton.me", "web.de")
ROLES = (
    *("VP Sales", "VP of Operations", "CEO", "Head of Marketing", "Chief Technology Officer", "Sales Manager"),
    *("Senior Software Engineer", "Founder", "Managing Director", "Head of R&D", "IT Director", "Procurement Lead"),
    *("Geschäftsführer", "Leiterin Einkauf", "Directeur commercial", "Responsable achats", "Director de Ventas"),
    *("Diretor Comercial", "Responsabile acquisti", "Product Owner", "Business Analyst", "Buyer", "Co-Founder & CTO"),
)
PHONES = (
    *("+49 30 1234567", "+1 (415) 555-2671", "+44 20 7946 0958", "+33 1 42 68 53 00", "+81-3-1234-5678"),
    *("030 1234567", "(415) 555-0132", "415-555-0132 x42", "+1 (415) 555-0132 ext. 42", "0171/2345678"),
    *("+39 06 698 12345", "+91 98765 43210", "089 / 636 48018", "+86 138 0013 8000", "+420 222 333 444"),
)
SOURCES = (
    "webinar",
    "Trade fair",
    "Hannover Messe 2026",
    "partner referral",
    "LinkedIn Ads",
    "O'Reilly Summit",
    "R&D day",
)
CAMPAIGNS = ("spring-launch", "Spring Launch 2026", "Q3 / EMEA", "black friday")
WHYS = (
    *("asked for pricing", "wants to start in June", "met her at the fair, liked the demo", "needs a quote by Friday"),
    *("looking for a replacement of SAP", "hat nach Preisen gefragt", "souhaite une démo", "has 3 open positions"),
    *("is evaluating two vendors & wants a call", "200 seats, budget approved"),
)
SENTENCES = ("asked for pricing", "wants to start in June", "is looking for a new vendor", "needs a quote by Friday")
"""What people add without quotes."""
SCORES = ("72", "5", "100")
EMPLOYEES = (("250", "250"), ("1,200", "1200"), ("1.200", "1200"), ("1'200", "1200"), ("12\u202f000", "12000"))
MARKS = (", ", ",", "; ", "\t", " | ", " / ", " - ", " – ", " — ", " · ", " • ", "\n", ",  ", " ,")
LABELS: dict[str, tuple[str, ...]] = {
    "name": ("Name", "name", "Full name", "Contact"),
    "company": ("Company", "company", "Account", "Organisation", "Organization"),
    "email": ("Email", "E-mail", "mail", "e-mail", "EMAIL"),
    "title": ("Title", "Role", "Position", "Job title", "title"),
    "phone": ("Phone", "Tel", "phone", "Mobile", "Tel."),
    "website": ("Website", "Web", "website"),
    "employees": ("Employees", "employees", "Size"),
    "source": ("Source", "source", "Lead source"),
    "campaign": ("Campaign", "campaign"),
    "score": ("Score", "score"),
    "why_now": ("Why", "why", "Note", "Notes"),
}
KEYS = {
    "name": ("name",),
    "company": ("company", "account"),
    "email": ("email", "mail", "e-mail"),
    "title": ("title", "role", "position"),
    "phone": ("phone", "tel"),
    "website": ("website", "web", "site"),
    "employees": ("employees", "size"),
    "source": ("source",),
    "campaign": ("campaign",),
    "score": ("score",),
    "why_now": ("why", "note"),
}
QUOTES = ('"{}"', "“{}”", "„{}“", "«{}»", "”{}”", "« {} »")
INVISIBLE = ("\u200b", "\u00ad", "\ufeff", "\u200e", "\u2060", "\u202c")
SPACES = ("\u00a0", "\u2009", "\u202f", "\u3000")


@dataclass(frozen=True, kw_only=True)
class Line:
    """What Slack would send, and what is right: each field's value, or None where only a question is right.
    `separated`: each of its parts stands apart from the others, or has a key, and there is just one way to read it."""

    text: str
    truth: Fields | None
    rep: str | None = None
    separated: bool
    kind: str


@dataclass(kw_only=True)
class Person:
    """Somebody to flag: the fields as they are to be understood, and as they are typed where that differs."""

    fields: Fields
    typed: Fields = field(default_factory=dict)
    free_mail: bool = False

    def say(self, name: str) -> str:
        return self.typed.get(name, self.fields[name])


def lines(count: int, *, seed: int) -> Iterator[Line]:
    """So many lines. The same seed makes the same ones."""
    luck = random.Random(seed)
    for _ in range(count):
        [make] = luck.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])
        yield make(luck)


# What lines are made of.


def somebody(luck: random.Random) -> Person:
    name, first, last = luck.choice(NAMES[luck.choice(list(NAMES))])
    company, domain = luck.choice(COMPANIES)
    free = luck.random() < 0.1
    full = (f"{first}.{last}", f"{first}_{last}", f"{first}-{last}", f"{first}{last}", f"{last}.{first}")
    short = (f"{first[0]}.{last}", f"{first[0]}{last}", f"{first}{last[0]}", first, last)
    local = luck.choice((*full, full[0], *short))
    if free:
        domain, local = luck.choice(FREE_MAIL), f"{local}{luck.choice(('', '7', '1984'))}"
    return Person(
        fields={"name": name, "company": company, "email": f"{local}@{domain}", "website": domain}, free_mail=free
    )


def more(luck: random.Random, person: Person, *wanted: str) -> None:
    """Say more of somebody: these fields."""
    for name in wanted:
        if name == "employees":
            person.typed["employees"], person.fields["employees"] = luck.choice(EMPLOYEES)
        elif name != "website":
            choices: dict[str, Sequence[str]] = {
                "title": ROLES,
                "phone": PHONES,
                "source": SOURCES,
                "campaign": CAMPAIGNS,
                "score": SCORES,
                "why_now": WHYS,
            }
            person.fields[name] = luck.choice(choices[name])


def some(luck: random.Random, names: Sequence[str], most: int) -> list[str]:
    return luck.sample(list(names), luck.randint(0, min(most, len(names))))


def truth(person: Person, names: Sequence[str]) -> Fields:
    return {name: person.fields[name] for name in names}


# As Slack sends it.


def sent(luck: random.Random, text: str, person: Person | None = None) -> str:
    """With entities; addresses often as links; now and then with invisible characters, and with other spaces."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if person is not None:
        email, site, phone = person.fields["email"], person.fields["website"], person.fields.get("phone", "")
        if luck.random() < 0.6:
            text = text.replace(email, f"<mailto:{email}|{email}>", 1)
        if luck.random() < 0.5 and f"@{site}" not in text.replace(f"{email}", ""):
            text = _linked(text, site)
        if phone and luck.random() < 0.4:
            digits = "".join(c for c in phone if c.isdigit() or c == "+")
            text = text.replace(phone, f"<tel:{digits}|{phone}>", 1)
        if luck.random() < 0.1:
            at = text.find(email)
            cut = at + luck.randint(0, len(email))
            text = f"{text[:cut]}{luck.choice(INVISIBLE)}{text[cut:]}"
    if luck.random() < 0.1:
        place = luck.randint(0, len(text)) if person is None else 0
        text = f"{text[:place]}{luck.choice(INVISIBLE)}{text[place:]}"
    if luck.random() < 0.1 and "<" not in text:
        text = text.replace(" ", luck.choice(SPACES), 1)
    return text


def _linked(text: str, site: str) -> str:
    """The first place where the site stands alone becomes a link, as Slack makes it."""
    at = text.find(site)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(site) : at + len(site) + 1]
        if not (before.isalnum() or before in ("@", ".", "-", ":", "|", "/")) and not (
            after.isalnum() or after in (".", "-", "|", ">")
        ):
            return f"{text[:at]}<http://{site}|{site}>{text[at + len(site) :]}"
        at = text.find(site, at + 1)
    return text


def mentioned(luck: random.Random, text: str, mark: str) -> tuple[str, str | None]:
    """Now and then it ends with a rep."""
    if luck.random() < 0.15:
        return f"{text}{mark}{luck.choice(('<@U0123|dana>', '<@U0123>'))}", "U0123"
    return text, None


def quote(luck: random.Random, words: str) -> str:
    return luck.choice(QUOTES).format(words)


# The kinds of lines.


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
    text = _sent_with_people(luck, text, person)
    names = [*order, *keyed, *(["why_now"] if why else [])]
    separated = not _reads_two_ways(person, mark, [*parts, *keys], text)
    return Line(text=text, truth=truth(person, names), rep=rep, separated=separated, kind="in a row")


def _sent_with_people(luck: random.Random, text: str, person: Person) -> str:
    """`\x01` stands for the beginning of a mention, which is Slack's own mark and not escaped."""
    head, _, tail = text.partition("\x01")
    return sent(luck, head, person) + (f"<@{tail}" if tail else "")


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


PARTED = tuple(
    (first_last.split(" ", 1)[0], first_last.split(" ", 1)[1], first, last)
    for names in (
        NAMES[language] for language in ("English", "Swedish", "Danish", "Polish", "Czech", "Turkish", "Greek")
    )
    for first_last, first, last in names
    if first_last.count(" ") == 1 and "-" not in first_last and "'" not in first_last
)
"""First and last name, and the same as an address has them."""


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


KINDS: tuple[tuple[Callable[[random.Random], Line], int], ...] = (
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
