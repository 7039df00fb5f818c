"""A person's calendar: the agreement's week, in the zone of their profile, without holidays and absences."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.rules.agreement import Agreement, Holidays, Working
from models.rules.calendars import calendar_of, public_holidays
from models.rules.facts import Colleague
from models.rules.worktime import add, is_open, next_open
from tests.monday import TEN
from tests.unit.office import agreement, hours


def person(*, timezone: str | None = None, away_until: datetime | None = None) -> Colleague:
    return Colleague(id="UDANA", timezone=timezone, away_until=away_until)


def test_an_unknown_person_works_the_agreements_week_in_its_zone() -> None:
    agreed = agreement(
        timezone="America/New_York", working=Working(days=("sunday", "monday"), opens=time(8), closes=time(12))
    )
    calendar = calendar_of(agreed, None, at=TEN)
    assert (calendar.zone, calendar.days) == (ZoneInfo("America/New_York"), frozenset({6, 0}))
    assert (calendar.opens, calendar.closes, calendar.away) == (time(8), time(12), ())


def test_a_profile_says_where_the_hours_count() -> None:
    calendar = calendar_of(agreement(), person(timezone="Asia/Tokyo"), at=TEN)
    assert next_open(calendar, TEN) == datetime(2026, 11, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "", "../etc/passwd", "/etc/localtime", "Europe/\x00", "x" * 500, "Europe"]
)
def test_a_zone_that_nobody_knows_counts_as_none(zone: str) -> None:
    assert calendar_of(agreement(timezone="Europe/Berlin"), person(timezone=zone), at=TEN).zone == ZoneInfo(
        "Europe/Berlin"
    )


def test_whoever_is_away_works_again_when_they_are_back() -> None:
    calendar = calendar_of(agreement(), person(away_until=TEN + hours(26)), at=TEN)
    assert next_open(calendar, TEN) == TEN + hours(26)


def test_whoever_is_back_already_is_not_away() -> None:
    assert is_open(calendar_of(agreement(), person(away_until=TEN), at=TEN), TEN)


def test_whoever_is_away_for_good_still_has_a_next_working_hour_so_that_nothing_stops_for_them() -> None:
    for until in (TEN + timedelta(days=4000), datetime.max.replace(tzinfo=UTC)):
        calendar = calendar_of(agreement(), person(away_until=until), at=TEN)
        assert add(calendar, TEN, hours(4)) > TEN + timedelta(days=300)


def test_public_holidays_are_those_of_the_country_and_the_region() -> None:
    bavaria = public_holidays("DE", "BY")
    assert date(2026, 1, 6) in bavaria
    assert date(2026, 1, 6) not in public_holidays("DE", "")
    assert date(2026, 12, 25) in public_holidays("DE", "")
    assert "2026-12-25" not in bavaria


def test_no_country_has_no_holidays() -> None:
    assert date(2026, 12, 25) not in public_holidays("", "")


def test_the_holidays_of_the_agreement_are_free() -> None:
    agreed = Agreement(handoff_channel="C1", holidays=Holidays(country="US"))
    thanksgiving = datetime(2026, 11, 26, 15, tzinfo=UTC)
    assert not is_open(calendar_of(agreed, None, at=TEN), thanksgiving)
