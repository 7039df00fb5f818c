"""Finds leads by words of their name, company or address. Ignores case and accents. The cost has a bound.

`models/rules/search_text.py` says which text of a lead a search uses.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from models.handoffs.briefs import Listed, listed_one
from models.rules.search_text import Spelled, folded
from models.storage.promise_rows import NEXT
from models.storage.tables import OPEN, Handoff, Lead, Promise, table

# The most leads that one search shows.
SHOWN = 20
# The highest count of matches. A search stops counting there.
COUNTED = 1000
# How many of the newest leads a search for closed handoffs looks through. It looks through all open ones.
LOOKED_THROUGH = 200_000


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search found: open handoffs first, then the newest. `more` is how many others there are, at least."""

    listed: tuple[Listed, ...]
    more: int = 0


def has_all(lead: Lead, words: Sequence[Spelled]) -> bool:
    """True if each of these is a whole word of the lead's name or company, its address, or its domain."""
    email = folded(lead.email)
    said = folded(f"{lead.name} {lead.company}")
    whole = {*said.split(), *re.findall(r"\w+", said), email, email.rpartition("@")[2]}
    return all(whole.intersection(word) for word in words)


def is_called(lead: Lead, text: str) -> bool:
    """True if this is the whole name of the lead or of its company, or its address."""
    return folded(text) in {folded(lead.name), folded(lead.company), folded(lead.email)}


def find(session: Session, workspace_id: str, words: Sequence[Spelled]) -> Found:
    """Returns the leads that have all of these words, each by its latest handoff."""
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
        sa.select(Handoff, Lead, Promise, sa.func.count().over())
        .join(latest, latest.c.id == col(Handoff.id))
        .join(Lead, col(Lead.id) == col(Handoff.lead_id))
        .outerjoin(Promise, NEXT)
        .where(sa.text(f"NOT ({OPEN})"))
        .order_by(col(Handoff.id).desc())
        .limit(SHOWN)
    )
    found = session.execute(closed).all()
    listed = [*open_ones, *(listed_one(*row[:3]) for row in found)][:SHOWN]
    total = len(open_ones) + (found[0][3] if found else 0)
    return Found(listed=tuple(listed), more=total - len(listed))


def find_open(session: Session, workspace_id: str, words: Sequence[Spelled]) -> list[Listed]:
    """Returns the open handoffs whose leads have all of these words, newest first."""
    return _open(session, workspace_id, words, limit=COUNTED) if words else []


def _open(session: Session, workspace_id: str, words: Sequence[Spelled], *, limit: int) -> list[Listed]:
    found = session.execute(
        sa.select(Handoff, Lead, Promise)
        .join(Lead, col(Lead.id) == col(Handoff.lead_id))
        .outerjoin(Promise, NEXT)
        .where(col(Handoff.workspace_id) == workspace_id, sa.text(OPEN), *_has(words))
        .order_by(col(Handoff.id).desc())
        .limit(limit)
    )
    return [listed_one(*row) for row in found]


def _has(words: Sequence[Spelled]) -> list[sa.ColumnElement[bool]]:
    lead = table(Lead).c
    said = sa.func.coalesce(lead.search_text, sa.func.lower(lead.name + " " + lead.company + " " + lead.email))
    return [sa.or_(*(said.contains(spelled, autoescape=True) for spelled in word)) for word in words]
