"""Finds leads by words of their name, company or address. Ignores case and accents. The cost has a bound.

`models/rules/search_text.py` says which text of a lead a search uses.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from models.handoffs.listed import LISTED, Listed, listed
from models.rules.rows import LeadRow
from models.rules.search_text import Spelled, folded
from models.storage.change import Look
from models.storage.tables import OPEN, Handoff, Lead, table

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


def has_all(lead: LeadRow, words: Sequence[Spelled]) -> bool:
    """True if each of these is a whole word of the lead's name or company, its address, or its domain."""
    email = folded(lead.email)
    said = folded(f"{lead.name} {lead.company}")
    whole = {*said.split(), *re.findall(r"\w+", said), email, email.rpartition("@")[2]}
    return all(whole.intersection(word) for word in words)


def is_called(lead: LeadRow, text: str) -> bool:
    """True if this is the whole name of the lead or of its company, or its address."""
    return folded(text) in {folded(lead.name), folded(lead.company), folded(lead.email)}


def find(look: Look, workspace_id: str, words: Sequence[Spelled]) -> Found:
    """Returns the leads that have all of these words, each by its latest handoff."""
    if not words:
        return Found(listed=())
    handoff, lead = table(Handoff).c, table(Lead).c
    open_ones = _open(look, workspace_id, words, limit=COUNTED)
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
        sa.select(sa.func.max(handoff.number).label("number"))
        .where(handoff.lead_id.in_(sa.select(matching.c.id)), ~handoff.voided)
        .group_by(handoff.lead_id)
    ).subquery()
    closed = (
        LISTED.add_columns(sa.func.count().over())
        .join(latest, latest.c.number == handoff.number)
        .where(handoff.workspace_id == workspace_id, sa.text(f"NOT ({OPEN})"))
        .order_by(handoff.number.desc())
        .limit(SHOWN)
    )
    rows = look.find(closed)
    found = [*open_ones, *map(listed, rows)][:SHOWN]
    total = len(open_ones) + (rows[0][-1] if rows else 0)
    return Found(listed=tuple(found), more=total - len(found))


def find_open(look: Look, workspace_id: str, words: Sequence[Spelled]) -> list[Listed]:
    """Returns the open handoffs whose leads have all of these words, newest first."""
    return _open(look, workspace_id, words, limit=COUNTED) if words else []


def _open(look: Look, workspace_id: str, words: Sequence[Spelled], *, limit: int) -> list[Listed]:
    handoff = table(Handoff).c
    found = look.find(
        LISTED.where(handoff.workspace_id == workspace_id, sa.text(OPEN), *_has(words))
        .order_by(handoff.number.desc())
        .limit(limit)
    )
    return [listed(row) for row in found]


def _has(words: Sequence[Spelled]) -> list[sa.ColumnElement[bool]]:
    lead = table(Lead).c
    said = sa.func.coalesce(lead.search_text, sa.func.lower(lead.name + " " + lead.company + " " + lead.email))
    return [sa.or_(*(said.contains(spelled, autoescape=True) for spelled in word)) for word in words]
