"""Queries for promises."""

import sqlalchemy as sa
from sqlmodel import col

from models.rules.ladders import What
from models.storage.tables import LIVE, Handoff, Promise

# SQL condition: the promise on a handoff that somebody owes now. There is at most one, beside a recall, which waits.
NEXT = sa.and_(
    col(Promise.handoff_id) == col(Handoff.id),
    sa.text(LIVE),
    col(Promise.what) != sa.literal_column(f"'{What.RECALL}'"),
)
