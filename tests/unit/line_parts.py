"""What lines that flag a lead are made of: names of many languages, companies with legal forms, phones, addresses,
roles, sources, keys, quotes, and how Slack sends them.

Nothing here is shared with the program that reads such lines: what is known of names or legal forms there does not
make these lines, so a line that it does not understand can occur.
"""

import random
from collections.abc import Sequence
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
# What people add without quotes.
SENTENCES = ("asked for pricing", "wants to start in June", "is looking for a new vendor", "needs a quote by Friday")
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
# Nothing is in doubt about these: two words, and a company that its domain spells.
SURE_NAMES = (
    *(("Jane Doe", "jane", "doe"), ("Ravi Patel", "ravi", "patel"), ("Bob Ray", "bob", "ray")),
    *(("Mindy Chen", "mindy", "chen"), ("Anna Weber", "anna", "weber"), ("Luis Romero", "luis", "romero")),
    *(("Priya Nair", "priya", "nair"), ("Tom Becker", "tom", "becker"), ("Sofia Rossi", "sofia", "rossi")),
    *(("Emma Dubois", "emma", "dubois"), ("Erik Lund", "erik", "lund"), ("Hana Sato", "hana", "sato")),
    *(("Ewa Nowak", "ewa", "nowak"), ("Omar Haddad", "omar", "haddad"), ("Grace Kim", "grace", "kim")),
)
SURE_COMPANIES = (
    *(("Acme", "acme.com"), ("Globex", "globex.com"), ("Initech", "initech.io"), ("Hooli", "hooli.com")),
    *(("Vandelay", "vandelay.com"), ("Siemens", "siemens.com"), ("Nordwind", "nordwind.de"), ("Tokai", "tokai.co.jp")),
    *(("Stark Industries", "starkindustries.com"), ("Pied Piper", "piedpiper.com"), ("Blue Ocean", "blueocean.dev")),
    *(("Wayne Enterprises", "wayne-enterprises.com"), ("Contoso", "contoso.com"), ("Ferretti", "ferretti.it")),
)
SURE_PHONES = (
    *("+1 415 555 2671", "+49 30 1234567", "+44 20 7946 0958", "+33 1 42 68 53 00", "+91 98765 43210"),
    *("+1 (415) 555-0132", "+420 222 333 444", "+81-3-1234-5678"),
)
SURE_MARKS = (", ", ", ", ",", "; ", "\t", " | ", " · ")
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
    # Other values that are as right.
    also: tuple[Fields, ...] = ()


@dataclass(kw_only=True)
class Person:
    """Somebody to flag: the fields as they are to be understood, and as they are typed where that differs."""

    fields: Fields
    typed: Fields = field(default_factory=dict)
    free_mail: bool = False

    def say(self, name: str) -> str:
        return self.typed.get(name, self.fields[name])


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


def sure(luck: random.Random) -> Person:
    """Somebody whose address has both the name and the company."""
    return sure_at(luck, *luck.choice(SURE_COMPANIES))


def sure_at(luck: random.Random, company: str, domain: str) -> Person:
    """Somebody of this company, whose address has the whole name."""
    name, first, last = luck.choice(SURE_NAMES)
    local = luck.choice((f"{first}.{last}", f"{first}.{last}", f"{first}_{last}", f"{first}-{last}"))
    return Person(fields={"name": name, "company": company, "email": f"{local}@{domain}", "website": domain})


def row(luck: random.Random, person: Person, *behind: str, mark: str | None = None, **instead: str) -> str:
    """The name, the company and the address in a usual order, some of them typed as `instead` says, and more behind."""
    order = luck.choice(
        (
            *(("name", "company", "email"), ("name", "company", "email"), ("company", "name", "email")),
            *(("email", "name", "company"), ("name", "email", "company")),
        )
    )
    parts = [*(instead.get(name, person.fields[name]) for name in order), *behind]
    return (mark or luck.choice(SURE_MARKS)).join(parts)


def keyed_row(luck: random.Random, person: Person, **instead: str) -> str:
    """The same with a key before each, in any order."""
    names = ["name", "company", "email"]
    luck.shuffle(names)
    form = luck.choice(("{}={}", "{}={}", "{} = {}", "{}: {}"))
    mark = luck.choice((", ", "; ", "\n", "\t") if ":" in form else (" ", ", ", "; ", "\n", "\t"))
    return mark.join(form.format(luck.choice(KEYS[name]), instead.get(name, person.fields[name])) for name in names)


def with_a_key(luck: random.Random, person: Person, said: str) -> str:
    """The person's row, or keys, with a key more behind or before it."""
    mark = luck.choice(SURE_MARKS)
    return luck.choice(
        (
            row(luck, person, said, mark=mark),
            row(luck, person, said, mark=mark),
            f"{said}{mark}{row(luck, person, mark=mark)}",
            f"{keyed_row(luck, person)}, {said}",
        )
    )


def plain(luck: random.Random, kind: str, text: str, person: Person, **said: str) -> Line:
    """A line that is filed at once, with the person's name, company and address, and what else is said."""
    right = truth(person, ("name", "company", "email")) | said
    return Line(text=sent(luck, text, person), truth=right, separated=True, kind=kind)


def fair(luck: random.Random, kind: str, text: str, person: Person, **said: str) -> Line:
    """A line that may be filed so, and may be asked about."""
    right = truth(person, ("name", "company", "email")) | said
    return Line(text=sent(luck, text, person), truth=right, separated=False, kind=kind)


def asks(luck: random.Random, kind: str, text: str, person: Person) -> Line:
    """A line that nobody could file without a question."""
    return Line(text=sent(luck, text, person), truth=None, separated=False, kind=kind)


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


def sent_with_people(luck: random.Random, text: str, person: Person) -> str:
    """`\x01` stands for the beginning of a mention, which is Slack's own mark and not escaped."""
    head, _, tail = text.partition("\x01")
    return sent(luck, head, person) + (f"<@{tail}" if tail else "")
