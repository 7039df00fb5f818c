"""A roll-out: several migrations at the same time, and two versions of the program side by side."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from models.storage import schema
from models.storage.store import MIGRATION_LOCK
from tests import databases
from tests.faults.houses import house
from tests.scenario.processes import free_port, wait_until
from tests.scenario.world import Team

HERE = Path(__file__).parents[2]
KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgres"])

REVISION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{revision}", "{before}"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("lead", sa.Column("nickname", sa.String(), nullable=True))
    op.create_index("ix_lead_nickname", "lead", ["nickname"])
    op.create_table("favourite", sa.Column("id", sa.Integer(), primary_key=True))
"""
NEXT = f"{int(schema.head()) + 1:04}"
NEXT_ERA = f"{int(schema.head()[:2]) + 1:02}01"


def newer_program(folder: Path, revision: str) -> dict[str, str]:
    """Makes a copy of the program that has one more revision. Returns the setting that runs it instead of this one."""
    copy = folder / f"baton-{revision}"
    for package in ("bot", "handlers", "jobs", "models"):
        shutil.copytree(HERE / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    text = REVISION.format(revision=revision, before=schema.head())
    (copy / "models/storage/migrations/versions" / f"{revision}_newer.py").write_text(text, "utf-8")
    return {"PYTHONPATH": str(copy)}


@KINDS
def test_old_and_new_serve_side_by_side_after_an_addition_and_the_old_one_may_come_back(
    tmp_path: Path, kind: str
) -> None:
    newer = newer_program(tmp_path, NEXT)
    with house(kind, tmp_path) as (team, installation), installation.serving() as old:
        flag(team, 1)
        refused = installation.run("serve", PORT=str(free_port()), **newer)
        assert "needs a migration" in refused.stderr
        migrated = installation.run("migrate", **newer)
        assert f"The database is at {NEXT} (it was at {schema.head()})" in migrated.stdout, migrated
        assert old.get("/readyz")[0] == 200
        flag(team, 2)
        with installation.serving("--no-clock", **newer) as new:
            team.slack.deliver_to(*(f"{process.url}/slack/events" for process in (old, new)))
            for number in range(3, 9):
                flag(team, number)
            for number in range(1, 9):
                assert "is yours" in team.dana.command("/accept", str(number), channel=team.leads).text
            assert old.get("/readyz")[0] == new.get("/readyz")[0] == 200
            team.slack.wait_for(lambda: all_accepted(team, 8), timeout=30)
        assert old.terminate()[0] == 0
        back = installation.run("migrate")
        assert (back.returncode, back.stdout.strip()) == (0, f"The database is at {NEXT}.")
        with installation.serving():
            flag(team, 9)


@KINDS
def test_what_is_not_only_added_is_refused_by_the_old_one_with_what_to_do(tmp_path: Path, kind: str) -> None:
    newer = newer_program(tmp_path, NEXT_ERA)
    with house(kind, tmp_path) as (_team, installation):
        with installation.serving("--no-clock") as old:
            assert installation.run("migrate", **newer).returncode == 0
            status, why = old.get("/readyz")
            assert status == 503
            assert f"written by a newer Baton (revision {NEXT_ERA})" in why
        for command in ("serve", "clock", "migrate"):
            ended = installation.run(command, PORT=str(free_port()))
            assert ended.returncode == 1
            assert "Run that version, or restore a backup" in ended.stderr
            assert "Traceback" not in ended.stderr


@KINDS
def test_of_four_that_migrate_at_once_one_does_the_work_and_all_end_well(tmp_path: Path, kind: str) -> None:
    url = databases.sqlite(tmp_path, migrated=False) if kind == "sqlite" else databases.postgres(migrated=False)
    with house(kind, tmp_path, url=url) as (_team, installation), ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda _: installation.run("migrate"), range(4)))
    databases.drop(url)
    assert [one.returncode for one in ended] == [0] * 4, ended
    said = f"The database is at {schema.head()}"
    assert sorted(one.stdout.strip() for one in ended) == [f"{said} (it was at nothing yet).", *[f"{said}."] * 3]


@KINDS
def test_who_migrates_waits_for_another_however_long_it_takes(tmp_path: Path, kind: str) -> None:
    with (
        house(kind, tmp_path) as (team, installation),
        installation.serving("--no-clock"),
        ThreadPoolExecutor(1) as pool,
    ):
        with another_migrating(kind, installation.environment["DATABASE_URL"]) as others_wait:
            second = pool.submit(installation.run, "migrate")
            others_wait(team)
            assert not second.done()
        assert second.result().returncode == 0


@contextmanager
def another_migrating(kind: str, url: str) -> Iterator[Callable[[Team], None]]:
    """For the block, somebody else changes the schema. Yields a function that waits until that has kept others
    waiting."""
    if kind == "sqlite":
        rival = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        rival.execute("BEGIN IMMEDIATE")

        def longer_than_requests_wait(team: Team) -> None:
            assert "is locked" in team.mia.command("/mql", "Jane Doe, Acme, jane@acme.com", channel=team.leads).text

        yield longer_than_requests_wait
        rival.close()
        return
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATION_LOCK])

        def until_it_waits(_team: Team) -> None:
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            wait_until(lambda: connection.execute(waiting).fetchone() == (1,))

        yield until_it_waits


def flag(team: Team, number: int) -> None:
    said = team.mia.command("/mql", f"Lead {number}, Company {number}, lead{number}@c{number}.com", channel=team.leads)
    assert f"Flagged as #{number}" in said.text, said.text


def all_accepted(team: Team, count: int) -> bool:
    cards = [one for one in team.slack.messages(team.leads) if one.user == team.slack.bot_user_id and not one.is_reply]
    return len(cards) == count and all("has it" in card.plain() for card in cards)
