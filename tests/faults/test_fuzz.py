"""A short form of the fuzz. `tests.faults.fuzz` says what is sent."""

import random
from pathlib import Path

import pytest

from tests.faults import fuzz
from tests.faults.houses import house

SEED = 42
COUNT = 1500


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_no_body_makes_it_fail_or_grow_or_act_twice(tmp_path: Path, kind: str) -> None:
    chance = random.Random(SEED)
    with house(kind, tmp_path) as (team, installation), installation.serving() as server:
        payloads = fuzz.real_payloads(team)
        sent = fuzz.bodies(chance, payloads, COUNT)
        found = fuzz.over_http(server, team, installation.environment["DATABASE_URL"], sent, COUNT)
        fuzz.require_nothing_unforeseen(server)
    assert {200, 400, 401} <= found.statuses.keys()
    assert found.grown < fuzz.GROWTH


@pytest.mark.parametrize("kind", ["sqlite"])
def test_no_payload_over_the_socket_makes_it_fail(tmp_path: Path, kind: str) -> None:
    with house(kind, tmp_path) as (team, installation):
        with installation.serving():
            payloads = fuzz.real_payloads(team)
        with installation.serving(SLACK_APP_TOKEN=team.slack.app_token) as server:
            team.slack.wait_for(lambda: team.slack.sockets, timeout=30)
            assert fuzz.over_socket(team, payloads, random.Random(SEED), 300) > 200  # others: reactions, replies
            fuzz.require_nothing_unforeseen(server)
