"""One person's calendar, put together from the agreement, their profile, and public holidays."""

from collections.abc import Container
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.agreement import WEEKDAYS, Agreement
from models.tables import Colleague
from models.worktime import Calendar, Span

LONGEST_AWAY = timedelta(days=365)
"""An absence counts for so long at most: however far away its end, there is a next working hour to count from."""


def calendar_of(agreement: Agreement, person: Colleague | None, *, at: datetime) -> Calendar:
    """When this person works, as known `at` this moment. Of an unknown person: the agreement's week in its own zone."""
    away_until = min(person.away_until, at + LONGEST_AWAY) if person and person.away_until else None
    return Calendar(
        zone=_zone(person.timezone if person else None) or agreement.zone,
        days=frozenset(WEEKDAYS.index(day) for day in agreement.working.days),
        opens=agreement.working.opens,
        closes=agreement.working.closes,
        holidays=public_holidays(agreement.holidays.country, agreement.holidays.region),
        away=(Span(start=at, end=away_until),) if away_until and away_until > at else (),
    )


@lru_cache(maxsize=64)
def public_holidays(country: str, region: str) -> Container[date]:
    """The public holidays of a country and region, by the `holidays` library; none where no country is named."""
    return PublicHolidays(country, region) if country else frozenset()


class PublicHolidays:
    """Holidays looked up year by year. Each year is built once and never changed, so threads may share it."""

    def __init__(self, country: str, region: str) -> None:
        self._country = country
        self._region = region or None
        self._years: dict[int, frozenset[date]] = {}

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        if day.year not in self._years:
            import holidays  # noqa: PLC0415 - 170 ms and 20 MB that only an agreement with a country needs

            self._years[day.year] = frozenset(
                holidays.country_holidays(self._country, subdiv=self._region, years=day.year)
            )
        return day in self._years[day.year]


def _zone(name: str | None) -> ZoneInfo | None:
    """The zone a profile names, or None where it names none or one that this machine does not know."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: too long a name, or one of a folder
        return None
