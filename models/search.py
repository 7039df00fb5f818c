"""Finding leads by words of their name, company or address: whatever the case and the accents, at a bounded cost.

What a lead is found by is its name, company and address in one text, folded. Beside the lead it is kept only where it
has other letters than ASCII's: the others both databases fold by themselves.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from models.briefs import Listed
from models.tables import OPEN, Handoff, Lead, table

SHOWN = 20
"""The most leads that one search shows."""
COUNTED = 1000
"""More than so many are not counted."""
LOOKED_THROUGH = 200_000
"""The newest leads among which those that are closed are looked for; the open ones are all looked through."""
MOST_WORDS, LONGEST_WORD = 6, 60

_OTHERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'", "‘": "'"}
)
"""Letters that stand for others, and that Unicode takes for no accented ones."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search found: the open ones first, then the newest. `more`: how many beside these, at least."""

    listed: tuple[Listed, ...]
    more: int = 0


def folded(text: str) -> str:
    """The text without case and accents; any white space is one space."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in parts if not unicodedata.combining(c)).translate(_OTHERS).split())


def search_text(name: str, company: str, email: str) -> str | None:
    """What is kept of a lead to find it by, if anything."""
    said = f"{name} {company} {email}"
    return None if said.isascii() else folded(said)


def words_of(text: str) -> tuple[str, ...]:
    """The words to look for, each once."""
    words = dict.fromkeys(word.strip('.:!?"“”()<>') for word in re.split(r"[\s,;]+", folded(text)))
    return tuple(word[:LONGEST_WORD] for word in words if word)[:MOST_WORDS]


def has_all(lead: Lead, words: Sequence[str]) -> bool:
    """Whether each of these is a whole word of the lead's name or company, or its address."""
    email = folded(lead.email)
    said = folded(f"{lead.name} {lead.company}")
    whole = {*said.split(), *re.findall(r"\w+", said), email, email.rpartition("@")[2]}
    return all(word in whole for word in words)


def find(session: Session, workspace_id: str, words: Sequence[str]) -> Found:
    """The leads that have all of these words, each by its latest handoff."""
    if not words:
        return Found(listed=())
    handoff, lead = table(Handoff).c, table(Lead).c
    open_ones = _open(session, workspace_id, words, limit=COUNTED)
    recent = (
        sa.select(lead.id).where(lead.workspace_id == workspace_id).order_by(lead.id.desc()).limit(LOOKED_THROUGH)
    ).subquery()
    oldest = sa.select(sa.func.coalesce(sa.func.min(recent.c.id), 0)).scalar_subquery()
    matching = (
        sa.select(lead.id)
        .where(lead.workspace_id == workspace_id, lead.id >= oldest, *_has(words))
        .order_by(lead.id.desc())
        .limit(COUNTED)
    ).subquery()
    latest = (
        sa.select(sa.func.max(handoff.id).label("id"))
        .where(handoff.lead_id.in_(sa.select(matching.c.id)), ~handoff.voided)
        .group_by(handoff.lead_id)
    ).subquery()
    closed = (
        sa.select(Handoff, Lead, sa.func.count().over())
        .join(latest, latest.c.id == col(Handoff.id))
        .join(Lead, col(Lead.id) == col(Handoff.lead_id))
        .where(sa.text(f"NOT ({OPEN})"))
        .order_by(col(Handoff.id).desc())
        .limit(SHOWN)
    )
    rows = session.execute(closed).all()
    listed = [*open_ones, *(Listed(handoff=row[0], lead=row[1]) for row in rows)][:SHOWN]
    total = len(open_ones) + (rows[0][2] if rows else 0)
    return Found(listed=tuple(listed), more=total - len(listed))


def find_open(session: Session, workspace_id: str, words: Sequence[str]) -> list[Listed]:
    """The open handoffs whose leads have all of these words, newest first."""
    return _open(session, workspace_id, words, limit=COUNTED) if words else []


def _open(session: Session, workspace_id: str, words: Sequence[str], *, limit: int) -> list[Listed]:
    rows = session.execute(
        sa.select(Handoff, Lead)
        .join(Lead, col(Lead.id) == col(Handoff.lead_id))
        .where(col(Handoff.workspace_id) == workspace_id, sa.text(OPEN), *_has(words))
        .order_by(col(Handoff.id).desc())
        .limit(limit)
    )
    return [Listed(handoff=row[0], lead=row[1]) for row in rows]


def _has(words: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    lead = table(Lead).c
    said = sa.func.coalesce(lead.search_text, sa.func.lower(lead.name + " " + lead.company + " " + lead.email))
    return [said.contains(word, autoescape=True) for word in words]
