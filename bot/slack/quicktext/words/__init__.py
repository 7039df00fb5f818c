"""Words that tell a role, a company, a name, a source or a sentence, one file per subject. All are folded: lower case,
and Latin letters without marks, except for scripts that have no case."""

from bot.slack.quicktext.words.businesses import (
    BUSINESS,
    EMPLOYERS,
    FORMS_AND_NAMES,
    FREE_MAIL,
    GENERIC_BOXES,
    LEGAL,
    LEGAL_LOOSE,
    LEGAL_MARKS,
    LEGAL_PHRASES,
    MAIL_PRODUCTS,
    PREMISES,
)
from bot.slack.quicktext.words.labels import FIELD_OF, LABELS, LETTERS, PHONE_LABELS
from bot.slack.quicktext.words.people import FIRST_NAMES, HONORIFICS, PARTICLES, SUFFIXES, SURNAMES
from bot.slack.quicktext.words.places import CITIES, INSTITUTIONS, NATIONS, PLACE_PHRASES, PLACES
from bot.slack.quicktext.words.reading import words
from bot.slack.quicktext.words.remarks import (
    ARTICLES,
    DEALS,
    FORMER,
    GREETINGS,
    JOINED_BY,
    JOINING,
    PLACEHOLDERS,
    PREPOSITIONS,
    SENTENCE_STARTS,
    SOURCE_WORDS,
    SOURCES,
    TEMPERATURES,
    UNSURE,
    URGENCY,
)
from bot.slack.quicktext.words.roles import (
    DEPARTMENTS,
    FUNCTIONS,
    QUALIFIERS,
    ROLE_ENDINGS,
    ROLE_MARKS,
    ROLE_WORDS,
    TOP_ROLES,
)

# Words that do not belong to a person's name.
NO_NAME = (ROLE_WORDS | SENTENCE_STARTS | SOURCE_WORDS | DEPARTMENTS | BUSINESS | PLACES | PREPOSITIONS) - words(
    """
    chase may april summer friday winter will club sofia austin dallas sydney santiago milan paris lima phoenix houston
    """
)

__all__ = [
    "ARTICLES",
    "BUSINESS",
    "CITIES",
    "DEALS",
    "DEPARTMENTS",
    "EMPLOYERS",
    "FIELD_OF",
    "FIRST_NAMES",
    "FORMER",
    "FORMS_AND_NAMES",
    "FREE_MAIL",
    "FUNCTIONS",
    "GENERIC_BOXES",
    "GREETINGS",
    "HONORIFICS",
    "INSTITUTIONS",
    "JOINED_BY",
    "JOINING",
    "LABELS",
    "LEGAL",
    "LEGAL_LOOSE",
    "LEGAL_MARKS",
    "LEGAL_PHRASES",
    "LETTERS",
    "MAIL_PRODUCTS",
    "NATIONS",
    "NO_NAME",
    "PARTICLES",
    "PHONE_LABELS",
    "PLACEHOLDERS",
    "PLACES",
    "PLACE_PHRASES",
    "PREMISES",
    "PREPOSITIONS",
    "QUALIFIERS",
    "ROLE_ENDINGS",
    "ROLE_MARKS",
    "ROLE_WORDS",
    "SENTENCE_STARTS",
    "SOURCES",
    "SOURCE_WORDS",
    "SUFFIXES",
    "SURNAMES",
    "TEMPERATURES",
    "TOP_ROLES",
    "UNSURE",
    "URGENCY",
]
