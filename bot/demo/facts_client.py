"""The bot's records of leads. `baton facts` answers the questions, from the bot's database, and also while the bot is
killed.

That is when people want to look, and Slack's protocol does not show the ledger.
"""

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import TypeAdapter

Found = TypeVar("Found")
# What the bot starts to do when somebody asks about `now` is due a little later than that, and still counts. For
# example, a reminder that was just written becomes a message.
A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class LedgerLine:
    """One ledger line."""

    at: datetime
    actor: str
    move: str
    state: str
    owner: str | None
    reason: str | None
    note: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """A handoff as it is now."""

    number: int
    name: str
    company: str
    state: str
    owner: str | None
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Card:
    """The lane in which a handoff's card is wanted, and the token on it. Both are None before the bot wants a card."""

    lane: str | None
    token: str | None


_RECORDS = TypeAdapter(list[Record])
_LINES = TypeAdapter(list[LedgerLine])
_CARDS = TypeAdapter(list[Card])
_MOVES = TypeAdapter(set[str])
_NUMBER = TypeAdapter[int | None](int | None)
_TS = TypeAdapter[str | None](str | None)
_MOMENT = TypeAdapter[datetime | None](datetime | None)
_COUNTS = TypeAdapter(dict[str, int])


class Unreadable(Exception):  # noqa: N818 - says what is so
    """The bot's records can't be read."""


class FactsClient:
    """The records of a workspace's bot. They are empty before it has a database. Safe to use from several threads.

    A process of its own reads them. If it ends, the next question starts another one. Each question raises Unreadable
    if there is no answer.
    """

    def __init__(self, database: Path, workspace: str) -> None:
        self._database = database
        self._workspace = workspace
        self._lock = threading.Lock()
        self._reader: _Reader | None = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Starts the process before the first question, because the start takes a while."""
        self._reader = _Reader(self._database)

    def close(self) -> None:
        with self._lock:
            if self._reader is not None:
                self._reader.end()
                self._reader = None

    def handoffs(self) -> list[Record]:
        """Returns all handoffs, newest first."""
        return self._ask(_RECORDS, "handoffs.v1", otherwise=[])

    def ledger(self, number: int) -> list[LedgerLine]:
        """Returns the ledger lines of a handoff, in order."""
        return self._ask(_LINES, "ledger.v1", otherwise=[], number=number)

    def moves(self, *, since: datetime) -> set[str]:
        """Returns the names of all moves since then."""
        return self._ask(_MOVES, "moves.v1", otherwise=set(), since=since)

    def about(self, channel: str, ts: str) -> int | None:
        """Returns the number of the handoff that a message is about, or None."""
        return self._ask(_NUMBER, "about.v1", otherwise=None, channel=channel, ts=ts)

    def reminder(self, to: str, *, since: datetime) -> str | None:
        """Returns the ts of the first reminder to this person since then, or None."""
        return self._ask(_TS, "reminder.v1", otherwise=None, person=to, since=since)

    def digest(self, *, since: datetime) -> str | None:
        """Returns the ts of the first digest since then, or None."""
        return self._ask(_TS, "digest.v1", otherwise=None, since=since)

    def cards(self) -> list[Card]:
        """Returns the card of each handoff."""
        return self._ask(_CARDS, "cards.v1", otherwise=[])

    def given_up(self) -> int:
        """Returns how many messages the bot will not try to send again."""
        return self._ask(_NUMBER, "given_up.v1", otherwise=None) or 0

    def next_breach(self, *, after: datetime) -> datetime | None:
        """Returns when the next promise breaks, or when managers next hear of a broken one. None if neither is to
        come."""
        return self._ask(_MOMENT, "next_breach.v1", otherwise=None, after=after)

    def next_digest(self, *, after: datetime) -> datetime | None:
        return self._ask(_MOMENT, "next_digest.v1", otherwise=None, after=after)

    def next_due(self, *, after: datetime) -> datetime | None:
        """Returns when the bot will next do something without being asked, or None."""
        return self._ask(_MOMENT, "next_due.v1", otherwise=None, after=after)

    def undone(self, at: datetime) -> dict[str, int]:
        """Returns how many things of each kind (reminder, message, digest) were due by then and could be done."""
        return self._ask(_COUNTS, "undone.v1", otherwise={}, at=at + A_MOMENT)

    def owed(self, at: datetime) -> dict[str, int]:
        """Returns how many things of each kind were first due by then and are not done, including those that were put
        off."""
        return self._ask(_COUNTS, "owed.v1", otherwise={}, at=at + A_MOMENT)

    def _ask(self, kind: TypeAdapter[Found], question: str, *, otherwise: Found, **about: object) -> Found:
        """Returns the answer, or `otherwise` if there is no database. Raises Unreadable."""
        if not self._database.exists():
            return otherwise
        words = json.dumps({"question": question, "workspace": self._workspace, **about}, default=datetime.isoformat)
        with self._lock:
            line = self._reply(words) or self._reply(words)
        if not line:
            raise Unreadable("baton facts ends instead of answering; facts.log says why")
        reply: dict[str, Any] = json.loads(line)
        if error := reply.get("error"):
            if error["kind"] == "schema":  # the bot has not created it yet
                return otherwise
            raise Unreadable(error["message"])
        return kind.validate_python(reply["answer"])

    def _reply(self, words: str) -> bytes:
        """Returns a line, or nothing if the process has ended. The next question then starts another one."""
        if self._reader is None:
            self._reader = _Reader(self._database)
        line = self._reader.reply(words)
        if not line:
            self._reader.end()
            self._reader = None
        return line


# The part of the environment that Python needs. The settings of the visitor's own Baton must not reach the process.
_PYTHONS = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("PYTHON")}


class _Reader:
    """A process that runs `baton facts` on this database. It ends when we do, because its input ends."""

    def __init__(self, database: Path) -> None:
        with (database.parent / "facts.log").open("ab") as sink:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "facts"],
                env={**_PYTHONS, "DATABASE_URL": f"sqlite:///{database}"},
                cwd=database.parent,  # which has no .env
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                start_new_session=True,  # Ctrl-C in the terminal must not end it: we may still have questions
            )

    def reply(self, words: str) -> bytes:
        """Sends a line, and returns the line that answers it. Empty if the process has ended."""
        asked, said = self._process.stdin, self._process.stdout
        assert asked is not None  # noqa: S101 - both are pipes
        assert said is not None  # noqa: S101 - as above
        with suppress(BrokenPipeError):
            asked.write(f"{words}\n".encode())
            asked.flush()
        return said.readline()

    def end(self) -> None:
        with suppress(BrokenPipeError):  # it ended before it read a question
            self._process.communicate()
