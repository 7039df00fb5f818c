"""One person's calendar: from the agreement, their profile, and public holidays."""

from collections.abc import Container
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.rules.agreement import WEEKDAYS, Agreement
from models.rules.facts import Colleague
from models.rules.worktime import Calendar, Span

# The longest absence that counts. Even if an absence ends later, there is a next working hour to count from.
LONGEST_AWAY = timedelta(days=365)


def calendar_of(agreement: Agreement, person: Colleague | None, *, at: datetime) -> Calendar:
    """Returns when this person works, as known `at` this moment. For an unknown person: the agreement's week in the
    agreement's zone."""
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
    """Returns the public holidays of a country and region, from the `holidays` library. None of them if `country` is
    empty."""
    return PublicHolidays(country, region) if country else frozenset()


class PublicHolidays:
    """Holidays, one year at a time. A year is built once and never changes, so threads may share it."""

    def __init__(self, country: str, region: str) -> None:
        self._country = country
        self._region = region or None
        self._years: dict[int, frozenset[date]] = {}

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        if day.year not in self._years:
            import holidays  # noqa: PLC0415 - takes 170 ms and 20 MB, and only an agreement with a country needs it

            self._years[day.year] = frozenset(
                holidays.country_holidays(self._country, subdiv=self._region, years=day.year)
            )
        return day in self._years[day.year]


def _zone(name: str | None) -> ZoneInfo | None:
    """Returns the zone of a profile. None if it names no zone, or one that this machine does not know."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name is too long, or is a folder's
        return None
