"""A database problem: nobody hears "done" of what was not saved, the operator reads why, and when the problem ends, all
goes on without a restart."""

import errno
import os
import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
import sqlalchemy as sa

from bot.sandbox import Message, View
from tests import databases
from tests.faults import rounds
from tests.faults.houses import house, saved
from tests.faults.rounds import Field
from tests.scenario.processes import Process, free_port, wait_until
from tests.scenario.world import JANE, Team

# A function of the database's URL and the process that uses it. It causes a problem for the block.
Trouble = Callable[[str, Process], AbstractContextManager[None]]


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@contextmanager
def locked(url: str, _server: Process) -> Iterator[None]:
    """Another program holds a write transaction open."""
    rival = sqlite3.connect(file_of(url), isolation_level=None)
    wait_until(lambda: _locks(rival))
    yield
    rival.rollback()
    rival.close()


def _locks(rival: sqlite3.Connection) -> bool:
    try:
        rival.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        return False
    return True


@contextmanager
def no_room(url: str, server: Process) -> Iterator[None]:
    """The disk has no room: the process may not make files larger than they are."""
    _, hardest = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, hardest))
    yield
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hardest, hardest))


@contextmanager
def full_disk(url: str, _server: Process) -> Iterator[None]:
    """The disk of the database is full. Another connection keeps the write-ahead log open: without one, the log is
    removed when the program closes its last connection because of the error, and there is room again."""
    ballast = file_of(url).with_name("ballast")
    with closing(sqlite3.connect(file_of(url))) as beside:
        beside.execute("SELECT 1 FROM workspace").fetchall()
        with ballast.open("wb", buffering=0) as file:
            wait_until(lambda: _takes_no_more(file))
        yield
        ballast.unlink()


def _takes_no_more(file: BinaryIO) -> bool:
    try:
        while True:
            file.write(bytes(4096))
    except OSError as error:
        return error.errno == errno.ENOSPC


@contextmanager
def standby(url: str, _server: Process) -> Iterator[None]:
    """The server refuses to write, as a standby does."""
    _alter(url, "SET default_transaction_read_only = on")
    yield
    _alter(url, "RESET default_transaction_read_only")


@contextmanager
def away(url: str, _server: Process) -> Iterator[None]:
    """The server takes no connections."""
    _alter(url, "ALLOW_CONNECTIONS false")
    yield
    _alter(url, "ALLOW_CONNECTIONS true")


def _alter(url: str, change: str) -> None:
    """Changes a Postgres database. Cuts its connections, unless the change is a reset."""
    name = sa.make_url(url).database
    with databases.administrator() as connection:
        connection.execute(f'ALTER DATABASE "{name}" {change}')
        if not change.startswith("RESET"):
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


# The tables that record what people did, and which deliveries had their effect.
RECORDED = ("handoff", "ledger", "ledger_text", "feedback", "comment", "receipt")
TROUBLES: Sequence[tuple[str, Trouble, str]] = [
    ("sqlite", locked, "is locked by something that takes long"),
    ("sqlite", no_room, "is out of room"),
    ("postgres", standby, "can only be read"),
    ("postgres", away, "does not answer"),
]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A folder on a small disk of its own. None if the test may not mount one, as without root's rights."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "none", folder], capture_output=True, check=False)
    yield None if made.returncode else folder
    if not made.returncode:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_told_of_and_recovered_from(tmp_path: Path, small_disk: Path | None) -> None:
    """The disk is really full. Without the rights to mount one, the process may not write more."""
    url = databases.sqlite(small_disk or tmp_path)
    check_play(tmp_path, "sqlite", full_disk if small_disk else no_room, "is out of room", url=url)


@pytest.mark.timeout(300)
def test_a_disk_that_is_full_again_and_again_while_a_company_works_loses_nothing_that_was_acknowledged(
    tmp_path: Path, small_disk: Path | None
) -> None:
    url = databases.sqlite(small_disk or tmp_path)
    shortage = full_disk if small_disk else no_room
    with rounds.field(tmp_path, url, "1", webs=1, clocks=0) as field:
        [role] = field.fleet.webs
        process = role.process

        def run_short() -> None:
            enough = complaints(field) + 5
            with shortage(url, process):
                field.company.slack.wait_for(lambda: complaints(field) >= enough, timeout=60)

        outcome = rounds.blows(field, run_short, times=5, messages=40)
        assert role.process is process, "nobody had to start it again"
    assert outcome.problems == []


def complaints(field: Field) -> int:
    """Returns how many commands were answered with the message that there is no room."""
    answers = field.company.slack.log.deliveries("slash_commands")
    return sum("is out of room" in str(one.body) for one in answers)


@pytest.mark.parametrize(("kind", "trouble", "why"), TROUBLES, ids=[trouble.__name__ for _, trouble, _ in TROUBLES])
def test_nothing_is_acknowledged_that_was_not_saved_and_all_goes_on_when_the_trouble_ends(
    tmp_path: Path, kind: str, trouble: Trouble, why: str
) -> None:
    check_play(tmp_path, kind, trouble, why)


def check_play(folder: Path, kind: str, trouble: Trouble, why: str, *, url: str | None = None) -> None:
    """Before the problem work goes on, during it nothing is acknowledged, and after it work goes on again."""
    with house(kind, folder, url=url) as (team, installation), installation.serving() as server:
        url = installation.environment["DATABASE_URL"]
        flagged(team, JANE)
        flagged(team, "Bob Ray, Globex, bob@globex.com")
        card, form = team.card(1), filled_form(team)
        before = saved(url, RECORDED)
        with trouble(url, server):
            wait_until(lambda: f"the database {why}" in str(server.get_json("/readyz")["why"]))
            assert server.get("/readyz")[0] == 503
            nothing_is_acknowledged(team, card, form, why)
            assert server.get("/healthz")[0] == 200
        wait_until(lambda: server.get("/readyz")[0] == 200)
        assert saved(url, RECORDED) == before
        everything_can_be_done_again(team, card)
        assert server.terminate()[0] == 0


def nothing_is_acknowledged(team: Team, card: Message, form: View, why: str) -> None:
    """However people speak, they hear within Slack's three seconds that it was not saved, and why."""
    said = team.raj.command("/mql", "Cid Lee, Initech, cid@initech.com", channel=team.leads)
    assert said.ok, said
    assert f"I could not save this: the database {why}" in said.text
    said = team.raj.command("/accept", "1", channel=team.leads)
    assert f"I could not save this: the database {why}" in said.text

    submitted = team.mia.submit()
    assert submitted.ok, submitted
    assert team.mia.view is not None, "the form stays"
    assert "I could not save this" in "".join(team.mia.view.errors.values())
    assert team.mia.view.values == form.values, "with all that was typed"

    clicked = team.dana.click(card, "Accept")
    assert clicked.ok, clicked
    assert f"I could not save this: the database {why}" in whispered(team)

    team.dana.react(card, "star")
    told = team.slack.log.deliveries("events_api", event="reaction_added")
    assert {one.status for one in told} == {503}, "so Slack delivers it again"


def everything_can_be_done_again(team: Team, card: Message) -> None:
    answer = team.mia.submit()
    assert answer.ok, answer
    assert team.mia.view is not None
    assert "Flagged as #3" in team.mia.view.plain()
    assert team.dana.click(card, "Accept").ok
    team.slack.wait_for(lambda: "has it" in team.card(1).plain(), timeout=30)
    team.slack.clock.advance(timedelta(minutes=2))  # then Slack delivers an event for the third time
    team.slack.wait_for(lambda: "great lead" in team.card(1).plain(), timeout=30)
    flagged(team, "Cid Lee, Initech, cid@initech.com")
    team.slack.wait_for(lambda: len(team.cards()) == 4, timeout=30)
    assert [one.text.split()[0] for one in team.cards()] == ["#1", "#2", "#3", "#4"]


def flagged(team: Team, words: str) -> None:
    """Flags a lead. Returns when its card is shown."""
    said = team.mia.command("/mql", words, channel=team.leads)
    assert "Flagged as #" in said.text, said.text
    number = said.text.split("Flagged as #")[1].split()[0]
    team.slack.wait_for(lambda: any(card.text.startswith(f"#{number} ") for card in team.cards()), timeout=30)


def filled_form(team: Team) -> View:
    """Opens the flag form for Mia and fills it in. Returns it before it is sent."""
    team.mia.command("/mql", "", channel=team.leads)
    for field, words in {"name": "Eve Fox", "company": "Hooli", "email": "eve@hooli.com", "why_now": "called"}.items():
        team.mia.fill(field, words)
    assert team.mia.view is not None
    return team.mia.view


def whispered(team: Team) -> str:
    return [one for one in team.dana.sees(team.leads) if one.is_ephemeral][-1].plain()


# Prefix of a command that takes away root's right to write to protected files. Empty if the user is not root.
AS_OTHERS = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_database_that_may_only_be_read_is_refused_at_start_with_what_to_do(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "database"
    folder.mkdir()
    url = databases.sqlite(folder)
    protected = file_of(url) if what == "file" else folder
    protected.chmod(0o555)
    with house("sqlite", tmp_path, url=url, under=AS_OTHERS) as (_team, installation):
        for command in ("serve", "clock"):
            ended = installation.run(command, PORT=str(free_port()))
            assert ended.returncode == 1
            assert ended.stderr.startswith("The database can only be read: its file or folder is write-protected")
            assert "Traceback" not in ended.stderr
        for one in (folder, *folder.iterdir()):  # SQLite may have left a log beside the file
            one.chmod(0o755)
        with installation.serving() as server:
            assert server.get("/readyz")[0] == 200
