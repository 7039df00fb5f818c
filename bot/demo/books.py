"""What the bot has written down of leads: asked of `baton facts`, which reads its database also while it is killed.

That is when one wants to look; and the ledger is not to be had over Slack's protocol.
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
A_MOMENT = timedelta(seconds=1)
"""What the bot comes to do while it is asked of `now` is due a little later than that, and is to be done all the same:
a reminder that was just written, say, is a message from then on."""


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


_RECORDS = TypeAdapter(list[Record])
_ENTRIES = TypeAdapter(list[Entry])
_CARDS = TypeAdapter(list[Card])
_MOVES = TypeAdapter(set[str])
_NUMBER = TypeAdapter[int | None](int | None)
_TS = TypeAdapter[str | None](str | None)
_MOMENT = TypeAdapter[datetime | None](datetime | None)
_COUNTS = TypeAdapter(dict[str, int])


class Unreadable(Exception):  # noqa: N818 - says what is so
    """The books can't be read."""


class Books:
    """The books of a workspace's bot; empty as long as it has no database. Safe to use from several threads.

    A process reads them. If it ends, the next question starts another.
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
        """Start the process before the first question: that takes a while."""
        self._reader = _Reader(self._database)

    def close(self) -> None:
        with self._lock:
            if self._reader is not None:
                self._reader.end()
                self._reader = None

    def handoffs(self) -> list[Record]:
        """All handoffs, newest first."""
        return self._ask(_RECORDS, "handoffs.v1", otherwise=[])

    def ledger(self, number: int) -> list[Entry]:
        """What happened to a handoff, in order."""
        return self._ask(_ENTRIES, "ledger.v1", otherwise=[], number=number)

    def moves(self, *, since: datetime) -> set[str]:
        """Which moves were made since then."""
        return self._ask(_MOVES, "moves.v1", otherwise=set(), since=since)

    def about(self, channel: str, ts: str) -> int | None:
        """The number of the handoff that a message is about, if it is about one."""
        return self._ask(_NUMBER, "about.v1", otherwise=None, channel=channel, ts=ts)

    def reminder(self, to: str, *, since: datetime) -> str | None:
        """The ts of the first reminder that this person was shown."""
        return self._ask(_TS, "reminder.v1", otherwise=None, person=to, since=since)

    def digest(self, *, since: datetime) -> str | None:
        """The ts of the first digest that was shown."""
        return self._ask(_TS, "digest.v1", otherwise=None, since=since)

    def cards(self) -> list[Card]:
        """The card of each handoff."""
        return self._ask(_CARDS, "cards.v1", otherwise=[])

    def given_up(self) -> int:
        """How many messages are tried no more."""
        return self._ask(_NUMBER, "given_up.v1", otherwise=None) or 0

    def next_breach(self, *, after: datetime) -> datetime | None:
        """When the next promise breaks, or a broken one is told to the managers."""
        return self._ask(_MOMENT, "next_breach.v1", otherwise=None, after=after)

    def next_digest(self, *, after: datetime) -> datetime | None:
        return self._ask(_MOMENT, "next_digest.v1", otherwise=None, after=after)

    def next_due(self, *, after: datetime) -> datetime | None:
        """When the bot has something to do next, of its own accord."""
        return self._ask(_MOMENT, "next_due.v1", otherwise=None, after=after)

    def undone(self, at: datetime) -> dict[str, int]:
        """What was due by then and could be done: how many of each kind (reminder, message, digest)."""
        return self._ask(_COUNTS, "undone.v1", otherwise={}, at=at + A_MOMENT)

    def owed(self, at: datetime) -> dict[str, int]:
        """What was first due by then and is not done, also if it was put off: how many of each kind."""
        return self._ask(_COUNTS, "owed.v1", otherwise={}, at=at + A_MOMENT)

    def _ask(self, kind: TypeAdapter[Found], question: str, *, otherwise: Found, **about: object) -> Found:
        """The answer, or what is so `otherwise`: without a database. Raises Unreadable."""
        if not self._database.exists():
            return otherwise
        words = json.dumps({"question": question, "workspace": self._workspace, **about}, default=datetime.isoformat)
        with self._lock:
            line = self._reply(words) or self._reply(words)
        if not line:
            raise Unreadable("baton facts ends instead of answering; facts.log says why")
        reply: dict[str, Any] = json.loads(line)
        if error := reply.get("error"):
            if error["kind"] == "schema":  # the bot is about to make it
                return otherwise
            raise Unreadable(error["message"])
        return kind.validate_python(reply["answer"])

    def _reply(self, words: str) -> bytes:
        """Nothing if the reader has ended; the next question is then for another one."""
        if self._reader is None:
            self._reader = _Reader(self._database)
        line = self._reader.reply(words)
        if not line:
            self._reader.end()
            self._reader = None
        return line


_PYTHONS = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("PYTHON")}
"""The environment as far as Python needs it: settings of the visitor's own Baton are none of the reader's."""


class _Reader:
    """`baton facts` on this database, as a process of its own. It ends when we do, as its input then does."""

    def __init__(self, database: Path) -> None:
        with (database.parent / "facts.log").open("ab") as sink:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "facts"],
                env={**_PYTHONS, "DATABASE_URL": f"sqlite:///{database}"},
                cwd=database.parent,  # where no .env is
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                start_new_session=True,  # the terminal's Ctrl-C is for us: we may want to ask something yet
            )

    def reply(self, words: str) -> bytes:
        """A line for a line; nothing if it has ended."""
        asked, said = self._process.stdin, self._process.stdout
        assert asked is not None  # noqa: S101 - both are pipes
        assert said is not None  # noqa: S101 - as above
        with suppress(BrokenPipeError):
            asked.write(f"{words}\n".encode())
            asked.flush()
        return said.readline()

    def end(self) -> None:
        with suppress(BrokenPipeError):  # of a question that it did not live to read
            self._process.communicate()
