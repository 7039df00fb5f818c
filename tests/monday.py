"""The Monday on which what the tests tell happens, in week 47."""

from datetime import UTC, datetime, timedelta

# Ten o'clock in Berlin and nine in London: everybody is at work.
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
# An hour later: where everybody works from nine to five in UTC, they have been at it for an hour.
TEN = MONDAY + timedelta(hours=1)
