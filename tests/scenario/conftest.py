"""The fixtures of scenarios. A scenario runs on two databases and over two transports."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox import Sandbox, SandboxClock
from models.rules.toml import explained
from tests import databases
from tests.monday import MONDAY
from tests.scenario import world as worlds
from tests.scenario.nursery import Nursery
from tests.scenario.processes import Installation
from tests.scenario.world import Team, World, make_team

# The kinds that a scenario runs on, unless it or its module names others. See also `EVERYWHERE`.
BOTH = ("sqlite-http", "postgres-http")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Gives each scenario the databases and transports that it runs on."""
    named = any(mark.args[0] == "kind" for mark in metafunc.definition.iter_markers("parametrize"))
    if "kind" in metafunc.fixturenames and not named:
        metafunc.parametrize("kind", getattr(metafunc.module, "KINDS", BOTH))


@pytest.fixture
def kind() -> str:
    """The database and the transport, such as sqlite-http. `pytest_generate_tests` gives the value."""
    raise LookupError("a scenario names its kinds, or its module does")


@pytest.fixture
def fresh_url(kind: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database of that kind."""
    url = databases.sqlite(tmp_path) if kind.startswith("sqlite") else databases.postgres()
    yield url
    databases.drop(url)


@pytest.fixture
def world(kind: str, fresh_url: str) -> Iterator[World]:
    """A team whose agreement is in force, on a Monday morning."""
    with worlds.world(fresh_url, "socket" if kind.endswith("socket") else "http") as made:
        yield made


@pytest.fixture
def empty(kind: str, fresh_url: str) -> Iterator[World]:
    """The same team before anything is set up."""
    with worlds.world(fresh_url, "socket" if kind.endswith("socket") else "http", set_up=False) as made:
        yield made


@pytest.fixture
def installed(kind: str, fresh_url: str, tmp_path: Path) -> Iterator[tuple[Team, Installation]]:
    """A workspace, and the bot that is installed for it but does not run. They share a clock."""
    with Sandbox(rate_limits=False, clock=SandboxClock(tmp_path / "clock")) as slack:
        slack.clock.set(MONDAY)
        team = make_team(slack)
        agreement = tmp_path / "agreement.toml"
        agreement.write_text(explained(team.agreement()), "utf-8")
        yield team, Nursery(slack, fresh_url, tmp_path, BATON_AGREEMENT=str(agreement))
