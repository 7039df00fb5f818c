"""Names of the fields of a lead, before `=` or `:`, and what else people write there."""

from bot.slack.fields import words_for
from models.rules.fields import FIELDS

# The field for each name.
LABELS = {name: words_for(name) for name in FIELDS} | {
    "first name": ("first name", "firstname", "given name", "vorname", "prénom", "prenom"),
    "last name": ("last name", "lastname", "surname", "family name", "nachname", "apellido", "apellidos", "cognome"),
    "fax": ("fax", "telefax", "fax number", "faxnummer", "telecopie", "télécopie", "facsimile"),
    "rep": ("rep", "to", "owner", "assign to", "assigned to", "sales rep", "for rep"),
}

FIELD_OF = {label: name for name, labels in LABELS.items() for label in labels}

PHONE_LABELS = tuple(sorted((*LABELS["phone"], *"tpmocd"), key=len, reverse=True))

# Short names, as in signatures, at the beginning of a line.
LETTERS = {**dict.fromkeys("tpmocd", "phone"), "e": "email", "w": "website", "f": "fax"}
