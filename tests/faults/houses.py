"""A team and the bot installed beside it on a database of one kind: where faults are played."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.sandbox import Sandbox, SandboxClock
from models.rules.agreement import explained
from tests import databases
from tests.monday import MONDAY
from tests.scenario.processes import Installation
from tests.scenario.world import Team, make_team


@contextmanager
def house(
    kind: str, folder: Path, *, url: str | None = None, under: Sequence[str] = ()
) -> Iterator[tuple[Team, Installation]]:
    """The team on a Monday morning, its agreement in a file that the bot reads at start, and a fresh database (or the
    one at `url`). The agreement names a country: its holidays take some 12 MB, once, whenever the first calendar needs
    them, and whoever looks at the memory means what grows with the requests."""
    own = url or (databases.sqlite(folder) if kind == "sqlite" else databases.postgres())
    try:
        with Sandbox(rate_limits=False, clock=SandboxClock(folder / "clock")) as slack:
            slack.clock.set(MONDAY)
            team = make_team(slack)
            agreement = folder / "agreement.toml"
            agreement.write_text(explained(team.agreement(holidays={"country": "DE"})), "utf-8")
            yield team, Installation(slack, own, folder, under=under, BATON_AGREEMENT=str(agreement))
    finally:
        if url is None:
            databases.drop(own)
