"""ISO weeks. The digest counts by them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.rules.worktime import Span, in_utc


@dataclass(frozen=True, order=True)
class Week:
    """An ISO week: 2026-W47 runs from Monday 16 November 2026 to Sunday 22 November."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Week":
        """Returns the week that the text names, such as 2026-W47. Raises ValueError if it names none."""
        year, _, number = text.upper().partition("-W")
        if not (year.isdecimal() and number.isdecimal()):
            raise ValueError(f"“{text}” is no week; write it as 2026-W47")
        week = cls(int(year), int(number))
        week.monday  # noqa: B018 - raises ValueError for a week that the year does not have
        return week

    @classmethod
    def of(cls, day: date) -> "Week":
        year, number, _ = day.isocalendar()
        return cls(year, number)

    @classmethod
    def at(cls, moment: datetime, zone: ZoneInfo) -> "Week":
        """Returns the week that contains this moment in this zone."""
        return cls.of(moment.astimezone(zone).date())

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    def back(self, weeks: int) -> "Week":
        return Week.of(self.monday - timedelta(weeks=weeks))

    def span(self, zone: ZoneInfo) -> Span:
        """Returns the span from the first moment of the week to the first of the next, in UTC. Both are midnights of
        this zone."""
        after = self.monday + timedelta(days=7)
        return Span(start=in_utc(self.monday, time(), zone), end=in_utc(after, time(), zone))

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"
