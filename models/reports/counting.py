"""What the queries of the digest's numbers share: spans, counts, sums."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from models.rules.digest_numbers import Amounts, Money
from models.rules.worktime import Span
from models.storage.tables import Handoff, Promise, table

# The weeks with which a week is compared.
WEEKS_BEFORE = 8

H, P = table(Handoff).c, table(Promise).c
# SQL: the sum of the values of handoffs, in cents. The cast is for Postgres, which sums big integers into decimals.
SUM = sa.cast(sa.func.coalesce(sa.func.sum(H.value_cents), 0), sa.BigInteger)


def in_span(column: sa.Column[datetime], span: Span) -> sa.ColumnElement[bool]:
    return sa.and_(column >= span.start, column < span.end)


def count_if(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count().filter(condition)


def amounts_of(session: Session, *conditions: sa.ColumnElement[bool]) -> Amounts:
    """Returns the sum of the values of these handoffs for each currency, in cents."""
    rows = session.execute(sa.select(H.currency, SUM).where(*conditions).group_by(H.currency))
    return as_amounts((currency, cents) for currency, cents in rows)


def as_amounts(cents: Iterable[tuple[str, int]]) -> Amounts:
    """Returns the amounts in the order of the currencies' codes. Leaves out a sum of zero."""
    return tuple(Money(currency=currency, cents=sum_) for currency, sum_ in sorted(cents) if sum_)
