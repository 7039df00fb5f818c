"""`python -m tests.bench.limit`: a server that writes the same rows as Baton, by hand-written SQL through the bare
driver, in one transaction. It leaves out everything else: permissions, routing, deadlines and wording.

A test compares its rows with Baton's. If that test fails, update the SQL here.
"""

import itertools
import json
import os
import re
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import psycopg
from slack_bolt import Ack, App

from tests.bench import front

Execute = Callable[[str, Mapping[str, object]], Any]

KEEP_RECEIPT = "INSERT INTO receipt (workspace_id, key, handoff_id, at) VALUES (:workspace, :receipt, :handoff, :at)"
KEEP_LEAD = """
INSERT INTO lead (id, workspace_id, version, email, email_key, name, company, title, phone, website, archived,
    created_at)
VALUES (:lead, :workspace, 1, :email, :email, :name, :company, '', '', '', FALSE, :at)"""
KEEP_KEY = "INSERT INTO lead_key (workspace_id, kind, key, lead_id) VALUES (:workspace, 'email', :email, :lead)"
COUNT = """
INSERT INTO counter (workspace_id, handoffs) VALUES (:workspace, 1)
ON CONFLICT (workspace_id) DO UPDATE SET handoffs = counter.handoffs + 1
RETURNING handoffs"""
OFFER = """
INSERT INTO handoff (id, workspace_id, number, lead_id, agreement_version, state, version, flagged_by, flagged_at,
    source, campaign, why_now, owner, offered_to, attempts, reason_note, contested, ruled, currency, moved, moved_by,
    moved_at)
VALUES (:handoff, :workspace, :number, :lead, 1, 'offered', 1, :person, :at, :source, '', '', :owner, :owner, 0, '',
    FALSE, FALSE, '', 'flag', :person, :at)"""
PROMISE = """
INSERT INTO promise (id, workspace_id, handoff_id, what, state, owner, hours_of, since, promised_seconds, due_at,
    first_due_at, steps, next_step_at)
VALUES (:promise, :workspace, :handoff, :what, 'running', :owner, :owner, :at, 14400, :due_at, :due_at, :steps,
    :remind_at)"""
KEEP = """
UPDATE promise SET state = 'kept', kept_at = :at, taken_seconds = 0, next_step_at = NULL
WHERE handoff_id = :handoff AND what = 'answer' AND state IN ('running', 'paused')"""
LOAD = """
INSERT INTO rep_load (workspace_id, person, open_handoffs, last_turn) VALUES (:workspace, :owner, 1, :number)
ON CONFLICT (workspace_id, person) DO UPDATE
SET open_handoffs = rep_load.open_handoffs + 1, last_turn = excluded.last_turn"""
TAKE = """
UPDATE handoff SET state = 'accepted', version = version + 1, owner = :person, response = 'accept',
    accepted_by = :person, accepted_at = :at, moved = 'accept', moved_by = :person, moved_at = :at
WHERE {named} AND state = 'offered'
RETURNING id, version, flagged_by, attempts"""
TAKE_BY_NUMBER = TAKE.format(named="workspace_id = :workspace AND number = :named")
TAKE_BY_ID = TAKE.format(named="id = :named")
ENTER = """
INSERT INTO ledger (id, workspace_id, handoff_id, version, at, actor, move, state, owner, currency, attempts, promises,
    detail, before)
VALUES (:entry, :workspace, :handoff, :version, :at, :person, :move, :state, :owner, '', :attempts, :promises, :detail,
    :before)"""
REFRESH = """
UPDATE outbox SET wanted = wanted + 1, state = 'pending', due_at = :at, wanted_at = :at WHERE handoff_id = :handoff"""
WANT = """
INSERT INTO outbox (id, workspace_id, key, kind, lane, handoff_id, token, state, wanted, shown, due_at, wanted_at,
    created_at, uncertain, attempts, last_error, fingerprint)
VALUES (:id, :workspace, :key, :kind, :lane, :handoff, :token, 'pending', 1, 0, :at, :at, :at, FALSE, 0, '', '')"""

# A handoff and its promise before a move, about as long as Baton stores them.
BEFORE = json.dumps(
    {
        "handoff": dict.fromkeys(("state", "owner", "moved", "moved_by", "moved_at"), "2026-11-16T09:00"),
        "promises": {"1": dict.fromkeys(("state", "next_step_at", "kept_at", "taken_seconds"), "2026-11-16T09:00")},
    }
)

# What a ledger line says of one promise, about as long as Baton stores it.
PROMISED = {
    **dict.fromkeys(("id", "handoff_id"), "1234567890123456789"),
    "what": "answer",
    "state": "running",
    "owner": "UREP001",
    **dict.fromkeys(("due_at", "first_due_at"), "2026-11-16T09:00:00+00:00"),
}
PROMISED_ONE, PROMISED_TWO = json.dumps([PROMISED]), json.dumps([PROMISED, PROMISED])

# The beginning of 2025, in milliseconds since 1970: ids are made as Baton makes them (models/storage/ids.py).
BEGIN_MS = 1_735_689_600_000
RANDOM_BITS = 21

_turns = itertools.count(1)


class Sqlite:
    """One connection per thread. Writers wait for each other, as Baton's do."""

    def __init__(self, url: str) -> None:
        self._file = url.removeprefix("sqlite:///")
        self._writing = threading.Lock()
        self._mine = threading.local()

    @staticmethod
    def moment(time: datetime) -> str:
        """Returns what the driver stores for a time."""
        return time.strftime("%Y-%m-%d %H:%M:%S.%f")

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        with self._writing:
            connection = self.connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection.execute
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def connection(self) -> sqlite3.Connection:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = sqlite3.connect(self._file, isolation_level=None)
            for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                self._mine.connection.execute(f"PRAGMA {setting}")
        connection: sqlite3.Connection = self._mine.connection
        return connection


class Postgres:
    """One connection per thread."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._mine = threading.local()

    @staticmethod
    def moment(time: datetime) -> datetime:
        """Returns what the driver stores for a time."""
        return time

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        connection = self.connection()
        with connection.transaction():
            yield lambda sql, values: connection.execute(_for_psycopg(sql), values)

    def connection(self) -> psycopg.Connection:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = psycopg.connect(self._url, autocommit=True)
        connection: psycopg.Connection = self._mine.connection
        return connection


@cache
def _for_psycopg(sql: str) -> bytes:
    return re.sub(r":(\w+)", r"%(\1)s", sql).encode()


class Limit:
    """What the server does for each request."""

    def __init__(self, url: str) -> None:
        self._database = Sqlite(url) if url.startswith("sqlite") else Postgres(url)

    def close(self) -> None:
        """Closes this thread's connection."""
        self._database.connection().close()

    def flag(self, command: Mapping[str, str]) -> int:
        """Handles `/mql NAME, COMPANY, E-MAIL, source=…` for a lead that nobody flagged before. Returns the handoff's
        number."""
        name, company, email, source = (part.strip() for part in command["text"].split(","))
        owner = f"UREP{next(_turns) % 40:03}"
        lead, handoff, entry = _id(), _id(), _id()
        said = self._said(command["team_id"], command["user_id"], command["trigger_id"])
        said |= {"lead": lead, "handoff": handoff, "entry": entry, "version": 1}
        said |= {"owner": owner, "name": name, "company": company, "email": email}
        said |= {"source": source.removeprefix("source="), "move": "flag", "state": "offered"}
        said |= {"before": json.dumps({"promises": {}}), "promises": PROMISED_ONE, "attempts": 0}
        said |= {"detail": json.dumps({"rule": "turn", "passed_over": {}, "follows": None})}
        with self._database.transaction() as execute:
            execute(KEEP_RECEIPT, said)
            execute(KEEP_LEAD, said)
            execute(KEEP_KEY, said)
            number: int = execute(COUNT, said).fetchone()[0]
            said |= {"number": number}
            execute(OFFER, said)
            execute(LOAD, said)
            execute(PROMISE, said | {"what": "answer"})
            execute(ENTER, said)
            execute(WANT, said | _message(f"card:{handoff}", "card", command["channel_id"]))
            execute(WANT, said | _message(f"turn:{handoff}:1", "turn", owner))
        return number

    def accept(self, workspace: str, person: str, named: int, trigger: str, *, take: str) -> None:
        """Accepts the handoff with this number (`take` is TAKE_BY_NUMBER) or this id (TAKE_BY_ID)."""
        entry = _id()
        said = self._said(workspace, person, trigger)
        said |= {"owner": person, "named": named, "entry": entry, "move": "accept", "state": "accepted"}
        said |= {"detail": "{}", "before": BEFORE, "promises": PROMISED_TWO}
        with self._database.transaction() as execute:
            handoff, version, marketer, attempts = execute(take, said).fetchone()
            said |= {"handoff": handoff, "version": version, "attempts": attempts}
            execute(KEEP, said)
            execute(PROMISE, said | {"what": "contact"})
            execute(ENTER, said)
            execute(REFRESH, said)
            execute(WANT, said | _message(f"news:{handoff}:{entry}", "news", marketer))
            execute(KEEP_RECEIPT, said)

    def _said(self, workspace: str, person: str, trigger: str) -> dict[str, object]:
        """Returns the values that all rows of one request share."""
        at = datetime.now(UTC)
        later = {"remind_at": 2, "due_at": 4, "escalate_at": 6}
        times = {"at": at} | {name: at + timedelta(hours=hours) for name, hours in later.items()}
        moments = {name: self._database.moment(time) for name, time in times.items()}
        hear = zip(later, ("owner", "owner", "manager"), strict=True)
        moments["steps"] = json.dumps([[times[name].isoformat(), who] for name, who in hear])
        return {"workspace": workspace, "person": person, "receipt": f"limit:{trigger}", "promise": _id(), **moments}


def _message(key: str, kind: str, lane: str) -> dict[str, object]:
    return {"id": _id(), "key": key, "kind": kind, "lane": lane, "token": uuid4().hex}


def _id() -> int:
    return (time.time_ns() // 1_000_000 - BEGIN_MS) << RANDOM_BITS | secrets.randbits(RANDOM_BITS)


def answering(limit: Limit) -> App:
    """Returns the Bolt app that answers with this limit."""
    app = front.bolt_app()

    @app.command(front.ANY)
    def _command(ack: Ack, command: dict[str, str]) -> None:
        if command["command"] == "/mql":
            ack(response_type="ephemeral", text=f"Flagged as #{limit.flag(command)}.")
        else:
            number = int(command["text"])
            limit.accept(command["team_id"], command["user_id"], number, command["trigger_id"], take=TAKE_BY_NUMBER)
            ack(response_type="ephemeral", text=f"#{number} is yours.")

    @app.action(front.ANY)
    def _click(ack: Ack, body: dict[str, Any]) -> None:
        (action,) = body["actions"]
        handoff = int(action["value"])
        limit.accept(body["team"]["id"], body["user"]["id"], handoff, body["trigger_id"], take=TAKE_BY_ID)
        ack()

    return app


if __name__ == "__main__":
    front.serve(answering(Limit(os.environ["DATABASE_URL"])))
