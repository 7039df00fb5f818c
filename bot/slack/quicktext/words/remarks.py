"""Words about a lead that are no part of a name: sources, sentences, doubts, what to do."""

from bot.slack.quicktext.words.reading import phrases, words

SOURCE_WORDS = words(
    """
    webinar fair messe expo conference congress summit event events website newsletter referral referrals inbound
    outbound campaign kampagne ads adwords linkedin facebook google instagram youtube podcast ebook whitepaper
    download demo trial blog seo sem organic cold meetup roadshow exhibition trade tradeshow show partner empfehlung
    webformular formular form chat list import seminar workshop day launch spring summer autumn winter friday q1 q2 q3
    q4 tour club booth stand survey
    """
)

# Phrases that are always a source.
SOURCES = phrases(
    """
    webinar | trade fair | trade show | website | newsletter | referral | partner referral | cold call | messe |
    linkedin ads | google ads | whitepaper | white paper | ebook | inbound | outbound | conference | demo request |
    contact form | web form | organic search | paid search | word of mouth | podcast | roadshow | empfehlung
    """
)

SENTENCE_STARTS = words(
    """
    asked asks asking want wants wanted needs needed need met interested looking looks is was has had have would will
    wishes likes liked requested requests downloaded attended visited called saw said evaluating evaluates planning
    plans ready please came talked spoke wrote signed registered booked filled replied hopes told tested tries tried
    uses using used watched read clicked applied urgent hat mochte moechte sucht braucht fragte interessiert wunscht
    wuenscht war ist fragt souhaite veut demande cherche aimerait quiere busca necesita pidio vuole cerca wil zoekt
    quer procura chce szuka vill soker vil soger
    """
)

# Words by which the writer leaves open that it is so.
UNSURE = words(
    """
    not no maybe perhaps possibly probably potential potentially apparently allegedly supposedly presumably unsure
    unknown unclear likely nicht kein keine keiner vielleicht eventuell evtl wahrscheinlich vermutlich angeblich wohl
    or oder ou oppure peutetre quizas quiza talvez forse misschien kanske
    """
)

# Words that make of the words beside them somebody or something else.
FORMER = words(
    """
    ex old former formerly previously previous past prior future next lost late ehemals ehemalig ehemalige ehemaliger
    vormals fruher fruhere fruherer frueher fruehere frueherer zukunftig zukuenftig kunftig kuenftig ancien ancienne
    futur antiguo antigua futuro futura anterior precedente successor predecessor nachfolger nachfolgerin vorganger
    vorgaenger vorgangerin vorgaengerin husband wife spouse girlfriend boyfriend daughter son colleague kollege
    kollegin
    """
)

URGENCY = words(
    """
    asap urgent urgently vip hot warm prio priority important dringend eilig wichtig urgente tbc tbd tba fyi
    """
)

# What a lead is to its seller, or what to do with it.
DEALS = words(
    """
    again pls plz please renewal renewals upsell crosssell expansion churn churned lost won closed dead duplicate dup
    dupe test fake spam junk competitor competitors rival supplier vendor reseller customer customers client clients
    prospect prospects opportunity deal pipeline poc pilot rfp quote callback followup reminder todo inquiry enquiry
    request subsidiary anfrage neuanfrage ruckruf rueckruf kunde kundin bestandskunde neukunde interessent
    wettbewerber konkurrent konkurrenz lieferant angebot concurrent concurrente fournisseur relance competidor
    competidora proveedor cliente concorrente fornitore agency agentur
    """
)

# What people write if they know nothing. Anything without a letter and a digit counts as well: `?`, `-`.
PLACEHOLDERS = frozenset(
    (
        *("na", "n a", "none", "nil", "null", "nobody", "unknown", "unk", "tbd", "tbc", "tba", "x", "xx", "xxx"),
        *("k a", "ka", "keine", "keine angabe", "unbekannt", "inconnu", "desconocido", "sconosciuto", "onbekend"),
        *("not known", "no idea", "dont know", "don t know", "not sure", "anonymous", "empty", "blank", "nothing"),
        *("to be confirmed", "to be determined", "to be announced", "not available", "not applicable", "no company"),
    )
)

GREETINGS = frozenset(
    (
        *(
            "best",
            "best regards",
            "kind regards",
            "regards",
            "cheers",
            "thanks",
            "thank you",
            "many thanks",
            "sincerely",
            "yours",
        ),
        *(
            "warm regards",
            "best wishes",
            "mit freundlichen grussen",
            "mit freundlichen gruessen",
            "viele grusse",
            "viele gruesse",
        ),
        *(
            "cordialement",
            "saludos",
            "saluti",
            "mfg",
            "lg",
            "vg",
            "br",
            "hi",
            "hello",
            "dear all",
            "sent from my iphone",
        ),
    )
)

ARTICLES = words("the a an his her our their my your der die das den dem ein eine le la les un une el los las il")

JOINED_BY = words("of in for at de a du fur fuer pour di da i van")

JOINING = words("and und et of for fur the fuer pour per och og i")

PREPOSITIONS = words("at from in on with via by bei chez who which to about as")

TEMPERATURES = words("hot warm new cold good great qualified mql sql next my our the a")
