"""Words for what people do."""

from bot.slack.quicktext.words.reading import words

# Roles of a whole company. A company or a person follows them.
TOP_ROLES = words(
    """
    ceo cto cfo coo cmo cio ciso cro cpo chro cdo founder cofounder owner chairman chairwoman geschaftsfuhrer
    geschaftsfuhrerin geschaeftsfuehrer geschaeftsfuehrerin geschäftsführer geschäftsführerin inhaber inhaberin pdg
    """
)

ROLE_WORDS = words(
    """
    dsi verwaltungsrat verwaltungsratin teamleiterin ceo cto cfo coo cmo cio ciso cro cpo chro cdo vp svp evp avp
    chief president director head manager engineer developer architect lead leader founder cofounder owner consultant
    analyst specialist coordinator assistant executive officer captain partner revops buyer purchaser representative
    administrator designer scientist professor teacher accountant controller recruiter strategist planner producer
    editor secretary chairman chairwoman chair principal supervisor technician advisor adviser intern student
    programmer trainer auditor broker attorney lawyer counsel nurse physician researcher operator boss hacker
    werkstudent werkstudentin praktikant praktikantin trainee evangelist copywriter merchandiser kaufmann kauffrau
    geschaftsfuhrer geschaftsfuhrerin geschaeftsfuehrer geschaeftsfuehrerin leiter leiterin leitung vorstand prokurist
    prokuristin einkaufer einkauferin entwickler entwicklerin berater beraterin inhaber inhaberin referent referentin
    beauftragter beauftragte assistenz assistentin ingenieur ingenieurin sachbearbeiter sachbearbeiterin vertriebler
    abteilungsleiter abteilungsleiterin projektleiter projektleiterin vertriebsleiter vertriebsleiterin einkaufsleiter
    einkaufsleiterin marketingleiter marketingleiterin personalleiter personalleiterin werksleiter bereichsleiter
    teamleiter teamleiterin directeur directrice responsable gerant gerante pdg presidente chef acheteur acheteuse
    ingenieure charge chargee dirigeant directora gerente jefe jefa ingeniero ingeniera encargado encargada diretor
    diretora chefe direttore direttrice responsabile amministratore titolare comprador compradora socio fundador
    fundadora fondateur fondatrice hoofd inkoper eigenaar verkoopleider directie vd ansvarig inkopare verkstallande
    direktor direktør leder adm toimitusjohtaja johtaja paallikko dyrektor kierownik prezes wlasciciel reditel
    reditelka vedouci jednatel igazgato vezeto mudur muduru yonetici rukovoditel menedzher inzhener nachalnik
    dieythyntis
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
FUNCTIONS = words(
    """
    clinical controlling operaciones zakupow geschaftsfuhrung geschaeftsfuehrung operations sales technology
    commercial regional global general technical digital data people culture customer success partnerships revenue
    strategy innovation quality security information business development demand generation supply chain brand content
    analytics platform infrastructure cloud software hardware manufacturing purchasing talent services solutions
    accounts key international europe emea apac dach americas north south east west central commerciale general
    generale generaux technique techniques achats ventes tecnico tecnica comercial commerciali acquisti vendite ventas
    compras finanzas financeiro zarzadu einkauf vertrieb kauf international technik entwicklung produktion vertriebs
    innendienst aussendienst vendas projets projet qualite r d staff growth product products marketing design
    architecture communications communication transformation compliance safety risk tax treasury facilities fleet
    merchandising ecommerce commerce retail education programs programmes events community media public relations
    alliances channel channels learning construction nursing medicine admissions maintenance service delivery
    assurance intelligence investor experience workplace administration strategic planning performance field inside
    insights account enterprise smb corporate affairs real estate office delegato delegue deleguee delegado delegada
    sustainability procurement sourcing recruiting recruitment training inkop forsaljning administracao logistica
    recursos humanos marketingu sprzedazy handlowy comunicacion tecnologia informatica innovacion produccion
    production buchhaltung einkaufs marketings ressources humaines ventes systemes informatique ti rrhh rh dsi
    """
)

# Words before a role that belong to it.
QUALIFIERS = words(
    """
    senior junior associate deputy vice assistant interim acting global group regional co managing executive general
    divisional principal main first second certified registered chief staff full time part lead head vp svp evp
    stellvertretender stellvertretende stv kaufmannischer kaufmaennischer technischer technische leitender leitende
    adjoint adjointe directeur directora subdirector vicepresidente und and
    """
)

# Endings of words for roles, in languages that compound words. Folded.
ROLE_ENDINGS = (
    *("leiter", "leiterin", "leitung", "manager", "managerin", "chef", "chefin", "sjef", "direktor", "direktorin"),
    *("ingenieur", "ingenieurin", "berater", "beraterin", "ansvarig", "paallikko", "johtaja", "directeur"),
    *("entwickler", "entwicklerin", "kaufer", "kauferin", "kaeufer", "kaeuferin", "meister", "meisterin"),
)

DEPARTMENTS = words(
    """
    controlling sales marketing finance procurement purchasing operations hr it engineering legal support research r&d
    rd logistics production einkauf vertrieb buchhaltung personal technik entwicklung ventas compras achats comercial
    growth product
    """
)
