"""Finds unknown leads (see models/rules/unknown_leads.py), and sees to it that no new lead gets the number of one."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from models.rules.unknown_leads import SeenCard, UnknownNumbers, newly_unknown
from models.storage.store import Store
from models.storage.tables import Counter, Handoff, table
from models.storage.upsert import insert_once


class UnknownLeads:
    def __init__(self, store: Store) -> None:
        self._store = store

    def unknown(self, workspace_id: str, cards: Sequence[SeenCard]) -> tuple[SeenCard, ...]:
        """Returns those of the cards whose handoff the database does not know, by number. Call it after the chat was
        asked for the cards: a handoff is stored before its card is shown."""
        asked = sa.select(col(Handoff.id)).where(
            col(Handoff.workspace_id) == workspace_id, col(Handoff.id).in_({card.handoff for card in cards})
        )
        with self._store.read() as session:
            known = set(session.scalars(asked))
        return tuple(sorted((card for card in cards if card.handoff not in known), key=lambda card: card.number))

    def remember(self, workspace_id: str, cards: Sequence[SeenCard], *, at: datetime) -> UnknownNumbers | None:
        """Returns the unknown leads of these cards that were not found before, or None. Stores them for the audit.
        New leads get numbers above theirs."""
        unknown = self.unknown(workspace_id, cards)
        if not unknown:
            return None
        with self._store.write() as session:
            insert_once(session, table(Counter), {"workspace_id": workspace_id, "handoffs": 0})
            counter = session.exec(
                select(Counter).where(col(Counter.workspace_id) == workspace_id).with_for_update()
            ).one()
            found = newly_unknown(unknown, newest=counter.handoffs, told=counter.lost_to or 0)
            if found is not None:
                counter.handoffs = max(counter.handoffs, found.last)
                counter.lost_from, counter.lost_to, counter.lost_at = *found, at
                session.add(counter)
            return found
