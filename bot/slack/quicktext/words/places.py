"""Cities and countries, and what is named after them."""

from bot.slack.quicktext.words.reading import phrases, words

CITIES = words(
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

PLACES = CITIES | words(
    """
    mexico germany deutschland france austria osterreich oesterreich switzerland schweiz suisse italy italia spain
    espana portugal netherlands belgium denmark sweden norway finland poland polska czechia hungary greece turkey
    russia ukraine romania bulgaria ireland scotland wales england uk britain usa us america canada brazil brasil
    argentina chile colombia peru china japan korea india indonesia vietnam thailand philippines malaysia australia
    egypt morocco nigeria kenya israel emirates uae qatar europe emea apac dach benelux nordics bavaria bayern hessen
    saxony california texas florida
    """
)

# Nationalities and the like, before the names of companies.
NATIONS = words(
    """
    royal national federal american british english scottish irish german french dutch belgian swiss austrian italian
    spanish portuguese danish swedish norwegian finnish polish czech hungarian greek turkish russian ukrainian chinese
    japanese korean indian australian canadian mexican brazilian african european asian nordic deutsche deutscher
    deutsches schweizer osterreichische oesterreichische banco grupo gruppo groupe compagnie credit credito cassa
    caixa
    """
)

# Institutions that are named after a place or a person, with `of` between.
INSTITUTIONS = words(
    """
    county university universitat universitaet universite universidad universidade college school institute bank banco
    banque city ministry museum state department republic kingdom house church hospital port council museum isle town
    government academy society association federation chamber board office council court airport club
    """
)

PLACE_PHRASES = phrases(
    """
    new york | los angeles | san francisco | san diego | san jose | las vegas | hong kong | tel aviv | sao paulo |
    buenos aires | mexico city | cape town | new zealand | south africa | south korea | saudi arabia | united states
    | united kingdom | great britain | new delhi | abu dhabi | st gallen | ho chi minh city | kuala lumpur | rio de
    janeiro | the hague | den haag | washington dc | salt lake city | north america | latin america
    """
)
