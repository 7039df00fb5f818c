"""Lines of which some can't be filed without a question, each with what is right."""

import random

from tests.unit.line_parts import (
    EMPLOYEES,
    KEYS,
    ROLES,
    SCORES,
    SURE_COMPANIES,
    SURE_MARKS,
    SURE_PHONES,
    Line,
    asks,
    fair,
    keyed_row,
    more,
    plain,
    row,
    sent,
    somebody,
    sure,
    sure_at,
    with_a_key,
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


# Mailboxes of nobody.
GENERIC = (
    *("info", "sales", "hello", "contact", "office", "kontakt", "ventas", "support", "marketing", "admin", "team"),
    *("mail", "service", "einkauf", "vertrieb", "comercial", "accueil", "vendite", "inkoop", "press", "enquiries"),
)
NO_PERSON = (
    *("Follow Up", "Call Back", "Spring Fair", "Trade Show", "Cold Call", "Demo Request", "Price List", "Web Form"),
    *("New Lead", "Hot Lead", "To Do", "Front Desk", "Sales Team", "Main Office", "Summer Campaign", "Open Day"),
    *("Customer Service", "Follow-Up", "Please Call", "Rückruf Bitte", "Messe Hannover", "Neue Anfrage"),
    *("Feria Madrid", "Nueva Consulta", "Salon Paris", "Nouvelle Demande"),
    *("Встреча", "Заявка", "会议", "展会", "電話", "اجتماع", "פגישה", "Συνάντηση", "문의", "बैठक"),
)
TITLED = (
    *("Dr. {}", "Dr {}", "Mr {}", "Mr. {}", "Mrs {}", "Mrs. {}", "Ms {}", "Ms. {}", "Prof. {}", "Prof. Dr. {}"),
    *("Herr {}", "Frau {}", "Mme {}", "Sra. {}", "Sr. {}"),
)


def generic_address(luck: random.Random) -> Line:
    """An address that tells nothing of a name: the words beside it are one only where a title or a key says so."""
    person = sure(luck)
    person.fields["email"] = f"{luck.choice(GENERIC)}@{person.fields['website']}"
    kind = "generic address"
    match luck.choices(("words", "name", "title", "key"), (5, 1, 2, 2)):
        case ["words"]:
            person.fields["name"] = luck.choice(NO_PERSON)
            run_on = "{name} at {company}, {email}".format_map(person.fields)
            return asks(luck, kind, luck.choice((row(luck, person), row(luck, person), run_on)), person)
        case ["name"]:
            return fair(luck, kind, row(luck, person), person)
        case ["title"]:
            person.fields["name"] = luck.choice(TITLED).format(person.fields["name"])
            return plain(luck, kind, row(luck, person), person)
        case _:
            return plain(luck, kind, keyed_row(luck, person), person)


# What people type beside a company, of which it is no part.
AROUND = (
    *("Not {}", "Ex {}", "Ex-{}", "Old {}", "Former {}", "Formerly {}", "Ehemals {}", "Früher {}", "Anciennement {}"),
    *("Competitor of {}", "Agency for {}", "Supplier of {}", "Supplier to {}", "Partner of {}", "Customer of {}"),
    *("Reseller of {}", "Consultant for {}", "Lieferant von {}", "Fournisseur de {}", "Left {}", "Maybe {}"),
    *("Probably {}", "Possibly {}", "{} ASAP", "{} asap", "{} TBC", "{} TBD", "{} VIP", "{} Renewal", "{} renewal"),
    *("{} urgent", "{} URGENT", "{} hot", "{} again", "{} pls", "{} maybe", "{} dringend", "{} upsell", "{} churned"),
    *("{} +1", "{} +2", "{} x2", "{}!!!", "{}!!", "{}?", "{}??", "{} (?)", "{} (former)", "{} (ASAP)", "{} - renewal"),
)
TOGETHER = (
    *("{}/{}", "{} & {}", "{} + {}", "{} and {}", "{}+{}", "{} und {}", "{} et {}", "{} / {}", "{} or {}", "{} vs {}"),
    *("{} via {}", "{} c/o {}", "{} x {}", "{}&{}"),
)
# Companies with such words in their names, as their domains show.
REALLY_CALLED = (
    *(("Old Mutual", "oldmutual.com"), ("Old Navy", "oldnavy.com"), ("VIP Industries", "vipindustries.co.in")),
    *(("Partners Group", "partnersgroup.com"), ("Partner in Pet Food", "partnerinpetfood.com")),
    *(
        ("Agency Within", "agencywithin.com"),
        ("Supplier Gateway", "suppliergateway.com"),
        ("Hot Topic", "hottopic.com"),
    ),
    *(("Ex Libris", "exlibris.com"), ("Former Glory", "formerglory.com")),
    *(
        ("Exxon Mobil", "exxonmobil.com"),
        ("Yum! Brands", "yumbrands.com"),
        ("Johnson & Johnson", "johnson-johnson.com"),
        ("Notion", "notion.so"),
    ),
    *(("Barnes & Noble", "barnesandnoble.com"), ("Renewal by Andersen", "renewalbyandersen.com")),
)


def words_at_a_company(luck: random.Random) -> Line:
    """Words that are no part of a company's name, and companies that have them in their names."""
    person, kind = sure(luck), "words at a company"
    company = person.fields["company"]
    what = luck.choices(("around", "together", "really"), (5, 2, 2))[0]
    if what == "really":
        person = sure_at(luck, *luck.choice(REALLY_CALLED))
        return plain(luck, kind, luck.choice((row, row, keyed_row))(luck, person), person)
    if what == "around":
        company = luck.choice(AROUND).format(company)
    else:
        both = [company, luck.choice([name for name, _ in SURE_COMPANIES if name != company])]
        luck.shuffle(both)
        company = luck.choice(TOGETHER).format(*both)
    name, email = person.fields["name"], person.fields["email"]
    text = luck.choice(
        (
            *[row(luck, person, company=company)] * 4,
            keyed_row(luck, person, company=company),
            row(luck, person, luck.choice(ROLES), company=company),
            luck.choice(("{} at {}, {}", "{} from {}, {}", "{} ({}), {}", "{} @ {} {}")).format(name, company, email),
        )
    )
    return asks(luck, kind, text, person)


# Where private people have their mail: no company is called so.
MAIL_ONLY = (
    *(("Gmail", "gmail.com"), ("GMail", "gmail.com"), ("gmail", "gmail.com"), ("Google Mail", "googlemail.com")),
    *(("Hotmail", "hotmail.com"), ("Outlook", "outlook.com"), ("iCloud", "icloud.com"), ("icloud", "icloud.com")),
    *(("ProtonMail", "protonmail.com"), ("T-Online", "t-online.de"), ("Ymail", "ymail.com")),
)
# Where private people have their mail, and the company that provides it.
MAILBOXES = (
    *(("GMX", "gmx.de"), ("gmx", "gmx.net"), ("Web.de", "web.de"), ("web.de", "web.de"), ("AOL", "aol.com")),
    *(("Proton", "proton.me"), ("Yahoo", "yahoo.com"), ("yahoo", "yahoo.com"), ("Orange", "orange.fr")),
    *(("AT&T", "att.net"), ("Zoho", "zohomail.com")),
)
# Companies that provide mail, with an address that their people have.
EMPLOYERS = (
    *(("Zoho", "zoho.com"), ("Orange", "orange.com"), ("AT&T", "att.com"), ("Proton", "proton.ch")),
    *(("Yahoo", "yahooinc.com"), ("Zoho Corp", "zohocorp.com"), ("Comcast", "comcast.com"), ("Verizon", "verizon.com")),
    *(("Deutsche Telekom", "telekom.de"), ("Apple", "apple.com"), ("Swisscom", "swisscom.com")),
)


def at_a_provider(luck: random.Random) -> Line:
    """A company that also provides mail to everybody."""
    kind = "at a provider"
    what = luck.choices(("private", "run together", "together", "full name", "employer"), (3, 4, 2, 2, 3))[0]
    if what == "employer":
        person = sure_at(luck, *luck.choice(EMPLOYERS))
        return plain(luck, kind, luck.choice((row, row, row, keyed_row))(luck, person), person)
    known = luck.choice((MAIL_ONLY, MAILBOXES))
    person = sure_at(luck, *luck.choice(known))
    company, domain = person.fields["company"], person.fields["website"]
    first, last = person.fields["name"].lower().split()
    if what == "full name":
        return (asks if known is MAIL_ONLY else fair)(luck, kind, row(luck, person), person)
    if what == "private":
        local = luck.choice((f"{first}{last}84", f"{first}.{last}7", f"{last}{first[0]}1990", f"the.{first}", "sunny"))
        person.fields["email"] = f"{local}@{domain}"
        return asks(luck, kind, row(luck, person), person)
    if what == "together":
        both = [company, luck.choice(SURE_COMPANIES)[0]]
        luck.shuffle(both)
        form = luck.choice((*TOGETHER, "{} {}", "{} for {}", "{} - {}"))
        return asks(luck, kind, row(luck, person, company=form.format(*both)), person)
    person.fields["email"] = f"{luck.choice((first, last, f'{first}7', f'{first}_88'))}@{domain}"
    form = luck.choice(("{c} {n}, {e}", "{n} {c}, {e}", "{c} {n} {e}", "{n} {c} {e}", "{e} {c} {n}", "{e}, {n} {c}"))
    return asks(luck, kind, form.format(c=company, n=person.fields["name"], e=person.fields["email"]), person)


SCORES_IN_DOUBT = (
    *(">80", "<80", "≥80", "<=80", ">=80", "~70", "≈70", "-3", "−3", "70-80", "70–80", "72 employees", "72 %", "72%"),
    *("72/100", "7 of 10", "72 €", "$72", "ca. 70", "about 70", "70+", "70ish", "70?", "under 80", "over 80", "max 80"),
    *("7.5", "7,5", "72 days", "72 USD", "70 or 80", "72 seats", "not 72", "70 to 80", "7 out of 10", "< 80"),
)
SIZES_IN_DOUBT = (
    *(">500", "<500", "≥500", "50-100", "50–100", "50 - 100", "500+", "~500", "ca. 500", "about 500", "over 500"),
    *("mehr als 500", "plus de 500", "500?", "500 offices", "500 €", "-5", "500 locations", "500 customers", "> 500"),
    *("500 or 600", "500/600", "50 to 100", "500 plus", "min 500", "max. 500", "500 seats", "500 licences", "1000s"),
    *("500 score", "$500", "12%", "under 500", "fewer than 500", "+500 next year", "was 500", "not 500"),
)
SHORT_SIZES = (
    *(("5k", "5000"), ("5K", "5000"), ("1.2k", "1200"), ("1,2k", "1200"), ("10K", "10000"), ("2 k", "2000")),
    *(("1 Mio", "1000000"), ("1M", "1000000"), ("2 Tsd.", "2000"), ("3 thousand", "3000")),
)
LOOSE_SIZES = (
    *("500+ employees", "50-100 employees", ">500 employees", "~500 employees", "over 500 employees", "<50 employees"),
    *("about 500 employees", "50 to 100 employees", "500? employees", "ca. 500 employees", "-5 employees"),
)


def number_with_a_sign(luck: random.Random) -> Line:
    """A number that is more than its digits, as the key's value or loose: it is never filed as the bare number."""
    person, kind = sure(luck), "number with a sign"
    field = luck.choice(("score", "employees"))
    key = luck.choice(KEYS[field])
    equals = luck.choice(("=", "=", "=", " = ", ": "))
    what = luck.choices(("in doubt", "loose", "short", "plain"), (7, 1, 1, 3))[0]
    if what == "loose":
        return asks(luck, kind, row(luck, person, luck.choice(LOOSE_SIZES)), person)
    if what == "short":
        size, number = luck.choice(SHORT_SIZES)
        return fair(luck, kind, row(luck, person, f"employees{equals}{size}"), person, employees=number)
    if what == "plain":
        number, digits = luck.choice((*EMPLOYEES, ("500 employees", "500"), ("500 people", "500")))
        if field == "score":
            number = digits = luck.choice(SCORES)
        text = row(luck, person, f"{key}{equals}{number}")
        return plain(luck, kind, text, person, **{field: digits})
    value = luck.choice(SCORES_IN_DOUBT if field == "score" else SIZES_IN_DOUBT)
    said = f"{key}{equals}{value}"
    behind = luck.choice(((), (), ("source=webinar",), (luck.choice(ROLES),)))
    text = luck.choice((row(luck, person, said, *behind), f"{keyed_row(luck, person)}, {said}"))
    return asks(luck, kind, text, person)


SOMEBODYS_ROLES = (
    *("CEO", "CTO", "CFO", "COO", "buyer", "Head of Marketing", "VP Sales", "Managing Director", "Geschäftsführer"),
    *("Einkaufsleiter", "Directeur commercial", "Sales Manager"),
)
# A note or a question, and never the role.
ABOUT_A_ROLE = (
    *("knows the {}", "hates the {}", "met the {}", "reports to the {}", "spoke to the {}", "replaced the {}"),
    *("wants to meet the {}", "is not the {}", "was {} before", "will be {} soon", "asked for the {}", "kennt den {}"),
    *("works for the {}", "is friends with the {}", "wants to become {}", "is married to the {}", "husband of {}"),
    *("wife of the {}", "friend of the {}", "son of the {}", "neighbour of the {}", "thanks to {}", "not the {}"),
)
# Neither this role nor none.
NOT_QUITE_A_ROLE = (
    *("maybe {}", "possibly {}", "probably {}", "perhaps {}", "future {}", "lost {}", "former {}", "ex {}", "ex-{}"),
    *("not {}", "no {}", "Nachfolger {}", "Vorgänger {}", "ehemaliger {}", "künftiger {}", "ancien {}", "futur {}"),
    *("fake {}", "{}?", "{} maybe", "next {}", "old {}", "so-called {}", "{} until June", "{} (former)", "{} or so"),
)
REAL_ROLES = (
    *("assistant to the CEO", "Executive Assistant to the CFO", "Chief of Staff to the CEO", "Deputy CEO"),
    *("Interim CFO", "Acting CTO", "Assistentin der Geschäftsführung", "Advisor to the Board", "Secretary to the CEO"),
    *("Stellvertretender Geschäftsführer", "Assistante de direction"),
)


def role_in_a_sentence(luck: random.Random) -> Line:
    """Words around a role: they say of whom it is the role, or that it is none."""
    person, kind = sure(luck), "role in a sentence"
    what = luck.choices(("sentence", "not quite", "real", "dot", "key"), (4, 5, 1, 2, 1))[0]
    role = luck.choice(SOMEBODYS_ROLES)
    match what:
        case "sentence":
            said = luck.choice(ABOUT_A_ROLE).format(role)
            return fair(luck, kind, row(luck, person, said), person, why_now=said)
        case "not quite":
            said = luck.choice(NOT_QUITE_A_ROLE).format(role)
            between = "{name}, {said}, {company}, {email}".format(said=said, **person.fields)
            beside = "{name} ({said}), {company}, {email}".format(said=said, **person.fields)
            return asks(
                luck, kind, luck.choice((row(luck, person, said), row(luck, person, said), between, beside)), person
            )
        case "real":
            said = luck.choice(REAL_ROLES)
            return fair(luck, kind, row(luck, person, said), person, title=said)
        case "dot":
            return plain(luck, kind, row(luck, person, f"{role}."), person, title=role)
        case _:
            said = luck.choice(REAL_ROLES)
            return plain(luck, kind, row(luck, person, f"title={said}"), person, title=said)


# Values with words behind them that are no part of them.
RUN_ON: dict[str, tuple[str, ...]] = {
    "source": (
        *("webinar urgent", "fair asap", "webinar (hot)", "webinar call today", "webinar pls call", "fair VIP"),
        *("webinar!!!", "LinkedIn ASAP", "referral hot lead", "webinar - urgent", "webinar tbc", "messe dringend"),
        *("fair +1", "webinar?", "webinar call back", "salon rappeler", "feria urgente"),
    ),
    "campaign": (
        *("Spring urgent", "Q3 asap", "Spring Launch pls call", "Q3 (hot)", "spring call back today", "Q3!!!", "Q3?"),
        *("spring-launch VIP", "Q3 tbc", "Q3 +1", "Spring Launch dringend"),
    ),
    "title": (
        *("CTO Chennai", "CEO Berlin", "CFO asap", "VP Sales urgent", "CTO (hot)", "Buyer Paris", "CEO call today"),
        *("Head of Marketing Munich", "CTO hot lead", "Founder tbc", "CTO?", "CEO pls call", "CTO +1", "CFO VIP"),
    ),
}
# What people type where they know nothing.
NOTHING = (
    *("n/a", "N/A", "tbd", "TBD", "none", "None", "unknown", "-", "--", "—", "?", "??", "xxx", "XXX", "null", "nil"),
    *(
        "tba",
        "...",
        "unbekannt",
        "keine Angabe",
        "k.A.",
        "inconnu",
        "desconocido",
        "not sure",
        "no idea",
        "to be confirmed",
    ),
)
VALUES: dict[str, tuple[str, ...]] = {
    "source": ("webinar", "Trade fair", "Hannover Messe 2026", "partner referral", "LinkedIn Ads", "O'Reilly Summit"),
    "campaign": ("spring-launch", "Spring Launch 2026", "black friday", "Q3 EMEA"),
    "title": ("CTO", "VP Sales", "Head of Marketing", "Chief Technology Officer", "Managing Director", "Founder"),
}


def value_that_is_none(luck: random.Random) -> Line:
    """A key whose value runs on, or says that nothing is known: neither is filed as the value."""
    person, kind = sure(luck), "value that is none"
    equals = luck.choice(("=", "=", "=", " = ", ": "))
    what = luck.choices(("run on", "nothing", "nobody", "plain"), (4, 3, 3, 3))[0]
    if what == "nobody":
        field = luck.choice(("name", "company"))
        value = luck.choice(NOTHING)
        rest = [person.fields[name] for name in ("name", "company", "email") if name != field]
        rest.insert(luck.randint(0, 2), f"{luck.choice(KEYS[field])}{equals}{value}")
        alone = luck.choice(SURE_MARKS).join(rest)
        text = luck.choice((alone, keyed_row(luck, person, **{field: value})))
        return asks(luck, kind, text, person)
    field = luck.choice(("source", "campaign", "title"))
    if what == "nothing":
        field = luck.choice((field, "phone", "website", "score", "employees"))
        said = f"{luck.choice(KEYS[field])}{equals}{luck.choice(NOTHING)}"
        return fair(luck, kind, with_a_key(luck, person, said), person)
    value = luck.choice((RUN_ON if what == "run on" else VALUES)[field])
    text = with_a_key(luck, person, f"{luck.choice(KEYS[field])}{equals}{value}")
    return asks(luck, kind, text, person) if what == "run on" else plain(luck, kind, text, person, **{field: value})


# An address with another part at it: which letters are the address?
GLUED = (
    *("{e}{t}", "{t}-{e}", "{t}.{e}", "{t}_{e}", "{t}{e}", "{e}-{t}", "{e}.{t}", "{e}_{t}", "{t}/{e}", "{t}+{e}"),
    *("{e}{c}", "{c}-{e}", "{p}{e}", "{e}{e}"),
)
# Two numbers in one, a part of one, or a year.
HALF_PHONES = (
    *("(2026) 123-4567", "(2025) 555-0132", "(1999) 765-4321", "+91 44 6744 7070 / 71", "+91 44 6744 7070/71"),
    *("+49 30 1234567/68", "+1 415 555 2671 or 2672", "+1 415 555 2671CTO", "CTO+1 415 555 2671", "+1 415 555 26xx"),
    *("+44 20 7946 0958 / 0959", "+33 1 42 68 53 00 / 01", "+1 415 555 2671 / +1 415 555 2672"),
    *("+49 30 1234567 oder 68", "+1 415 555 2671 2672 2673", "+49 30 1234567 - 70 - 71"),
    *("+1 415 555 2671+1 415 555 2672", "+91 44 6744 7070 & 71"),
)


def glued(luck: random.Random) -> Line:
    """Parts that nothing stands between."""
    person, kind = sure(luck), "glued"
    short, phone = luck.choice(("CTO", "CEO", "CFO", "VP", "Buyer", "Founder")), luck.choice(SURE_PHONES)
    what = luck.choices(("address", "phone", "key", "seam", "apart"), (4, 3, 1, 1, 3))[0]
    if what == "seam":
        email = person.fields["email"]
        if luck.random() < 0.5:
            return fair(luck, kind, row(luck, person, email=f"{email}{phone}"), person, phone=phone)
        return fair(luck, kind, row(luck, person, email=f"{email}/{short}"), person, title=short)
    if what == "apart":
        text = row(luck, person, *luck.choice(((short, phone), (phone, short), (short,), (phone,))))
        said = {name: value for name, value in (("title", short), ("phone", phone)) if value in text}
        return plain(luck, kind, text, person, **said)
    if what != "address":
        number = luck.choice(HALF_PHONES)
        return asks(luck, kind, row(luck, person, number if what == "phone" else f"phone={number}"), person)
    glued = luck.choice(GLUED).format(e=person.fields["email"], t=short, c=person.fields["company"], p=phone)
    # Slack makes a link of the whole, or of nothing.
    text = sent(luck, row(luck, person, email="\x01"))
    link = f"<mailto:{glued}|{glued}>" if glued.count("@") == 1 and " " not in glued and luck.random() < 0.3 else glued
    return Line(text=text.replace("\x01", link), truth=None, separated=False, kind=kind)
