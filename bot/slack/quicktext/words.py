"""Words by which people tell a role, a company, a name, a source or a sentence. Folded: lower case, Latin letters
without marks, but for scripts that have no case."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[str]:
    """The same with several words each, between bars."""
    return frozenset(" ".join(phrase.split()) for phrase in text.split("|"))


# What a field is called, before `=` or `:`.
LABELS = {
    "name": (
        "name",
        "full name",
        "fullname",
        "contact",
        "contact name",
        "contact person",
        "ansprechpartner",
        "nom",
        "nombre",
        *("invitee", "invitee name", "attendee", "氏名", "名前", "お名前", "姓名", "이름", "имя"),
    ),
    "first name": ("first name", "firstname", "given name", "vorname", "prénom", "prenom"),
    "last name": ("last name", "lastname", "surname", "family name", "nachname", "apellido", "apellidos", "cognome"),
    "company": (
        *("company", "company name", "account", "account name", "organisation", "organization", "employer", "business"),
        *(
            "firma",
            "unternehmen",
            "entreprise",
            "société",
            "empresa",
            "azienda",
            "bedrijf",
            "företag",
            "firma/organisation",
        ),
        *("会社名", "会社", "公司", "회사", "компания"),
    ),
    "email": (
        *(
            "email",
            "e-mail",
            "mail",
            "e mail",
            "email address",
            "e-mail address",
            "work email",
            "business email",
            "e-mail-adresse",
        ),
        *("courriel", "correo", "correo electrónico", "adresse e-mail", "posta elettronica"),
        *("invitee email", "attendee email", "メールアドレス", "メール", "邮箱", "이메일", "почта"),
    ),
    "title": (
        "title",
        "role",
        "position",
        "job title",
        "jobtitle",
        "job",
        "function",
        "funktion",
        "fonction",
        "poste",
        "cargo",
        "puesto",
        "ruolo",
        "functie",
        "befattning",
        *("役職", "职位", "직책", "должность"),
    ),
    "phone": (
        *(
            "phone",
            "tel",
            "telephone",
            "telefon",
            "téléphone",
            "teléfono",
            "mobile",
            "mobil",
            "cell",
            "phone number",
            "fon",
        ),
        *("direct", "office", "handy", "durchwahl", "tél", "mobile phone", "mobiltelefon", "portable", "gsm"),
        *("móvil", "movil", "celular", "telefono", "cellulare", "telefone", "telemóvel", "tlf", "telefoon", "mobiel"),
        *(
            "telefonnummer",
            "rufnummer",
            "ph",
            "desk",
            "landline",
            "festnetz",
            "mob",
            "whatsapp",
            "direct line",
            "direct dial",
            "work phone",
            "business phone",
            "telephone number",
        ),
        *("電話番号", "電話", "电话", "전화", "телефон"),
    ),
    "fax": ("fax", "telefax", "fax number", "faxnummer", "telecopie", "télécopie", "facsimile"),
    "website": ("website", "web", "site", "domain", "url", "homepage", "webseite", "company website"),
    "employees": ("employees", "size", "company size", "number of employees", "headcount", "mitarbeiter"),
    "source": ("source", "lead source", "quelle", "channel"),
    "campaign": ("campaign", "campaign name", "kampagne", "utm_campaign"),
    "score": ("score", "lead score"),
    "why_now": (
        "why",
        "why now",
        "why_now",
        "note",
        "notes",
        "comment",
        "comments",
        "message",
        "reason",
        "notiz",
        "nachricht",
    ),
    "rep": ("rep", "to", "owner", "assign to", "assigned to", "sales rep", "for rep"),
}
FIELD_OF = {label: name for name, labels in LABELS.items() for label in labels}
PHONE_LABELS = tuple(sorted((*LABELS["phone"], *"tpmocd"), key=len, reverse=True))
# As in signatures, at the beginning of a line.
LETTERS = {**dict.fromkeys("tpmocd", "phone"), "e": "email", "w": "website", "f": "fax"}

# What stands behind a person's name, with a comma before it or not.
SUFFIXES = _words(
    """
    jr sr ii iii iv md phd esq cpa mba dds dvm rn pe pmp cfa llm jd msc bsc dphil edd cissp mph obe cbe dr
    """
)
HONORIFICS = _words(
    """
    dr dring dipling hc rer nat mult univprof lic rev phil med habil pd prof mr mrs ms miss mx herr frau mme mlle m sr
    sra srta sig sigra dott ing mag dipl sir lady dra pan pani bay bayan
    """
)
# First names of many countries that mean nothing else, so that they tell a person where the address does not.
FIRST_NAMES = _words(
    """
    ada adam adele adrian agnes aida aisha alain alan alba albert alejandra alejandro alessandra alessandro alex
    alexander alexandra alexis alfonso alfred ali alice alicia alina ally alma alvaro amanda amelia amelie amina amir
    amy ana anders andre andrea andreas andres andrew andy angel angela angelika angelo anita anja ann anna anne
    annette annika anthony antoine anton antonia antonio anya arif arjun arnold arthur asa asha astrid audrey aurora
    barbara barry beata beatrice beatriz bella ben benedikt benjamin benno bernard bertha beth bettina bill birgit
    bjorn bob bodo boris brian brigitta brigitte bruce bruna bruno calvin camille carl carla carlos carmen carol
    carolin caroline carsten catarina catherine cathy cecile cecilia cesar charles charlotte chiara chloe chris
    christian christina christine christoph christophe christopher claire clara claudia claudio clemens colin conny
    cora corinna cornelia craig cristina cynthia dagmar damian dan daniel daniela danielle dario dave david debbie
    deborah denise dennis derek detlef diana diego dieter dimitri dirk dmitri dolores dominik donald donna doris
    dorothea dorothy douglas eberhard edgar edith eduardo edward elena eleni elias elif elisa elisabeth elizabeth ella
    ellen elsa elvira emil emilia emily emma enrique enzo eric erich erik erika ernst erwin esra esteban esther eva
    evelyn ewa fabian fabio fadi farid fatima felicia felix ferdinand fernando filip fiona flora florian frances
    francesca francesco francois frank franz frauke fred frederik frida friedrich fritz gabriel gabriela gail gemma
    georg george gerald gerd gerda gerhard gilbert gina giovanni gisela giulia gloria gonzalo gordon graham greg
    gregor greta guido guillaume gunther gustav gwen hanna hannah hans harald harry hartmut haruto hassan hedwig heidi
    heike heiko heiner heinz helen helena helene helga helmut helmuth henri henrik henry herbert hermann hilda hiroshi
    holger horst hugo hussein ian ibrahim igor ilse imran ines inga ingo ingrid irene iris isaac isabel isabella
    ismail ivan jack jacob jacques jaime jakob james jan jana jane janet jannik jasmin javier jean jeanne jeff
    jennifer jens jeremy jerome jesper jessica jim joachim joanna joanne joao jochen joe joel johan johannes john
    jonas jonathan jorge jose joseph joyce juan juergen julia julian julie juliet jurgen kai kara karen karin karl
    katarzyna kate katherine kathleen kathrin katie katja keith kenji kerstin kevin khalid kim kirsten klara klaus
    konrad konstantin kristina kumar kurt kyle lara lars laszlo laura laurent lea lee leila lena leo leon leonardo
    leonie leslie lewis liam lilian lilly lina linda lisa liu liz lorenzo lorna lothar louis luca lucas lucia lucie
    lucy ludwig luigi luis luisa lukas lukasz lydia madeleine magda magdalena maja malte manfred manon manuel manuela
    marc marcel marco marcus margaret margarita margit maria marianne marie marina mario marion markus marlene marta
    martin martina mary mateusz mathilde matteo matthew matthias maureen maurice max maximilian mehmet meike melanie
    merle mia michael michaela michal michel michele miguel mikael mike mina miriam mirjam mohamed mohammed mona
    monika moritz muhammad nadia nadine nancy naomi natalia natalie natasha nathan neil niccolo nicholas nick nicola
    nicolas nicole niels nigel niklas nikolai nils nina nino noah noel noor nora norbert noura odile ola oleg olga
    oliver olivia oliwia omar oscar oskar ottilie otto owen pablo pamela paola pascal pat patricia patricio patrick
    paul paula pauline paulo pavel pedro penelope percy pete peter petr petra phil philip philipp philippe pia pierre
    pilar piotr priya quentin rachel rafael rainer raj rajesh ralf ramon raphael raquel raul ravi raymond rebecca
    regina regine reinhard renate rene reza ricardo richard rita rob robert roberto robin rodrigo roger roland rolf
    roman romy rosa rosemary roy rudolf rupert ruth ryan sabine sally sam samantha samira samuel sandra sandy sanjay
    sara sarah sascha saskia scott sebastian selma serena sergei sergio sharon sheila siegfried sigrid silke silvia
    simon simona simone sina sindre siri sofia sofie sonia sonja sophie soren stanislav stefan stefanie stella stephan
    stephanie stephen steve steven stuart sue sunita susan susanne susi sven svenja sylvia tamara tania tanja tara
    tatiana tatjana ted teresa thea theo theresa thomas thorsten till tim tina tobias tom tomas tomasz tommy toni tony
    torsten trevor udo ulrich ulrike umar ursula ute uwe valentina valeria valerie vanessa vera veronica victor
    victoria viktor vincent vincenzo viola virginia vito vladimir volker walter wanda wendy wera werner wilhelm
    william wilma winfried wolfgang xavier xenia yannick yara yasmin yolanda yuki yusuf yves yvonne zara zeynep zoe
    zofia
    """
)
# Places and parts of a company that are no person, and that have addresses of their own.
PREMISES = _words(
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
# The commonest that are the second of two, in Spanish and Portuguese.
SURNAMES = _words(
    """
    garcia silva santos costa rossi ferreira oliveira pereira souza sousa lima almeida ribeiro carvalho castro ortiz
    torres ramos flores rivera reyes morales ortega delgado marin rubio molina navarro serrano blanco suarez medina
    vega soto rojas mendoza guerrero cruz romero herrera aguilar vargas moreno alonso iglesias calvo vidal campos mora
    leon duran ibarra fuentes cabrera salazar aguirre rocha barbosa gomes lopes martins rodrigues fernandes mendes
    nunes teixeira correia moreira pinto dias
    """
)
# Of a whole company, so that what stands behind them is one, or somebody.
TOP_ROLES = _words(
    """
    ceo cto cfo coo cmo cio ciso cro cpo chro cdo founder cofounder owner chairman chairwoman geschaftsfuhrer
    geschaftsfuhrerin geschaeftsfuehrer geschaeftsfuehrerin geschäftsführer geschäftsführerin inhaber inhaberin pdg
    """
)
PARTICLES = _words(
    """
    de da do dos das del della der den di du la le van von zu zur ten ter bin binti bte ibn al el y e af av des los las
    t d ni nic ui mac ap
    """
)

# Legal forms, without their dots.
LEGAL = _words(
    """
    inc incorporated ltd limited llc llp lp gmbh mbh corp corporation plc pty pvt pte bv nv srl spa sarl sasu eurl ag
    kg kgaa ohg ug ev eg se sa sas ab oy oyj as asa aps kk sl slu lda ltda sro doo zoo spzoo kft zrt nyrt ooo oao zao
    pao ao sadecv cv co company tbk pt sti ltdsti eood ood bhd sdn gbr hf ehf jsc fze fzco fzc
    """
)
# Those that mean nothing else, however they are written.
LEGAL_LOOSE = LEGAL - _words(
    """
    co se sa ag as ab oy ev eg kg pt ao sl lp ug kk cv nv pe spa sas zoo hf
    """
)
# Legal forms that are also what a company is called, so that behind a comma they may be another.
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
# The same in scripts without Latin letters, anywhere in the name.
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
BUSINESS = _words(
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

ROLE_WORDS = _words(
    """
    ceo cto cfo coo cmo cio ciso cro cpo chro cdo vp svp evp avp chief president director head manager engineer
    developer architect lead leader founder cofounder owner consultant analyst specialist coordinator assistant
    executive officer captain partner revops buyer purchaser representative administrator designer scientist professor
    teacher accountant controller recruiter strategist planner producer editor secretary chairman chairwoman chair
    principal supervisor technician advisor adviser intern student programmer trainer auditor broker attorney lawyer
    counsel nurse physician researcher operator boss hacker werkstudent werkstudentin praktikant praktikantin trainee
    evangelist copywriter merchandiser kaufmann kauffrau geschaftsfuhrer geschaftsfuhrerin geschaeftsfuehrer
    geschaeftsfuehrerin leiter leiterin leitung vorstand prokurist prokuristin einkaufer einkauferin entwickler
    entwicklerin berater beraterin inhaber inhaberin referent referentin beauftragter beauftragte assistenz
    assistentin ingenieur ingenieurin sachbearbeiter sachbearbeiterin vertriebler abteilungsleiter abteilungsleiterin
    projektleiter projektleiterin vertriebsleiter vertriebsleiterin einkaufsleiter einkaufsleiterin marketingleiter
    marketingleiterin personalleiter personalleiterin werksleiter bereichsleiter teamleiter teamleiterin directeur
    directrice responsable gerant gerante pdg presidente chef acheteur acheteuse ingenieure charge chargee dirigeant
    directora gerente jefe jefa ingeniero ingeniera encargado encargada diretor diretora chefe direttore direttrice
    responsabile amministratore titolare comprador compradora socio fundador fundadora fondateur fondatrice hoofd
    inkoper eigenaar verkoopleider directie vd ansvarig inkopare verkstallande direktor direktør leder adm
    toimitusjohtaja johtaja paallikko dyrektor kierownik prezes wlasciciel reditel reditelka vedouci jednatel igazgato
    vezeto mudur muduru yonetici rukovoditel menedzher inzhener nachalnik dieythyntis
    """
)
ROLE_MARKS = (
    *(
        "部長",
        "課長",
        "社長",
        "担当",
        "取締役",
        "经理",
        "总监",
        "总裁",
        "主管",
        "主任",
        "董事",
        "대표",
        "이사",
        "부장",
        "과장",
        "팀장",
        "본부장",
    ),
    *(
        "مدير",
        "رئيس",
        "מנכ",
        "מנהל",
        "סמנכ",
        "प्रबंधक",
        "निदेशक",
        "директор",
        "руководитель",
        "менеджер",
        "διευθυντ",
        "giám đốc",
    ),
)
# What a role is about.
FUNCTIONS = _words(
    """
    operations sales technology commercial regional global general technical digital data people culture customer
    success partnerships revenue strategy innovation quality security information business development demand
    generation supply chain brand content analytics platform infrastructure cloud software hardware manufacturing
    purchasing talent services solutions accounts key international europe emea apac dach americas north south east
    west central commerciale general generale generaux technique techniques achats ventes tecnico tecnica comercial
    commerciali acquisti vendite ventas compras finanzas financeiro zarzadu einkauf vertrieb kauf international
    technik entwicklung produktion vertriebs innendienst aussendienst vendas projets projet qualite r d staff growth
    product products marketing design architecture communications communication transformation compliance safety risk
    tax treasury facilities fleet merchandising ecommerce commerce retail education programs programmes events
    community media public relations alliances channel channels learning construction nursing medicine admissions
    maintenance service delivery assurance intelligence investor experience workplace administration strategic
    planning performance field inside insights account enterprise smb corporate affairs real estate office delegato
    delegue deleguee delegado delegada sustainability procurement sourcing recruiting recruitment training inkop
    forsaljning administracao logistica recursos humanos marketingu sprzedazy handlowy comunicacion tecnologia
    informatica innovacion produccion production buchhaltung einkaufs marketings ressources humaines ventes systemes
    informatique ti rrhh rh dsi
    """
)
# What stands before a role and belongs to it.
QUALIFIERS = _words(
    """
    senior junior associate deputy vice assistant interim acting global group regional co managing executive general
    divisional principal main first second certified registered chief staff full time part lead head vp svp evp
    stellvertretender stellvertretende stv kaufmannischer kaufmaennischer technischer technische leitender leitende
    adjoint adjointe directeur directora subdirector vicepresidente und and
    """
)
# As what words for roles end in languages that make one word of several. Folded.
ROLE_ENDINGS = (
    *("leiter", "leiterin", "leitung", "manager", "managerin", "chef", "chefin", "sjef", "direktor", "direktorin"),
    *("ingenieur", "ingenieurin", "berater", "beraterin", "ansvarig", "paallikko", "johtaja", "directeur"),
    *("entwickler", "entwicklerin", "kaufer", "kauferin", "kaeufer", "kaeuferin", "meister", "meisterin"),
)
DEPARTMENTS = _words(
    """
    sales marketing finance procurement purchasing operations hr it engineering legal support research r&d rd
    logistics production einkauf vertrieb buchhaltung personal technik entwicklung ventas compras achats comercial
    growth product
    """
)

SOURCE_WORDS = _words(
    """
    webinar fair messe expo conference congress summit event events website newsletter referral referrals inbound
    outbound campaign kampagne ads adwords linkedin facebook google instagram youtube podcast ebook whitepaper
    download demo trial blog seo sem organic cold meetup roadshow exhibition trade tradeshow show partner empfehlung
    webformular formular form chat list import seminar workshop day launch spring summer autumn winter friday q1 q2 q3
    q4 tour club booth stand survey
    """
)
# What is nothing but a source.
SOURCES = _phrases(
    """
    webinar | trade fair | trade show | website | newsletter | referral | partner referral | cold call | messe |
    linkedin ads | google ads | whitepaper | white paper | ebook | inbound | outbound | conference | demo request |
    contact form | web form | organic search | paid search | word of mouth | podcast | roadshow | empfehlung
    """
)

SENTENCE_STARTS = _words(
    """
    asked asks asking want wants wanted needs needed need met interested looking looks is was has had have would will
    wishes likes liked requested requests downloaded attended visited called saw said evaluating evaluates planning
    plans ready please came talked spoke wrote signed registered booked filled replied hopes told tested tries tried
    uses using used watched read clicked applied urgent hat mochte moechte sucht braucht fragte interessiert wunscht
    wuenscht war ist fragt souhaite veut demande cherche aimerait quiere busca necesita pidio vuole cerca wil zoekt
    quer procura chce szuka vill soker vil soger
    """
)

# Whoever writes them does not say that it is so.
UNSURE = _words(
    """
    not no maybe perhaps possibly probably potential potentially apparently allegedly supposedly presumably unsure
    unknown unclear likely nicht kein keine keiner vielleicht eventuell evtl wahrscheinlich vermutlich angeblich wohl
    or oder ou oppure peutetre quizas quiza talvez forse misschien kanske
    """
)
# Somebody or something else than what stands beside them.
FORMER = _words(
    """
    ex old former formerly previously previous past prior future next lost late ehemals ehemalig ehemalige ehemaliger
    vormals fruher fruhere fruherer frueher fruehere frueherer zukunftig zukuenftig kunftig kuenftig ancien ancienne
    futur antiguo antigua futuro futura anterior precedente successor predecessor nachfolger nachfolgerin vorganger
    vorgaenger vorgangerin vorgaengerin husband wife spouse girlfriend boyfriend daughter son colleague kollege
    kollegin
    """
)
URGENCY = _words(
    """
    asap urgent urgently vip hot warm prio priority important dringend eilig wichtig urgente tbc tbd tba fyi
    """
)
# What a lead is to its seller, or what is to be done with it.
DEALS = _words(
    """
    again pls plz please renewal renewals upsell crosssell expansion churn churned lost won closed dead duplicate dup
    dupe test fake spam junk competitor competitors rival supplier vendor reseller customer customers client clients
    prospect prospects opportunity deal pipeline poc pilot rfp quote callback followup reminder todo inquiry enquiry
    request subsidiary anfrage neuanfrage ruckruf rueckruf kunde kundin bestandskunde neukunde interessent
    wettbewerber konkurrent konkurrenz lieferant angebot concurrent concurrente fournisseur relance competidor
    competidora proveedor cliente concorrente fornitore agency agentur
    """
)
# What people write where they know nothing; beside them whatever has no letter and no digit: `?`, `-`.
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

# Of a domain the label before its ending: the address says nothing of a company.
FREE_MAIL = _words(
    """
    gmail googlemail outlook hotmail live msn yahoo ymail rocketmail icloud me mac aol gmx web t-online tonline
    freenet proton protonmail pm mail inbox yandex rambler bk list qq 163 126 sina foxmail naver daum hanmail zoho
    fastmail zohomail hey free orange laposte wanadoo sfr libero virgilio tiscali alice wp o2 onet interia seznam
    centrum rediffmail hushmail tutanota tuta posteo mailbox email bluewin ziggo kpnmail telenet skynet uol bol terra
    ukr abv btinternet sky talktalk comcast verizon att sbcglobal cox duck arcor example
    """
)
# Those of them that are no company where people work, but a name of mail.
MAIL_PRODUCTS = _words(
    """
    gmail googlemail outlook hotmail live msn ymail rocketmail icloud me mac gmx web t-online tonline freenet proton
    protonmail pm mail inbox bk list foxmail hanmail hey free wanadoo virgilio alice hushmail rediffmail tutanota tuta
    posteo mailbox email zohomail kpnmail btinternet sbcglobal duck example
    """
)
# Domains of providers that only those have who work there.
EMPLOYERS = frozenset(("proton.ch", "orange.com", "att.com", "comcast.com", "verizon.com", "zoho.com", "sky.uk"))
GENERIC_BOXES = _words(
    """
    info sales contact hello hi office kontakt admin mail marketing support service team post vertrieb einkauf press
    jobs hr enquiries inquiry welcome accounts billing buero secretary
    """
)

CITIES = _words(
    """
    berlin munich munchen muenchen hamburg frankfurt koln cologne stuttgart dusseldorf leipzig dresden hannover
    nuremberg nurnberg vienna wien zurich zuerich geneva basel bern paris lyon marseille toulouse nice london
    manchester birmingham edinburgh glasgow bristol dublin madrid barcelona valencia sevilla lisbon lisboa porto rome
    roma milan milano turin torino naples amsterdam rotterdam utrecht brussels antwerp copenhagen stockholm gothenburg
    oslo helsinki warsaw warszawa krakow prague praha budapest athens istanbul ankara moscow kyiv kiev bucharest sofia
    belgrade zagreb tallinn riga vilnius boston chicago seattle austin denver dallas houston atlanta miami
    philadelphia phoenix portland toronto montreal vancouver ottawa calgary tokyo osaka kyoto seoul busan beijing
    shanghai shenzhen guangzhou hangzhou taipei singapore jakarta bangkok hanoi manila mumbai delhi bangalore
    bengaluru hyderabad chennai pune kolkata dubai riyadh doha cairo nairobi lagos johannesburg sydney melbourne
    brisbane perth auckland lima bogota santiago rio kreuzberg
    """
)
PLACES = CITIES | _words(
    """
    mexico germany deutschland france austria osterreich oesterreich switzerland schweiz suisse italy italia spain
    espana portugal netherlands belgium denmark sweden norway finland poland polska czechia hungary greece turkey
    russia ukraine romania bulgaria ireland scotland wales england uk britain usa us america canada brazil brasil
    argentina chile colombia peru china japan korea india indonesia vietnam thailand philippines malaysia australia
    egypt morocco nigeria kenya israel emirates uae qatar europe emea apac dach benelux nordics bavaria bayern hessen
    saxony california texas florida
    """
)
# What companies have before their names.
NATIONS = _words(
    """
    royal national federal american british english scottish irish german french dutch belgian swiss austrian italian
    spanish portuguese danish swedish norwegian finnish polish czech hungarian greek turkish russian ukrainian chinese
    japanese korean indian australian canadian mexican brazilian african european asian nordic deutsche deutscher
    deutsches schweizer osterreichische oesterreichische banco grupo gruppo groupe compagnie credit credito cassa
    caixa
    """
)
# What is called after a place, or after somebody, with `of` between.
INSTITUTIONS = _words(
    """
    university universitat universitaet universite universidad universidade college school institute bank banco banque
    city ministry museum state department republic kingdom house church hospital port council museum isle town
    government academy society association federation chamber board office council court airport club
    """
)
PLACE_PHRASES = _phrases(
    """
    new york | los angeles | san francisco | san diego | san jose | las vegas | hong kong | tel aviv | sao paulo |
    buenos aires | mexico city | cape town | new zealand | south africa | south korea | saudi arabia | united states
    | united kingdom | great britain | new delhi | abu dhabi | st gallen | ho chi minh city | kuala lumpur | rio de
    janeiro | the hague | den haag | washington dc | salt lake city | north america | latin america
    """
)

ARTICLES = _words("the a an his her our their my your der die das den dem ein eine le la les un une el los las il")
JOINED_BY = _words("of in for at de a du fur fuer pour di da i van")
JOINING = _words("and und et of for fur the fuer pour per och og i")
PREPOSITIONS = _words("at from in on with via by bei chez who which to about as")
# Words that are no part of a person's name.
NO_NAME = (ROLE_WORDS | SENTENCE_STARTS | SOURCE_WORDS | DEPARTMENTS | BUSINESS | PLACES | PREPOSITIONS) - _words(
    """
    chase may april summer friday winter will club sofia austin dallas sydney santiago milan paris lima phoenix houston
    """
)
TEMPERATURES = _words("hot warm new cold good great qualified mql sql next my our the a")
