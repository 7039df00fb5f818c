"""Words of companies: legal forms, mail providers, parts of a company."""

from bot.slack.quicktext.words.reading import words

# Legal forms, without their dots.
LEGAL = words(
    """
    inc incorporated ltd limited llc llp lp gmbh mbh corp corporation plc pty pvt pte bv nv srl spa sarl sasu eurl ag
    kg kgaa ohg ug ev eg se sa sas ab oy oyj as asa aps kk sl slu lda ltda sro doo zoo spzoo kft zrt nyrt ooo oao zao
    pao ao sadecv cv co company tbk pt sti ltdsti eood ood bhd sdn gbr hf ehf jsc fze fzco fzc
    """
)

# Legal forms that mean nothing else, however they are written.
LEGAL_LOOSE = LEGAL - words(
    """
    co se sa ag as ab oy ev eg kg pt ao sl lp ug kk cv nv pe spa sas zoo hf
    """
)

# Legal forms that are also names of companies. After a comma they may be another company.
FORMS_AND_NAMES = frozenset({"SAS", "SE", "Spa", "SPA", "AO", "Co"})

LEGAL_PHRASES = (
    *(
        "gmbh & co. kg",
        "gmbh & co kg",
        "sp. z o.o.",
        "sp. z o. o.",
        "d.o.o.",
        "s.r.o.",
        "s. r. o.",
        "a.s.",
        "a.ş.",
        "k.k.",
    ),
    *(
        "e.v.",
        "s.a. de c.v.",
        "s.a.b. de c.v.",
        "s. de r.l. de c.v.",
        "co., ltd.",
        "pvt. ltd.",
        "pty ltd",
        "sdn bhd",
        "& co",
        "& cie",
        "a/s",
        "s/a",
        "i/s",
    ),
)

# Legal forms in scripts without Latin letters, anywhere in the name.
LEGAL_MARKS = (
    *(
        "株式会社",
        "有限会社",
        "合同会社",
        "有限公司",
        "股份",
        "集团",
        "公司",
        "주식회사",
        "(주)",
        "㈜",
        "유한회사",
        "شركة",
        "مؤسسة",
        "חברת",
    ),
    *(
        "בע״מ",
        'בע"מ',
        "ооо",
        "оао",
        "зао",
        "пао",
        "тов",
        "ао ",
        "αε",
        "α.ε.",
        "επε",
        "प्राइवेट",
        "लिमिटेड",
        "บริษัท",
        "công ty",
    ),
)

BUSINESS = words(
    """
    university universitat universitaet universite universidad universita college school institute institut bank
    banque banco group gruppe groupe holding holdings labs laboratories systems solutions technologies technology
    software industries consulting hospital klinik klinikum clinic verlag stadtwerke insurance versicherung foundation
    stiftung ministry airlines motors foods media studio studios agency agentur logistics logistik pharma
    pharmaceuticals energy energie capital ventures networks enterprises brothers bros sons sohne soehne hermanos
    fratelli corporation company werke association verein federation society societe partners international machines
    electronics telecom railways steel
    """
)

# Mail providers, by domain without its ending. They say nothing about a company.
FREE_MAIL = words(
    """
    gmail googlemail outlook hotmail live msn yahoo ymail rocketmail icloud me mac aol gmx web t-online tonline
    freenet proton protonmail pm mail inbox yandex rambler bk list qq 163 126 sina foxmail naver daum hanmail zoho
    fastmail zohomail hey free orange laposte wanadoo sfr libero virgilio tiscali alice wp o2 onet interia seznam
    centrum rediffmail hushmail tutanota tuta posteo mailbox email bluewin ziggo kpnmail telenet skynet uol bol terra
    ukr abv btinternet sky talktalk comcast verizon att sbcglobal cox duck arcor example
    """
)

# Mail providers that are no company where people work, but only the name of a mail product.
MAIL_PRODUCTS = words(
    """
    gmail googlemail outlook hotmail live msn ymail rocketmail icloud me mac gmx web t-online tonline freenet proton
    protonmail pm mail inbox bk list foxmail hanmail hey free wanadoo virgilio alice hushmail rediffmail tutanota tuta
    posteo mailbox email zohomail kpnmail btinternet sbcglobal duck example
    """
)

# Domains of providers whose addresses belong only to their own staff.
EMPLOYERS = frozenset(("proton.ch", "orange.com", "att.com", "comcast.com", "verizon.com", "zoho.com", "sky.uk"))

GENERIC_BOXES = words(
    """
    info sales contact hello hi office kontakt admin mail marketing support service team post vertrieb einkauf press
    jobs hr enquiries inquiry welcome accounts billing buero secretary
    """
)

# Places and parts of a company that have addresses of their own, and are no person.
PREMISES = words(
    """
    filiale standort niederlassung buro buero office offices branch zentrale centrale central werk lager empfang
    rezeption reception team teams abteilung abt dept department desk front frontoffice backoffice shift center centre
    service services property room hotline helpdesk switchboard warehouse facilities treasury bookings booking
    reservations payroll dispatch returns media careers recruiting compliance privacy security quality shipping export
    import webmaster postmaster newsletter staff employee visitor visitors guest guests versand disposition labor
    bewerbung bewerbungen datenschutz rechnung rechnungen mahnwesen redaktion presse pressestelle kundenservice
    bestellung bestellungen werkstatt praxis kanzlei verwaltung personalabteilung besucher sekretariat logistica
    acheteurs comptabilite ventes acquisti amministrazione inkoop verkoop inkop zakupy biuro nakup satinalma patron
    relations management enquiries inquiries lost night box events corporate project projects special digital vendor
    key account group oficina direction generale technischer strategischer global data science investor operations
    administration reception board everybody nobody anyone someone whoever all box mailbox inbox queue shop store
    ticket tickets order orders membership members community press editorial studio lab clinic surgery
    """
)
