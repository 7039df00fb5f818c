"""What the bot's database says, for those who want to see through it.

The one place where the page looks into Baton rather than at Slack: the ledger is not to be had over Slack's protocol,
and a question to the bot would not be answered while it is killed, which is when one wants to look. SQLite itself holds
the connection to reading.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BREACHES = """
SELECT due_at AS moment FROM handoff WHERE state IN ('offered', 'accepted', 'working', 'qualified')
UNION ALL SELECT escalate_at FROM handoff WHERE state IN ('offered', 'accepted', 'working', 'qualified')
"""
DUE = """
SELECT 'reminder' AS what, next_nudge_at AS moment FROM handoff
WHERE state IN ('offered', 'accepted', 'working', 'qualified')
UNION ALL SELECT 'message', due_at FROM outbox WHERE state = 'pending'
UNION ALL SELECT 'digest', next_digest_at FROM workspace
"""
OWED = DUE.replace("'message', due_at", "'message', coalesce(wanted_at, due_at)")
"""The same, by when it was first due: also what was put off since, as Slack refused it."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the ledger."""

    at: datetime
    actor: str
    move: str
    state: str
    owner: str | None
    reason: str | None
    note: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """A handoff as it stands."""

    number: int
    name: str
    company: str
    state: str
    owner: str | None
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Card:
    """Where the card of a handoff is to be, and the mark on it; None as long as none was asked for."""

    lane: str | None
    token: str | None


class Books:
    """The database of a bot; empty as long as there is none."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def handoffs(self) -> list[Record]:
        """All handoffs, newest first."""
        rows = self._rows(
            "SELECT handoff.id AS number, name, company, state, owner, due_at FROM handoff "
            "JOIN lead ON lead.id = lead_id ORDER BY handoff.id DESC"
        )
        return [Record(**{**row, "due_at": _moment(row["due_at"])}) for row in rows]

    def ledger(self, number: int) -> list[Entry]:
        """What happened to a handoff, in order."""
        rows = self._rows(
            "SELECT at, actor, move, state, owner, reason, note FROM ledger WHERE handoff_id = ? ORDER BY id", number
        )
        return [Entry(**{**row, "at": _moment(row["at"])}) for row in rows]

    def moves(self) -> list[Entry]:
        """What happened to all handoffs, in order."""
        rows = self._rows("SELECT at, actor, move, state, owner, reason, note FROM ledger ORDER BY id")
        return [Entry(**{**row, "at": _moment(row["at"])}) for row in rows]

    def about(self, channel: str, ts: str) -> int | None:
        """The number of the handoff that a message is about, if it is about one."""
        rows = self._rows("SELECT handoff_id FROM outbox WHERE channel = ? AND ts = ?", channel, ts)
        return rows[0]["handoff_id"] if rows else None

    def reminder(self, to: str, *, since: datetime) -> str | None:
        """The ts of the first reminder that this person was shown."""
        query = "SELECT min(ts) AS ts FROM outbox WHERE kind = 'nudge' AND lane = ? AND shown > 0 AND created_at >= ?"
        return next((row["ts"] for row in self._rows(query, to, _stored(since))), None)

    def digest(self, *, since: datetime) -> str | None:
        """The ts of the first digest that was shown."""
        query = "SELECT min(ts) AS ts FROM outbox WHERE kind = 'digest' AND shown > 0 AND created_at >= ?"
        return next((row["ts"] for row in self._rows(query, _stored(since))), None)

    def cards(self) -> list[Card]:
        """The card of each handoff."""
        rows = self._rows(
            "SELECT lane, token FROM handoff LEFT JOIN outbox ON handoff_id = handoff.id AND kind = 'card'"
        )
        return [Card(**row) for row in rows]

    def given_up(self) -> int:
        """How many messages are tried no more."""
        return len(self._rows("SELECT id FROM outbox WHERE state = 'dead'"))

    def next_breach(self, *, after: datetime) -> datetime | None:
        """When the next promise breaks, or a broken one is told to the managers."""
        return self._first(BREACHES, after)

    def next_digest(self, *, after: datetime) -> datetime | None:
        return self._first("SELECT next_digest_at AS moment FROM workspace", after)

    def next_due(self, *, after: datetime) -> datetime | None:
        """When the bot has something to do next, of its own accord."""
        return self._first(DUE, after)

    def undone(self, at: datetime) -> dict[str, int]:
        """What was due by then and could be done: how many of each kind (reminder, message, digest)."""
        return self._count(DUE, at)

    def owed(self, at: datetime) -> dict[str, int]:
        """What was first due by then and is not done, also if it was put off: how many of each kind."""
        return self._count(OWED, at)

    def _count(self, moments: str, at: datetime) -> dict[str, int]:
        query = f"SELECT what, count(*) AS number FROM ({moments}) WHERE moment <= ? GROUP BY what"  # noqa: S608 - constants of this file
        return {row["what"]: row["number"] for row in self._rows(query, _stored(at))}

    def _first(self, moments: str, after: datetime) -> datetime | None:
        query = f"SELECT min(moment) AS moment FROM ({moments}) WHERE moment > ?"  # noqa: S608 - constants of this file
        rows = self._rows(query, _stored(after))
        return _moment(rows[0]["moment"]) if rows else None

    def _rows(self, query: str, *values: object) -> Sequence[dict[str, Any]]:
        if not self._file.exists():
            return []
        with closing(sqlite3.connect(f"{self._file.as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'digest_run'").fetchall():
                return []
            return [dict(row) for row in connection.execute(query, values)]


def _moment(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if stored else None


def _stored(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
