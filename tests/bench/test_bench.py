"""The bench measures what it says, from end to end, and the limit writes what Baton writes."""

import gc
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from slack_bolt import BoltRequest

from bot.app import Baton
from models.storage.tables import Counter as WorkspaceCounter
from models.storage.tables import Handoff, Lead, LeadKey, LedgerEntry, Outbox, Promise, Receipt, RepLoad, table
from tests import databases
from tests.bench import history, team
from tests.bench.__main__ import PARTS, measure
from tests.bench.answers import on_offer
from tests.bench.bases import KINDS, bases, opened
from tests.bench.growth import WEEK
from tests.bench.limit import Limit, answering
from tests.bench.load import no_garbage_collection
from tests.bench.payloads import Slack
from tests.bench.results import Results
from tests.bench.run import Effort, Run, settings
from tests.bench.targets import verdict
from tests.monday import TEN

PEOPLE = team.made_up()
SLACK = Slack(PEOPLE, "secret")
TINY = Effort(
    rounds=1,
    saturated_seconds=0.1,
    steady_seconds=0.1,
    cards=1,
    starts=1,
    commands=2,
    dispatches=100,
    people=2,
    nudges=2,
    sizes=(2_000, 3_000),
    repeats=1,
    messages=400,
)
WRITTEN = (Lead, LeadKey, WorkspaceCounter, Handoff, Promise, RepLoad, LedgerEntry, Outbox, Receipt)
# Columns whose values must be equal. For the others both must have a value, or neither.
COMPARED = frozenset(
    {
        *("state", "what", "version", "kind", "move", "moved", "response", "wanted", "shown", "attempts", "source"),
        *("number", "handoffs", "open_handoffs", "last_turn"),
    }
)


@pytest.fixture(params=KINDS)
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[str]]:
    """Two databases with a team. In each, handoff 40 is on offer to the first rep."""
    made = [databases.sqlite(tmp_path) if request.param == "sqlite" else databases.postgres() for _ in range(2)]
    for url in made:
        with opened(url) as store:
            team.set_up(store, PEOPLE)
            history.write(store, PEOPLE, on_offer(40, 1))
    yield made
    for url in made:
        databases.drop(url)


@pytest.mark.parametrize("what", ["mql", "accept", "click"])
def test_the_limit_writes_the_rows_that_baton_writes(urls: list[str], what: str) -> None:
    """After the same request to both, the same rows are new, and the same rows change in the same columns."""
    rep = PEOPLE.reps[0]
    says = {"mql": SLACK.mql(), "accept": SLACK.accept(40, rep), "click": SLACK.click(40, rep)}
    baton, limit = Baton(settings(urls[0]), clock_inside=False), Limit(urls[1])
    before = [_rows(url) for url in urls]
    for app in (baton.bolt, answering(limit)):
        assert app.dispatch(_request(says[what])).status == 200
    baton.stop()
    limit.close()
    by_baton, by_the_limit = (
        [new - old for old, new in zip(b, _rows(url), strict=True)] for b, url in zip(before, urls, strict=True)
    )
    assert sum(map(len, by_baton)) >= 5
    assert by_baton == by_the_limit


def _rows(url: str) -> list[Counter[str]]:
    """Returns the rows of each table, as far as they are compared."""
    with opened(url) as store, store.engine.connect() as connection:
        return [
            Counter(_seen(row) for row in connection.execute(sa.select(table(model))).mappings()) for model in WRITTEN
        ]


def _seen(row: Mapping[Any, Any]) -> str:
    return ", ".join(f"{name}={value if name in COMPARED else '…'}" for name, value in row.items() if value is not None)


def _request(raw: bytes) -> BoltRequest:
    """Returns the body of a whole HTTP request, as the front passes it to Bolt."""
    body = raw.split(b"\r\n\r\n", 1)[1].decode()
    return BoltRequest(body=body, headers={"content-type": "application/x-www-form-urlencoded"})


@pytest.mark.timeout(300)  # a page, servers and databases, one after another: a busy machine takes its time
def test_the_bench_runs_from_end_to_end(tmp_path: Path) -> None:
    """Every part runs, with as little work as possible, and its figures are in the file."""
    results = Results()
    with bases(tmp_path / "bench", keep=False) as made:
        run = Run(
            results=results, bases=made, folder=made.folder, kinds=("sqlite",), effort=TINY, progress=lambda _: None
        )
        measure(run, list(PARTS))
    results.write(tmp_path / "bench.json")
    figures = json.loads((tmp_path / "bench.json").read_text())
    of = ("of_limit", "of_bare", "p50_of_limit", "p95_of_limit", "cpu_of_limit")
    ratios = [f"sqlite.{what}.{one}" for what in ("mql", "accept", "click") for one in of]
    ratios += [f"sqlite.{what}.3k_of_2k" for what in ("digest", "sweep", "home")]
    ratios += ["card.median_ms", "card.p99_ms", "start.of_bare", "memory.of_bare", "dispatch.of_one", "drain.of_floor"]
    assert {name: figures[name] for name in ratios if not figures.get(name, 0) > 0} == {}
    assert figures["drain.refused"] == 0
    assert not (tmp_path / "bench").exists()


def test_no_garbage_is_collected_while_requests_are_sent() -> None:
    with no_garbage_collection():
        assert not gc.isenabled()
        assert gc.get_freeze_count() > 0
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_at_the_end_stands_which_targets_are_missed() -> None:
    figures: dict[str, float | str] = {
        "sqlite.version": "3.40.1",
        "sqlite.mql.of_limit": 0.75,
        "sqlite.mql.of_bare": 0.1,
        "sqlite.mql.p95_of_limit": 2.25,
        "postgres.mql.cpu_of_limit": 1.25,
        "sqlite.digest.1m_of_10k": 1.0,
        "drain.refused": 1,
        "page": "needs Chromium",
    }
    assert verdict(figures) == [
        "Targets: 2 of 5 missed.",
        "  sqlite.mql.p95_of_limit is 2.25, at most 2 is wanted",
        "  drain.refused is 1, at most 0 is wanted",
    ]


def test_at_the_end_stands_that_all_targets_are_met() -> None:
    assert verdict({"sqlite.mql.of_limit": 0.8, "dispatch.of_one": 1.2}) == ["Targets: all 2 met."]
    assert verdict({"sqlite.mql.of_bare": 0.8}) == ["None of these figures has a target."]


def test_a_history_is_that_of_a_team(database_url: str) -> None:
    """Its digest has numbers, people have something to do, and a new lead can be flagged."""
    history.lived(database_url, PEOPLE, 2_000, now=TEN)
    baton = Baton(settings(database_url), clock_inside=False)
    numbers, *_ = baton.digests.numbers(PEOPLE.workspace_id, WEEK, as_of=TEN)
    assert all(
        (
            numbers.this_week.flagged,
            numbers.earlier.accepted,
            numbers.outcomes.won,
            numbers.answers.due,
            numbers.feedback,
        )
    )
    assert len(baton.queries.waiting(by=PEOPLE.caller(PEOPLE.reps[0]), at=numbers.as_of).owed) == 10
    assert "Flagged as #2001" in baton.bolt.dispatch(_request(SLACK.mql())).body
    baton.stop()
