"""The invented company of the page, without the page: a real bot, and time that passes only as far as it may."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.demo.playground import skipping
from bot.demo.playground.company import ZONE, Company
from bot.demo.playground.seed import play_a_week
from bot.demo.playground.skipping import Passed
from bot.demo.playground.time_passed import remarks
from bot.demo.playground.trouble import counted
from bot.demo.playground.window import Desk
from bot.demo.scratch import Scratch
from bot.sandbox import Fault
from tests.scenario.processes import wait_until

START_SECONDS = 30


@pytest.fixture
def company() -> Iterator[Company]:
    with Company() as made:
        made.slack.wait_for(lambda: made.connected, timeout=START_SECONDS)
        wait_until(lambda: made.facts.next_digest(after=made.now))  # the bot connects before the agreement is in force
        yield made


def _flag(company: Company) -> None:
    company.mia.command("/mql", "Jane Doe, Acme, jane@acme.example", channel=company.leads)
    wait_until(lambda: company.facts.handoffs() and counted(company).all_is_well)


ORPHAN = """
import time
from bot.demo.playground.company import Company
with Company() as company:
    print(flush=True)
    time.sleep(60)
"""


KEEPER = """
import sys, time
from bot.demo.scratch import Scratch
with Scratch(sys.argv[1]) as scratch:
    print(scratch.folder, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGHUP])
def test_the_bot_and_the_reader_of_its_facts_end_with_whoever_started_them_however_that_ends(
    how: signal.Signals,
) -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        starter.stdout.readline()
        started = [_child(starter.pid, "serve"), _child(starter.pid, "facts")]
        starter.send_signal(how)
    wait_until(lambda: not any(_runs(process) for process in started))


def test_facts_whose_reader_was_killed_are_read_by_another(company: Company) -> None:
    _flag(company)
    read = company.facts.handoffs()
    os.kill(_child(os.getpid(), "facts"), signal.SIGKILL)
    assert company.facts.handoffs() == read


def _child(parent: int, command: str) -> int:
    """Waits until exactly one child of `parent` runs this command of Baton, and returns its id. Just after the fork a
    child still has the command line of its parent."""
    wait_until(lambda: len(_children(parent, command)) == 1)
    (process,) = _children(parent, command)
    return process


def _children(parent: int, command: str) -> list[int]:
    children = Path(f"/proc/{parent}/task").glob("*/children")
    found = [int(child) for file in children for child in _read(file).split()]
    return [one for one in found if _read(Path(f"/proc/{one}/cmdline")).split("\0")[3:4] == [command]]


def _runs(process: int) -> bool:
    state = _read(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()
    return bool(state) and state[0] != "Z"


def _read(file: Path) -> str:
    """Returns what the system says about a process or a thread. Empty if it has ended, also while this reads."""
    try:
        return file.read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _skip(company: Company, to: datetime | None) -> Passed:
    assert to is not None
    return skipping.skip(company, to, hindrance=lambda: Desk(company).hindrance, stop=threading.Event())


def test_time_passes_from_one_thing_that_is_due_to_the_next(company: Company) -> None:
    _flag(company)
    (record,) = company.facts.handoffs()
    assert record.due_at is not None
    breach = skipping.next_breach(company)
    assert breach == record.due_at
    half, whole = [one for one in _skip(company, breach).happened if not one.edited]
    assert (half.channel, whole.channel) == (record.owner, record.owner)
    assert half.at < whole.at == pytest.approx(breach, abs=timedelta(minutes=1))
    escalation = _skip(company, skipping.next_breach(company))
    assert company.olga.id in {one.channel for one in escalation.happened}
    assert remarks(escalation, ZONE) == []
    assert company.facts.reminder(company.olga.id, since=record.due_at)
    assert skipping.next_breach(company) is None
    digest = _skip(company, skipping.next_digest(company))
    assert company.numbers.id in {one.channel for one in digest.happened}


def test_while_the_bot_is_down_time_passes_and_it_catches_up_when_it_is_back(company: Company) -> None:
    _flag(company)
    company.program.kill()
    passed = _skip(company, company.now + timedelta(hours=5))
    assert (passed.happened, passed.undone) == ((), {"reminder": 1})
    assert remarks(passed, ZONE) == [
        "Baton was down: nobody was there to do anything.",
        "Still to be done: 1 reminder.",
    ]
    company.program.start()
    wait_until(lambda: not skipping.followed(passed, company).undone, seconds=START_SECONDS)
    made_good = skipping.followed(passed, company)
    owner = company.facts.handoffs()[0].owner
    assert owner in {one.channel for one in made_good.happened}
    assert remarks(made_good, ZONE) == ["Baton was down: nobody was there to do anything."]
    assert owner is not None
    assert company.facts.reminder(owner, since=company.now - timedelta(hours=1))
    assert counted(company).all_is_well


def test_while_slack_is_down_nothing_is_waited_for(company: Company) -> None:
    _flag(company)
    company.slack.faults.add(None, Fault.server_error(503), times=None)
    to = company.now + timedelta(days=2)
    passed = skipping.skip(company, to, hindrance=lambda: "Slack was down", stop=threading.Event())
    assert (passed.stopped, passed.happened, passed.until >= to) == (False, (), True)
    why, left = remarks(passed, ZONE)
    assert why == "Slack was down."
    assert not counted(company).all_is_well
    assert left.startswith("Still to be done: ")


def test_what_slack_refused_is_put_off_and_owed_until_it_is_shown(company: Company) -> None:
    company.slack.faults.add("chat.postMessage", Fault.rate_limited(600), times=None)
    company.mia.command("/mql", "Jane Doe, Acme, jane@acme.example", channel=company.leads)
    wait_until(lambda: company.slack.log.calls("chat.postMessage") and not company.facts.undone(company.now))
    count = counted(company)
    assert (count.without, count.owed["message"] > 0, count.all_is_well) == (1, True, False)
    company.slack.faults.clear()
    _skip(company, company.now + timedelta(hours=1))
    wait_until(lambda: counted(company).all_is_well)
    assert counted(company).once == 1


def test_letting_time_pass_can_be_stopped_and_then_goes_no_further(company: Company) -> None:
    _flag(company)
    stop, begun, to = threading.Event(), company.now, company.now + timedelta(days=2000)
    with ThreadPoolExecutor(1) as pool:
        passing = pool.submit(skipping.skip, company, to, hindrance=str, stop=stop)
        wait_until(lambda: company.now > begun + timedelta(hours=1))
        stop.set()
        passed = passing.result(START_SECONDS)
    assert passed.stopped
    assert passed.until < to
    assert remarks(passed, ZONE)[0].startswith("Stopped on ")


def test_a_bot_that_is_wanted_and_does_not_connect_is_noticed_with_its_last_words(company: Company) -> None:
    desk = Desk(company, patience=0.1)
    assert desk.problem == ""
    company.program.kill()
    assert desk.problem == ""
    company.slack.faults.add("apps.connections.open", Fault.refused("invalid_auth"), times=None)
    company.program.start()
    wait_until(lambda: "invalid_auth" in company.program.last_words(), seconds=START_SECONDS)
    assert "has not connected" in desk.problem
    company.slack.faults.clear()
    wait_until(lambda: company.connected, seconds=START_SECONDS)
    desk.refresh()
    assert desk.problem == ""


def test_a_folder_is_cleared_away_once_its_process_is_gone() -> None:
    prefix = f"baton-test-{uuid.uuid4().hex}-"
    with tempfile.TemporaryDirectory(prefix=prefix) as strange:
        with subprocess.Popen([sys.executable, "-c", KEEPER, prefix], stdout=subprocess.PIPE, text=True) as keeper:
            assert keeper.stdout is not None
            left = Path(keeper.stdout.readline().strip())
            with Scratch(prefix) as ours:
                assert left.exists()
                assert ours.folder.exists()
            assert not ours.folder.exists()
            keeper.kill()
        assert left.exists()
        with Scratch(prefix):
            assert not left.exists()
        assert Path(strange).exists(), "nobody has said that it may go"


def test_the_next_morning_is_one_of_a_working_day(company: Company) -> None:
    for _ in range(5):
        morning = skipping.next_morning(company)
        assert morning is not None
        company.slack.clock.set(morning)
    assert f"{company.now.astimezone(ZONE):%A %H:%M}" == "Monday 09:00"


def test_the_scripted_week_gives_the_company_a_history(company: Company) -> None:
    play_a_week(company, threading.Event())
    assert [one.state for one in reversed(company.facts.handoffs())] == [
        "won",
        "rejected",
        "working",
        "accepted",
        "rejected",
    ]
    assert [entry.move for entry in company.facts.ledger(1)] == ["flag", "accept", "contact", "qualify", "win"]
    assert company.raj.record.tz == "Europe/London"
