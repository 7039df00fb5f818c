"""A history of handoffs, made by the database itself: a million takes it one minute and hardly any time in Python.

Everything about a handoff follows from its number by arithmetic, so all databases of one size are equal.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from models.rules.lifecycle import OPEN_STATES, Move, State
from models.rules.promises import OWED
from models.rules.rows import LeadKeyKind
from models.storage.store import Store
from models.storage.tables import (
    Counter,
    Feedback,
    Handoff,
    Lead,
    LeadKey,
    LedgerEntry,
    Outbox,
    Promise,
    RepLoad,
    table,
)
from tests.bench.team import Team, set_up

# The states in which handoffs end, in turn.
CLOSED = ("rejected", "disqualified", "lost", "won", "rejected", "disqualified", "lost", "disqualified", "withdrawn")
OPEN = ("offered", "accepted", "offered", "working", "qualified")
OFFERED = ("offered",)
SOURCES = ("webinar", "website", "event", "referral", "content", "partner", "ads", "trial")
REASONS = ("bad_data", "too_small", "wrong_role", "not_now", "no_budget", "no_need")
LAST_MOVE = {"rejected": "reject", "disqualified": "disqualify", "lost": "lose", "won": "win", "withdrawn": "withdraw"}
HOUR, DAY = 3_600, 86_400
TABLES = (Lead, LeadKey, Handoff, Promise, LedgerEntry, Outbox, Feedback)
# The ids of these rows come after it, and before all those that a program makes.
BEFORE_IDS = 10**16

Value = sa.ColumnElement[Any]

# What differs between the handoffs of a stretch. Times are in seconds since 1970.
ONE = sa.Table(
    "one",
    sa.MetaData(),
    sa.Column("number", sa.Integer),
    sa.Column("state", sa.String),
    sa.Column("flagged", sa.BigInteger),
    sa.Column("nudged", sa.BigInteger),
    sa.Column("rep", sa.String),
    sa.Column("marketer", sa.String),
    prefixes=["TEMPORARY"],
)
BEFORE = sa.literal(BEFORE_IDS, sa.BigInteger)


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """`count` handoffs, numbered from `first`. They are flagged at equal intervals from `begins` to `ends`. Their
    states are `states`, in turn. From `nudges` on, an open one comes up each minute."""

    first: int
    count: int
    begins: datetime
    ends: datetime
    states: Sequence[str]
    nudges: datetime


def id_of(number: int) -> int:
    """Returns the id of the handoff with this number."""
    return BEFORE_IDS + number


def write(store: Store, team: Team, stretch: Stretch) -> None:
    """Writes these handoffs with their leads, ledger entries, messages and feedback, and what follows from them."""
    with store.engine.begin() as connection:
        _write(connection, team, stretch)


def lived(url: str, team: Team, size: int, *, now: datetime) -> None:
    """Fills an empty database with a team and `size` handoffs behind it, and has the database analyze its tables."""
    store = Store(url, steady=time.monotonic)
    set_up(store, team, at=now)
    with store.engine.begin() as connection, _indexed_afterwards(connection):
        # With a larger cache (SQLite) or no check of foreign keys (Postgres) it takes half the time.
        in_bulk = "PRAGMA cache_size = -500000" if store.is_sqlite else "SET LOCAL session_replication_role = replica"
        connection.exec_driver_sql(in_bulk)
        for stretch in _three_years(size, now):
            _write(connection, team, stretch)
    if store.is_sqlite:
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    else:  # otherwise Postgres would do it by itself, and perhaps during a measurement
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
            connection.exec_driver_sql("CHECKPOINT")
    store.close()


def _three_years(size: int, now: datetime) -> list[Stretch]:
    """Returns the stretches of three years. The weeks of the digest and the open handoffs are the same at each size:
    only what is before them grows."""
    recent, still_open = 900, 400
    behind = size - recent - still_open

    def stretch(first: int, count: int, begins: timedelta, ends: timedelta, states: Sequence[str]) -> Stretch:
        return Stretch(first=first, count=count, begins=now - begins, ends=now - ends, states=states, nudges=now)

    return [
        stretch(1, behind, timedelta(days=3 * 365), timedelta(days=90), CLOSED),
        stretch(behind + 1, recent, timedelta(weeks=11), timedelta(0), CLOSED),
        stretch(behind + recent + 1, still_open, timedelta(days=9), timedelta(hours=1), OPEN),
    ]


@contextmanager
def _indexed_afterwards(connection: sa.Connection) -> Iterator[None]:
    """Drops the indexes for the block, and makes them again after it. That is many times faster than to update them row
    by row. They are made in their former order, because SQLite's planner uses the order to choose between equals."""
    names = {str(index.name) for model in TABLES for index in table(model).indexes}
    catalogue = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY rowid"
    if connection.dialect.name != "sqlite":
        catalogue = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    indexes = [(name, made) for name, made in connection.exec_driver_sql(catalogue) if name in names]
    for name, _ in indexes:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    yield
    for _, made in indexes:
        connection.exec_driver_sql(made)


def _write(connection: sa.Connection, team: Team, stretch: Stretch) -> None:
    sqlite = connection.dialect.name == "sqlite"
    ONE.create(connection)
    connection.execute(sa.insert(ONE).from_select(list(ONE.columns.keys()), _numbered(team, stretch)))
    for model, columns, where in _Rows(team, sqlite=sqlite).inserts():
        into = table(model)
        rows = sa.select(*columns.values()).select_from(ONE)
        connection.execute(sa.insert(into).from_select(list(columns), rows.where(where)))
    for statement in _following(team, sqlite=sqlite):
        connection.execute(statement)
    ONE.drop(connection)


def _following(team: Team, *, sqlite: bool) -> Iterator[sa.Executable]:
    """Yields the statements for what follows from the handoffs: the latest number, and the reps' loads."""
    one, workspace = ONE.c, sa.literal(team.workspace_id)
    counter, load = table(Counter), table(RepLoad)
    insert = sqlite_insert if sqlite else postgresql_insert
    latest = sa.func.max(one.number)
    count = insert(counter).from_select(["workspace_id", "handoffs"], sa.select(workspace, latest).where(sa.true()))
    yield count.on_conflict_do_update(index_elements=["workspace_id"], set_={"handoffs": count.excluded.handoffs})
    is_open = sa.case((one.state.in_(OPEN_STATES), 1), else_=0)
    loads = insert(load).from_select(
        ["workspace_id", "person", "open_handoffs", "last_turn"],
        sa.select(workspace, one.rep, sa.func.sum(is_open), latest).where(sa.true()).group_by(one.rep),
    )
    new = loads.excluded
    yield loads.on_conflict_do_update(
        index_elements=["workspace_id", "person"],
        set_={"open_handoffs": load.c.open_handoffs + new.open_handoffs, "last_turn": new.last_turn},
    )


def _numbered(team: Team, stretch: Stretch) -> sa.Select[Any]:
    """Returns the rows of ONE."""
    every = (stretch.ends - stretch.begins).total_seconds() / stretch.count
    count = _series(stretch.count)
    return sa.select(
        count + stretch.first,
        _pick(count, stretch.states),
        sa.cast(sa.literal(stretch.begins.timestamp()) + count * every, sa.BigInteger),
        sa.cast(sa.literal(stretch.nudges.timestamp()) + count * 60, sa.BigInteger),
        _pick(count, team.reps),
        _pick(count, team.marketers),
    )


class _Rows:
    """The rows that belong to each row of ONE, as expressions over it."""

    def __init__(self, team: Team, *, sqlite: bool) -> None:
        self._team = team
        self._sqlite = sqlite
        self._one = ONE.c

    def inserts(self) -> Iterator[tuple[type[Any], Mapping[str, Value], Value]]:
        """Yields a table, its columns, and the condition for which handoffs it gets a row."""
        one, always = self._one, sa.true()
        ended = one.state.not_in(OPEN_STATES)
        yield Lead, self._lead(), always
        yield LeadKey, self._key(), always
        yield Handoff, self._handoff(), always
        accepted = one.state.not_in(["offered", "rejected", "withdrawn"])
        contacted = accepted & (one.state != State.ACCEPTED.value)
        rejected = one.state == State.REJECTED.value
        yield Promise, self._next_move(), ~ended
        yield Promise, self._kept(1, "answer", one.rep, 0, 4, 2, one.number % (6 * HOUR)), accepted | rejected
        yield Promise, self._kept(2, "contact", one.rep, 2, 10, 5, one.number % (12 * HOUR)), contacted
        yield Promise, self._kept(3, "reply", one.marketer, 2, 10, 8, one.number % (8 * HOUR)), rejected
        yield LedgerEntry, self._entry(1, "flag", "offered", one.flagged, one.marketer), always
        last = sa.case(LAST_MOVE, value=one.state)
        yield LedgerEntry, self._entry(2, last, one.state, one.flagged + 9 * DAY, one.rep), ended
        yield Outbox, self._message(1, "card", sa.literal(self._team.leads), ""), always
        yield Outbox, self._message(2, "turn", one.rep, ":1"), always
        yield Feedback, self._feedback(), one.number % 4 == 0

    def _id(self) -> Value:
        """Returns the id of the lead and of the handoff."""
        return BEFORE + self._one.number

    def _second_id(self, place: int) -> Value:
        """Returns the id of the first or the second of two rows that a handoff has in a table."""
        return BEFORE + 2 * self._one.number + place

    def _email(self) -> Value:
        return "jane@past" + _text(self._one.number) + ".example"

    def _key(self) -> dict[str, Value]:
        return {**self._here(key=self._email(), lead_id=self._id()), **_constant(kind=LeadKeyKind.EMAIL.value)}

    def _lead(self) -> dict[str, Value]:
        number, email = _text(self._one.number), self._email()
        return {
            **self._here(id=self._id(), created_at=self._moment(self._one.flagged)),
            "email": email,
            "email_key": email,
            "name": "Jane Doe " + number,
            "company": "Acme " + number,
            **_constant(version=1, title="", phone="", website="", archived=False),
        }

    def _handoff(self) -> dict[str, Value]:
        one = self._one
        is_open = one.state.in_(OPEN_STATES)
        rejected = one.state == State.REJECTED.value
        accepted = one.state.not_in(["offered", "rejected", "withdrawn"])
        contacted = accepted & (one.state != State.ACCEPTED.value)
        qualified = one.state.in_(["qualified", "won", "lost"])

        def when(condition: Value, value: Value) -> Value:
            return sa.case((condition, value))

        def moment(condition: Value, seconds: int) -> Value:
            return when(condition, self._moment(one.flagged + seconds))

        return {
            **self._here(id=self._id(), number=one.number, lead_id=self._id(), state=one.state),
            "version": sa.case((is_open, 1), else_=2),
            "flagged_by": one.marketer,
            "flagged_at": self._moment(one.flagged),
            "source": _pick(one.number, SOURCES),
            "owner": when(is_open, one.rep),
            "offered_to": one.rep,
            "response": sa.case((accepted, Move.ACCEPT.value), (rejected, Move.REJECT.value)),
            "accepted_by": when(accepted, one.rep),
            "accepted_at": moment(accepted, 2 * HOUR),
            "contacted_at": moment(contacted, 5 * HOUR),
            "speed_seconds": when(contacted, sa.literal(5 * HOUR)),
            "reason": when(rejected | (one.state == State.DISQUALIFIED.value), _pick(one.number, REASONS)),
            "rejected_by": when(rejected, one.rep),
            "qualified_at": moment(qualified, 3 * DAY),
            "value_cents": when(qualified, 100_000 + one.number % 9_000 * 100),
            "closed_at": moment(~is_open, 9 * DAY),
            "moved": sa.case(LAST_MOVE, value=one.state, else_="flag"),
            "moved_by": one.rep,
            "moved_at": self._moment(one.flagged),
            **_constant(agreement_version=1, campaign="", why_now="", attempts=1, reason_note="no budget"),
            **_constant(contested=False, ruled=False, currency="EUR"),
        }

    def _next_move(self) -> dict[str, Value]:
        """Returns the promise of whoever has an open handoff."""
        one = self._one
        moments = [one.nudged, one.nudged + 2 * HOUR, one.nudged + 4 * HOUR]
        steps = [
            self._iso(moment) + f'", "{who}"]'
            for moment, who in zip(moments, ("owner", "owner", "manager"), strict=True)
        ]
        return {
            **self._here(id=self._promise_id(0), handoff_id=self._id(), owner=one.rep, hours_of=one.rep),
            "since": self._moment(one.flagged),
            "what": sa.case({state.value: what.value for state, what in OWED.items()}, value=one.state),
            "due_at": self._moment(moments[1]),
            "first_due_at": self._moment(moments[1]),
            "steps": self._json(sa.literal('[["') + steps[0] + ', ["' + steps[1] + ', ["' + steps[2] + "]"),
            "next_step_at": self._moment(one.nudged),
            **_constant(state="running"),
        }

    def _kept(
        self, place: int, what: str, owner: Value, since: int, due: int, kept: int, seconds: Value
    ) -> dict[str, Value]:
        """Returns a promise that was kept. Its moments are hours after the flag."""
        moment = {hours: self._moment(self._one.flagged + hours * HOUR) for hours in (since, due, kept)}
        return {
            **self._here(id=self._promise_id(place), handoff_id=self._id(), owner=owner, hours_of=owner),
            "since": moment[since],
            **dict.fromkeys(("due_at", "first_due_at"), moment[due]),
            "kept_at": moment[kept],
            "taken_seconds": seconds,
            "steps": sa.literal([], sa.JSON),
            **_constant(what=what, state="kept"),
        }

    def _promise_id(self, place: int) -> Value:
        """Returns the id of one of the four promises that a handoff may have."""
        return BEFORE + 4 * self._one.number + place

    def _entry(self, version: int, move: Value | str, state: Value | str, at: Value, actor: Value) -> dict[str, Value]:
        return {
            **self._here(id=self._second_id(version), handoff_id=self._id(), at=self._moment(at), actor=actor),
            "detail": sa.literal({}, sa.JSON),
            "promises": sa.literal([], sa.JSON),
            **_constant(version=version, move=move, state=state, currency="", attempts=0),
        }

    def _message(self, place: int, kind: str, lane: Value, ending: str) -> dict[str, Value]:
        """Returns a message that was shown. Its place follows from the handoff's number."""
        number = _text(self._one.number)
        at = self._moment(self._one.flagged)
        return {
            **self._here(id=self._second_id(place), handoff_id=self._id(), lane=lane, channel=lane),
            **_constant(due_at=at, created_at=at),
            "key": kind + ":" + _text(self._id()) + ending,
            "token": kind + number,
            "ts": number + ".000100",
            **_constant(kind=kind, state="done", wanted=1, shown=1, uncertain=False),
            **_constant(attempts=0, last_error="", fingerprint="shown"),
        }

    def _feedback(self) -> dict[str, Value]:
        one = self._one
        return {
            **self._here(handoff_id=self._id(), person=one.rep, at=self._moment(one.flagged + 6 * HOUR)),
            "event_at": _text(one.flagged) + ".000100",
            **_constant(reaction="star", meaning="great", given=True),
        }

    def _here(self, **columns: Value) -> dict[str, Value]:
        return {"workspace_id": sa.literal(self._team.workspace_id), **columns}

    def _json(self, text: Value) -> Value:
        return text if self._sqlite else sa.cast(text, sa.JSON)

    def _iso(self, seconds: Value) -> Value:
        """Converts seconds since 1970 to ISO format in UTC."""
        if self._sqlite:
            return sa.func.strftime("%Y-%m-%dT%H:%M:%S+00:00", seconds, "unixepoch", type_=sa.String)
        utc = sa.func.timezone("UTC", sa.func.to_timestamp(seconds))
        return sa.func.to_char(utc, 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"', type_=sa.String)

    def _moment(self, seconds: Value) -> Value:
        """Converts seconds since 1970 to the type in which the database keeps a time."""
        if self._sqlite:
            return sa.func.strftime("%Y-%m-%d %H:%M:%S.000000", seconds, "unixepoch")
        return sa.func.to_timestamp(seconds)


def _series(count: int) -> Value:
    """Returns the numbers from 0 to `count` - 1."""
    numbers = sa.select(sa.literal(0).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < count - 1))
    return numbers.c.n


def _pick(number: Value, options: Sequence[str]) -> Value:
    """Returns one of the options, in turn. It cuts it from a string in which each option has the same width."""
    room = max(len(option) for option in options)
    line = "".join(option.ljust(room) for option in options)
    return sa.func.rtrim(sa.func.substr(line, 1 + number % len(options) * room, room))


def _text(number: Value) -> Value:
    return sa.cast(number, sa.String)


def _constant(**columns: object) -> dict[str, Value]:
    return {
        name: value if isinstance(value, sa.ColumnElement) else sa.literal(value) for name, value in columns.items()
    }
