"""The Monday on which most tests take place, in week 47 of 2026."""

from datetime import UTC, datetime, timedelta

# 10:00 in Berlin and 9:00 in London: everybody is at work. In UTC.
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
# An hour later. Somebody who works from 9:00 to 17:00 UTC has been at work for an hour.
TEN = MONDAY + timedelta(hours=1)
