"""Postgres fails while a company works with the bot: nothing is lost, and people are told."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import postgres, rounds
from tests.faults.postgres import Server
from tests.faults.rounds import Field
from tests.scenario.processes import wait_until

SEED = "1"
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres.running() as made:
        yield made


@pytest.fixture
def field(server: Server, tmp_path: Path) -> Iterator[Field]:
    with rounds.field(tmp_path, server.new_database(), SEED, webs=2, clocks=2) as made:
        yield made


def test_postgres_restarted_and_cut_off_again_and_again(field: Field, server: Server) -> None:
    outcome = rounds.blows(field, server.restart, server.cut, times=6, messages=20)
    assert outcome.problems == []


def test_when_another_server_becomes_the_primary_baton_follows(tmp_path: Path) -> None:
    with postgres.followed() as pair, rounds.field(tmp_path, pair.url, SEED, webs=2, clocks=2) as field:
        outcome = rounds.blows(field, pair.fail_over, times=1, messages=20)
    assert outcome.problems == []


def test_without_the_database_a_person_hears_that_it_was_not_saved_and_later_all_is_well(
    field: Field, server: Server
) -> None:
    mia, leads = field.company.marketers[0], field.company.leads
    text = "Jane Doe, Acme, jane@acme.com"
    server.stop()
    said = mia.command("/mql", text, channel=leads)
    assert said.ok
    assert "again in a minute" in said.text
    server.start()
    field.fleet.ready()
    assert "Flagged as #1" in mia.command("/mql", text, channel=leads).text


def test_while_the_database_hangs_a_person_hears_in_time_that_nobody_knows_yet_and_the_metrics_show_it(
    field: Field, server: Server
) -> None:
    mia, leads = field.company.marketers[0], field.company.leads
    text = "Jane Doe, Acme, jane@acme.com"
    with server.frozen():
        said = [mia.command("/mql", text, channel=leads) for _ in field.fleet.webs]
        red = field.fleet.webs[0].process.get("/readyz")
        _, told = field.fleet.clocks[0].process.get("/metrics")
    assert red == (503, '{"ready":false,"why":"the database does not answer"}')
    assert "\nbaton_database_up 0.0\n" in told
    assert "\nbaton_messages_adopted_total 0.0\n" in told, "what is counted in memory is told all the same"
    assert all(one.ok for one in said)
    assert all("again in a minute" in one.text for one in said)
    field.fleet.ready()
    wait_until(lambda: "#1" in mia.command("/mql", text, channel=leads).text)
    field.witness.settled()
    assert field.witness.evidence(field.company.leads.id, [], overtaken=Counter()).leads[0].email == "jane@acme.com"
