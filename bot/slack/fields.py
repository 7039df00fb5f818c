"""What is Slack's of the fields of a lead: where the card shows each, and what people call it in a line of `/mql`.

A field needs an entry here only for what is special about it. Without one the card shows it under its label, and people
write it by its name or its label.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from bot.slack.text import escape, mail_link, phone_link
from models.rules.fields import FIELDS, OF_HANDOFF, OF_LEAD
from models.rules.rows import HandoffRow, LeadRow


class Line(Enum):
    """A line of the card whose parts are fields."""

    # Above the heading.
    LABELS = auto()
    # How to reach the lead.
    REACH = auto()
    # Below it: whatever else is known.
    FACTS = auto()


@dataclass(frozen=True, kw_only=True)
class FieldEntry:
    """What is Slack's of a field. `line`: where the card shows it (None: a view places it itself). `shown` returns its
    value in mrkdwn (None: with its label before it). `words`, apart by bars: what people write before `=` or `:`, in
    the languages that they use, beside its name and its label. The first is the one that the docs name."""

    line: Line | None = Line.FACTS
    shown: Callable[[Any], str] | None = None
    words: str = ""


_USUAL = FieldEntry()


def _words(text: str) -> str:
    return escape(text, 300)


def _label(text: str) -> str:
    return escape(text, 100)


# What is special about a field, by its name.
ENTRIES: Mapping[str, FieldEntry] = {
    "name": FieldEntry(
        line=None,
        words=(
            "name | full name | fullname | contact | contact name | contact person | ansprechpartner | nom | "
            "nombre | invitee | invitee name | attendee | 氏名 | 名前 | お名前 | 姓名 | 이름 | имя"
        ),
    ),
    "company": FieldEntry(
        line=None,
        words=(
            "company | company name | account | account name | organisation | organization | employer | business "
            "| firma | unternehmen | entreprise | société | empresa | azienda | bedrijf | företag | "
            "firma/organisation | 会社名 | 会社 | 公司 | 회사 | компания"
        ),
    ),
    "email": FieldEntry(
        line=Line.REACH,
        shown=mail_link,
        words=(
            "email | e-mail | mail | e mail | email address | e-mail address | work email | business email | "
            "e-mail-adresse | courriel | correo | correo electrónico | adresse e-mail | posta elettronica | "
            "invitee email | attendee email | メールアドレス | メール | 邮箱 | 이메일 | почта"
        ),
    ),
    "title": FieldEntry(
        line=None,
        words=(
            "title | role | position | job title | jobtitle | job | function | funktion | fonction | poste | "
            "cargo | puesto | ruolo | functie | befattning | 役職 | 职位 | 직책 | должность"
        ),
    ),
    "phone": FieldEntry(
        line=Line.REACH,
        shown=phone_link,
        words=(
            "phone | tel | telephone | telefon | téléphone | teléfono | mobile | mobil | cell | phone number | "
            "fon | direct | office | handy | durchwahl | tél | mobile phone | mobiltelefon | portable | gsm | "
            "móvil | movil | celular | telefono | cellulare | telefone | telemóvel | tlf | telefoon | mobiel | "
            "telefonnummer | rufnummer | ph | desk | landline | festnetz | mob | whatsapp | direct line | direct "
            "dial | work phone | business phone | telephone number | 電話番号 | 電話 | 电话 | 전화 | телефон"
        ),
    ),
    "website": FieldEntry(
        line=Line.REACH,
        shown=_words,
        words="website | web | site | domain | url | homepage | webseite | company website",
    ),
    "employees": FieldEntry(
        shown=lambda count: f"{count:,} employees" if count else "",
        words="employees | size | company size | number of employees | headcount | mitarbeiter",
    ),
    "source": FieldEntry(
        line=Line.LABELS,
        shown=_label,
        words="source | lead source | quelle | channel",
    ),
    "campaign": FieldEntry(
        line=Line.LABELS,
        shown=_label,
        words="campaign | campaign name | kampagne | utm_campaign",
    ),
    "score": FieldEntry(
        shown=lambda points: f"Score {points:,}",
        words="score | lead score",
    ),
    "why_now": FieldEntry(
        line=None,
        words="why | why now | why_now | note | notes | comment | comments | message | reason | notiz | nachricht",
    ),
}


def words_for(name: str) -> tuple[str, ...]:
    """Returns what people call a field before `=` or `:`."""
    further = [word.strip() for word in _entry(name).words.split("|") if word.strip()]
    return tuple(dict.fromkeys((*further, name, name.replace("_", " "), FIELDS[name].label.lower())))


def on_line(line: Line, handoff: HandoffRow, lead: LeadRow) -> list[str]:
    """Returns the fields that this line of the card shows, in mrkdwn. Those that are empty are left out."""
    values = [
        *((name, getattr(handoff, name)) for name in OF_HANDOFF),
        *((name, getattr(lead, name)) for name in OF_LEAD),
    ]
    shown = [_shown(name, value) for name, value in values if _entry(name).line is line and value not in ("", None)]
    return [part for part in shown if part]


def _shown(name: str, value: object) -> str:
    special = _entry(name).shown
    return special(value) if special else f"{FIELDS[name].label} {_words(' '.join(str(value).split()))}"


def _entry(name: str) -> FieldEntry:
    return ENTRIES.get(name, _USUAL)
