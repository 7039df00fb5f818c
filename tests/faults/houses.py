"""A team, and the bot that is installed for it on a database of one kind."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from bot.sandbox import Sandbox, SandboxClock
from models.rules.toml import explained
from models.storage.store import database_url
from tests import databases
from tests.monday import MONDAY
from tests.scenario.nursery import Nursery
from tests.scenario.processes import Installation
from tests.scenario.world import Team, make_team


@contextmanager
def house(
    kind: str, folder: Path, *, url: str | None = None, under: Sequence[str] = ()
) -> Iterator[tuple[Team, Installation]]:
    """Yields a team on a Monday morning and an installation. The bot reads the agreement from a file at start, and uses
    a fresh database or the one at `url`. The agreement names a country, so that its holidays are loaded at once: they
    take about 12 MB, and a test that measures memory means what grows with the requests."""
    own = url or (databases.sqlite(folder) if kind == "sqlite" else databases.postgres())
    try:
        with Sandbox(rate_limits=False, clock=SandboxClock(folder / "clock")) as slack:
            slack.clock.set(MONDAY)
            team = make_team(slack)
            agreement = folder / "agreement.toml"
            agreement.write_text(explained(team.agreement(holidays={"country": "DE"})), "utf-8")
            yield team, Nursery(slack, own, folder, under=under, BATON_AGREEMENT=str(agreement))
    finally:
        if url is None:
            databases.drop(own)


def saved(url: str, tables: Sequence[str]) -> dict[str, int]:
    """Returns the number of rows in each of the tables."""
    engine = sa.create_engine(database_url(url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return {
            name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0  # noqa: S608 - all constants
            for name in tables
        }
