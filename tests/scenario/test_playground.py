"""The made-up company of the page, without the page: a real bot, and time that passes as far as it is let."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.playground import skipping
from bot.playground.company import ZONE, Company
from bot.playground.seed import play_a_week
from tests.scenario.processes import wait_until

START_SECONDS = 30


@pytest.fixture
def company() -> Iterator[Company]:
    with Company() as made:
        made.slack.wait_for(lambda: made.connected, timeout=START_SECONDS)
        yield made


def _flag(company: Company) -> None:
    company.mia.command("/mql", "Jane Doe, Acme, jane@acme.example", channel=company.leads)
    wait_until(lambda: company.books.count(at=company.now).without_card == 0 and company.books.handoffs())


ORPHAN = """
import sys, time
from bot.playground.company import Company
with Company() as company:
    print(company.program._process.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGHUP])
def test_the_bot_ends_with_whoever_started_it_however_that_ends(how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        bot = int(starter.stdout.readline())
        starter.send_signal(how)
    wait_until(lambda: not _runs(bot))


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_time_passes_from_one_thing_that_is_due_to_the_next(company: Company) -> None:
    _flag(company)
    (record,) = company.books.handoffs()
    assert record.due_at is not None
    breach = skipping.next_breach(company)
    assert breach == record.due_at
    half, whole = skipping.skip(company, breach)
    assert (half.channel, whole.channel) == (record.owner, record.owner)
    assert half.at < whole.at == pytest.approx(breach, abs=timedelta(minutes=1))
    escalation = skipping.next_breach(company)
    assert escalation is not None
    assert company.olga.id in {one.channel for one in skipping.skip(company, escalation)}
    assert company.olga.id in company.books.reminded(since=record.due_at)
    assert skipping.next_breach(company) is None
    digest = skipping.next_digest(company)
    assert digest is not None
    assert company.numbers.id in {one.channel for one in skipping.skip(company, digest)}


def test_while_the_bot_is_down_time_passes_and_it_catches_up_when_it_is_back(company: Company) -> None:
    _flag(company)
    company.program.kill()
    assert skipping.skip(company, company.now + timedelta(hours=5)) == []
    company.program.start()
    wait_until(lambda: company.books.has_caught_up(company.now), seconds=START_SECONDS)
    assert company.books.reminded(since=company.now - timedelta(hours=1))
    assert company.books.count(at=company.now).without_card == 0


def test_the_next_morning_is_one_of_a_working_day(company: Company) -> None:
    for _ in range(5):
        morning = skipping.next_morning(company)
        assert morning is not None
        company.slack.clock.set(morning)
    assert f"{company.now.astimezone(ZONE):%A %H:%M}" == "Monday 09:00"


def test_the_scripted_week_gives_the_company_a_history(company: Company) -> None:
    play_a_week(company)
    assert [one.state for one in reversed(company.books.handoffs())] == [
        "won",
        "rejected",
        "working",
        "accepted",
        "rejected",
    ]
    assert [entry.move for entry in company.books.ledger(1)] == ["flag", "accept", "contact", "qualify", "win"]
    assert company.raj.record.tz == "Europe/London"
