"""`baton facts` as another program uses it: a process that answers questions, whether a bot runs or not."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.facts import LONGEST_LINE, QUESTIONS
from models.errors import DatabaseProblem
from models.storage import problems, schema
from models.storage.store import Store
from models.storage.tables import Workspace
from tests import databases
from tests.scenario.processes import Installation
from tests.scenario.world import JANE, Team, World

SINCE = "2026-11-16T00:00:00Z"


class Asker:
    """The other program."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def says(self, line: bytes) -> dict[str, Any]:
        """Sends a line. Returns the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()
        reply: dict[str, Any] = json.loads(self._process.stdout.readline())
        return reply

    def asks(self, question: str, **about: object) -> Any:
        reply = self.says(json.dumps({"question": question, **about}).encode())
        assert "error" not in reply, reply
        assert reply["question"] == question
        return reply["answer"]

    def is_told(self, question: str, **about: object) -> tuple[str, str]:
        """Asks a question that must fail. Returns the kind of the error and its message."""
        error = self.says(json.dumps({"question": question, **about}).encode())["error"]
        return error["kind"], error["message"]


@contextmanager
def facts(url: str) -> Iterator[Asker]:
    """Yields a separate process. It must end when the questions end, without an error."""
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "facts"],
        env={"DATABASE_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        yield Asker(process)
        rest, complaints = process.communicate(timeout=20)
    assert (process.returncode, rest, complaints) == (0, b"", b"")


def test_each_question_is_answered_with_what_happened(world: World, fresh_url: str) -> None:
    number = world.flag(JANE, to=world.dana)
    with facts(fresh_url) as asker:
        due_at = asker.asks("next_breach.v1", after=SINCE)
        assert asker.asks("handoffs.v1") == [
            {
                "number": number,
                "name": "Jane Doe",
                "company": "Acme",
                "state": "offered",
                "owner": world.dana.id,
                "due_at": due_at,
            }
        ]
        now = world.now.isoformat()
        assert asker.asks("undone.v1", at=now) == {}
        assert asker.asks("next_due.v1", after=now) < due_at
        assert asker.asks("given_up.v1") == 0
        card = world.card(number)
        assert asker.asks("about.v1", channel=world.leads.id, ts=card.ts) == number
        assert asker.asks("about.v1", channel=world.leads.id, ts="1.000001") is None
        assert asker.asks("cards.v1") == [
            {"lane": world.leads.id, "token": (card.metadata or {})["event_payload"]["token"]}
        ]
        assert asker.asks("reminder.v1", person=world.dana.id, since=SINCE) is None
        world.slack.clock.advance(timedelta(hours=5))
        assert asker.asks("undone.v1", at=world.now.isoformat()) == {"reminder": 1}
        assert asker.asks("owed.v1", at=world.now.isoformat()) == {"reminder": 1}
        world.tick()
        assert asker.asks("owed.v1", at=world.now.isoformat()) == {}
        assert asker.asks("reminder.v1", person=world.dana.id, since=SINCE) in {
            one.ts for one in world.dana.direct_messages()
        }
        world.dana.command("/accept", f"{number} I call her today", channel=world.leads)
        flagged, accepted = asker.asks("ledger.v1", number=number)
        assert (flagged["move"], flagged["actor"], flagged["at"][-1]) == ("flag", world.mia.id, "Z")
        assert (accepted["move"], accepted["state"], accepted["owner"]) == ("accept", "accepted", world.dana.id)
        assert accepted["note"] == "I call her today"
        assert asker.asks("ledger.v1", number=number + 1) == []
        assert asker.asks("moves.v1", since=SINCE) == ["accept", "flag"]
        assert asker.asks("moves.v1", since=(world.now + timedelta(hours=1)).isoformat()) == []
        assert asker.asks("digest.v1", since=SINCE) is None
        digest_at = asker.asks("next_digest.v1", after=now)
        assert digest_at > now
        assert asker.asks("handoffs.v1", workspace="T0ELSEWHERE") == []


def test_it_answers_while_the_bot_is_dead(installed: tuple[Team, Installation], fresh_url: str) -> None:
    team, installation = installed
    with installation.serving() as process:
        team.mia.command("/mql", JANE, channel=team.leads)
        process.kill()
        with facts(fresh_url) as asker:
            (standing,) = asker.asks("handoffs.v1")
            assert (standing["name"], standing["state"]) == ("Jane Doe", "offered")
            assert [entry["move"] for entry in asker.asks("ledger.v1", number=standing["number"])] == ["flag"]


WRONG: list[tuple[bytes, str]] = [
    (b"", "a question is one JSON object on a line"),
    (b"handoffs.v1", "a question is one JSON object on a line"),
    (b"\xff\xfe", "a question is one JSON object on a line"),
    (b"[" * 5000, "a question is one JSON object on a line"),
    (b'"' + b"x" * 3 * LONGEST_LINE + b'"', "a question is one JSON object on a line"),
    (b"[]", "a question is a JSON object, such as"),
    (b"{}", "question: one of handoffs.v1, "),
    (b'{"question": ["handoffs.v1"]}', "question: one of handoffs.v1, "),
    (b'{"question": "handoffs.v9"}', "question: one of handoffs.v1, "),
    (b'{"question": "handoffs.v1", "numer": 1}', "numer: "),
    (b'{"question": "ledger.v1"}', "number: "),
    (b'{"question": "ledger.v1", "number": 0}', "number: "),
    (b'{"question": "ledger.v1", "number": 99999999999999999999999}', "number: "),
    (b'{"question": "moves.v1", "since": "yesterday"}', "since: "),
    (b'{"question": "moves.v1", "since": "2026-11-16T09:00:00"}', "since: "),
    (b'{"question": "moves.v1", "since": "9999-12-31T23:59:59-12:00"}', "since: "),
    (b'{"question": "about.v1", "channel": "C1", "ts": "1\\u0000"}', "ts: "),
    (b'{"question": "about.v1", "channel": "\\ud800", "ts": "1"}', "a question is one JSON object on a line"),
    (b'{"question": "handoffs.v1", "id": {}}', "id"),
]


def test_what_is_no_question_gets_an_error_and_the_next_one_its_answer(world: World, fresh_url: str) -> None:
    with facts(fresh_url) as asker:
        for line, message in WRONG:
            reply = asker.says(line)
            assert reply["error"]["kind"] == "request", reply
            assert reply["error"]["message"].startswith(message), reply
            assert asker.asks("handoffs.v1") == []
        named = asker.says(b'{"question": "ledger.v1", "id": "mine"}')
        assert named["id"] == "mine"
        assert asker.says(b'{"question": "handoffs.v1", "id": 7}') == {"id": 7, "question": "handoffs.v1", "answer": []}


def test_where_there_are_several_workspaces_or_none_it_asks_which(fresh_url: str) -> None:
    store = Store(fresh_url, steady=time.monotonic)
    with facts(fresh_url) as asker:
        kind, message = asker.is_told("handoffs.v1")
        assert (kind, message) == ("workspace", "workspace: its id (T…); there is none in the database yet")
        with store.write() as session:
            session.add_all([Workspace(id="T1"), Workspace(id="T2")])
        assert asker.is_told("handoffs.v1") == ("workspace", "workspace: one of T1, T2")
        assert asker.asks("handoffs.v1", workspace="T2") == []
    store.close()


def test_a_database_that_is_not_there_yet_is_neither_made_nor_migrated(kind: str, tmp_path: Path) -> None:
    missing = tmp_path / "folder" / "baton.db"
    with facts(f"sqlite:///{missing}") as asker:
        kind_of, message = asker.is_told("handoffs.v1")
        assert (kind_of, message) == ("database", f"The database {DatabaseProblem.CLOSED}.")
    assert not missing.parent.exists()
    bare = (
        databases.sqlite(tmp_path, migrated=False) if kind.startswith("sqlite") else databases.postgres(migrated=False)
    )
    store = Store(bare, steady=time.monotonic)
    with store.engine.connect() as connection:
        assert schema.current(connection) is None
    with facts(bare) as asker:
        kind_of, message = asker.is_told("handoffs.v1")
        assert (kind_of, "baton migrate" in message) == ("schema", True)
        with store.engine.connect() as connection:
            assert schema.current(connection) is None
        schema.migrate(store)
        assert asker.asks("handoffs.v1", workspace="T1") == []
    store.close()
    databases.drop(bare)


@pytest.mark.parametrize("alone", [False, True])
def test_whoever_opens_a_database_only_to_read_can_change_nothing_in_it(fresh_url: str, *, alone: bool) -> None:
    store = Store(fresh_url, read_only=True, steady=time.monotonic)
    for way in (store.read(), store.write(alone=alone)):
        with pytest.raises(sa.exc.DBAPIError) as refused, way as session:
            session.execute(sa.text("INSERT INTO workspace (id, agreement_version) VALUES ('T1', 0)"))
        assert problems.of(refused.value) is DatabaseProblem.READ_ONLY
    with store.read() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM workspace")) == 0
    store.close()


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_after_a_backup_was_restored_the_backup_is_what_it_reads(world: World, fresh_url: str, tmp_path: Path) -> None:
    file, backup = tmp_path / "now.db", databases.sqlite(tmp_path).removeprefix("sqlite:///")
    world.flag(JANE)
    with (
        closing(sqlite3.connect(fresh_url.removeprefix("sqlite:///"))) as here,
        closing(sqlite3.connect(file)) as there,
    ):
        here.backup(there)
    with facts(f"sqlite:///{file}") as asker:
        assert len(asker.asks("handoffs.v1")) == 1
        Path(backup).replace(file)
        assert asker.asks("handoffs.v1", workspace=world.slack.team_id) == []
        file.unlink()
        assert asker.is_told("handoffs.v1")[0] == "database"


def test_every_question_is_on_its_page_with_what_it_takes() -> None:
    page = (Path(__file__).parents[2] / "docs/facts.md").read_text("utf-8")
    for name, kind in QUESTIONS.items():
        row = next((line for line in page.splitlines() if line.startswith("| `") and f"`{name}`" in line), "")
        assert row, name
        for field in kind.model_fields.keys() - {"question", "id", "workspace"}:
            assert f"`{field}`" in row, (name, field)
