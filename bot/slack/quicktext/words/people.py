"""Words of people's names, and words that stand around names."""

from bot.slack.quicktext.words.reading import words

# Words after a person's name, with a comma before them or not.
SUFFIXES = words(
    """
    jr sr ii iii iv md phd esq cpa mba dds dvm rn pe pmp cfa llm jd msc bsc dphil edd cissp mph obe cbe dr
    """
)

HONORIFICS = words(
    """
    herrn dr dring dipling hc rer nat mult univprof lic rev phil med habil pd prof mr mrs ms miss mx herr frau mme
    mlle m sr sra srta sig sigra dott ing mag dipl sir lady dra pan pani bay bayan
    """
)

# First names of many countries that mean nothing else. They tell a person if the address does not.
FIRST_NAMES = words(
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
    katarzyna kate katherine kathleen kathrin katie katja kay keith kenji kerstin kevin khalid kim kirsten klara klaus
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

# The commonest second family names in Spanish and Portuguese.
SURNAMES = words(
    """
    garcia silva santos costa rossi ferreira oliveira pereira souza sousa lima almeida ribeiro carvalho castro ortiz
    torres ramos flores rivera reyes morales ortega delgado marin rubio molina navarro serrano blanco suarez medina
    vega soto rojas mendoza guerrero cruz romero herrera aguilar vargas moreno alonso iglesias calvo vidal campos mora
    leon duran ibarra fuentes cabrera salazar aguirre rocha barbosa gomes lopes martins rodrigues fernandes mendes
    nunes teixeira correia moreira pinto dias
    """
)

PARTICLES = words(
    """
    de da do dos das del della der den di du la le van von zu zur ten ter bin binti bte ibn al el y e af av des los
    las t d ni nic ui mac ap
    """
)
