"""The one way to write a decision: a look at the facts, and then all its rows at once.

A decision is made on what was read before, so somebody else may have been first. Losing is always an error of the
database: nothing can be looked at before everything is sent, so no statement's count of rows matters. Every race is
for a unique key (of a receipt, a lead's key, an open handoff of a lead, a ledger line of a handoff's version) or for a
version: a row whose version is not as the decision read it gets none, which its column refuses. Then nothing is
written, and the caller decides again.

On Postgres the rows are one packet (`packet.py`), which is one transaction. On SQLite they are a savepoint in the
transaction that writers share (`writers.py`), and the look happens in the writer's turn.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from models.rules import rows
from models.rules.rows import HandoffRow, Row
from models.storage import problems
from models.storage.compiled import Compiled, compiled, to
from models.storage.ids import new_id
from models.storage.messages import AT, HANDOFF, NEW, asked_again, wanted_again
from models.storage.packet import Sent, send
from models.storage.tables import (
    Comment,
    Counter,
    Feedback,
    Handoff,
    Lead,
    LeadKey,
    LedgerEntry,
    Outbox,
    Person,
    Receipt,
    RepLoad,
    Workspace,
    table,
)

# What is stored of a person about whom the chat has told nothing.
NOTHING_KNOWN: Mapping[str, Any] = {
    "name": "",
    "real_name": "",
    "handle": "",
    "is_bot": False,
    "deactivated": False,
    "in_channel": False,
}
# What a handoff keeps from its beginning.
_FIXED = ("workspace_id", "number", "lead_id", "agreement_version", "flagged_by", "flagged_at", "follows")

Found = list[tuple[Any, ...]]
Fields = tuple[str, ...]


class Rivalry(Exception):  # noqa: N818 - an event between two transactions, handled by the desk
    """Somebody else was first. The decision has to be made again, on what is there now."""


class Question:
    """A SELECT that is compiled once per process. Its parameters have names."""

    def __init__(self, statement: sa.Select[*tuple[Any, ...]]) -> None:
        self._statement = statement

    @cached_property
    def _for_sqlite(self) -> Compiled:
        return compiled(self._statement, None, is_sqlite=True)

    @cached_property
    def _for_postgres(self) -> Compiled:
        return compiled(self._statement, None, is_sqlite=False)

    def compiled(self, *, is_sqlite: bool) -> Compiled:
        return self._for_sqlite if is_sqlite else self._for_postgres


class Look:
    """Reads on one connection."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"
        driver: Any = connection.connection.driver_connection
        self._driver = driver

    def ask(self, question: Question, **values: object) -> Found:
        """Returns the rows that answer a question."""
        asked = question.compiled(is_sqlite=self.is_sqlite)
        given = asked.values(values)
        with self._translated(asked.sql):
            if self.is_sqlite:
                return asked.rows(self._driver.execute(asked.sql, given).fetchall())
            return asked.rows(psycopg.RawCursor(self._driver).execute(asked.sql, given, prepare=True).fetchall())

    def find(self, statement: sa.Select[Any], values: Mapping[str, object] | None = None) -> Sequence[sa.Row[Any]]:
        """Returns the rows of a statement that was made for this look."""
        return self.connection.execute(statement, values).all()

    @contextmanager
    def _translated(self, sql: str) -> Iterator[None]:
        """Turns the driver's errors into SQLAlchemy's, and tells those who listen for errors. A lost connection leaves
        the pool. Raises Rivalry for an error that says that somebody else was first."""
        try:
            yield
        except (self.connection.dialect.loaded_dbapi.Error, ValueError) as error:
            try:
                self.connection._handle_dbapi_exception(error, sql, None, None, None)
            except sa.exc.DBAPIError as wrapped:
                if _was_first(wrapped):
                    raise Rivalry from wrapped
                raise


class Change(Look):
    """A look, and then one write."""

    def save(self, decided: Sequence[Row]) -> int | None:
        """Writes these rows, all or nothing, in an order that all changes have in common. Returns the number of the new
        handoff, if there is one. Raises Rivalry if somebody else was first."""
        writes = _writes(decided)
        if self.is_sqlite:
            return self._save_sqlite(writes)
        packet = [
            Sent(write.for_postgres.statement, write.for_postgres.values(write.fields_of(row))) for write, row in writes
        ]
        with self._translated("a packet"):
            found = send(self._driver, packet)
        return _number(found)

    def _save_sqlite(self, writes: "Sequence[tuple[Write, Any]]") -> int | None:
        execute, found = self._driver.execute, []
        with self._translated("a savepoint"):
            execute("SAVEPOINT change")
            try:
                for write, row in writes:
                    made = write.for_sqlite
                    found.append(execute(made.sql, made.values(write.fields_of(row))).fetchall())
            except BaseException:  # any error: the savepoint must not stay
                if self._driver.in_transaction:  # SQLite may have rolled back everything, as when the disk is full
                    execute("ROLLBACK TO change")
                    execute("RELEASE change")
                raise
            execute("RELEASE change")
        return _number(found)


def _number(found: Sequence[Found]) -> int | None:
    """Returns the one value that a statement returned: the number of a new handoff."""
    return next((int(rows_[0][0]) for rows_ in found if rows_), None)


# Errors that say that somebody else was first: unique keys, and versions that are not as they were read. Every other
# error is a mistake, and is raised as it is.
_RACES: Mapping[str, str] = {
    "uq_handoff_open_lead": "handoff.lead_id",
    "uq_ledger_version": "ledger.handoff_id, ledger.version",
    "uq_lead_email": "lead.workspace_id, lead.email_key",
    "lead_key_pkey": "lead_key.workspace_id, lead_key.kind, lead_key.key",
    "receipt_pkey": "receipt.workspace_id, receipt.key",
    "lead.version": "lead.version",
    "handoff.version": "handoff.version",
    # The same id was made twice.
    **{f"{name}_pkey": f"{name}.id" for name in ("lead", "handoff", "ledger", "outbox")},
}


def _was_first(error: sa.exc.DBAPIError) -> bool:
    if isinstance(error, sa.exc.IntegrityError):
        if (found := getattr(error.orig, "diag", None)) is not None:
            return (found.constraint_name or f"{found.table_name}.{found.column_name}") in _RACES
        return str(error.orig).partition("constraint failed: ")[2] in _RACES.values()
    return problems.is_rivalry(error)


# How each type of row is written.


@dataclass(frozen=True, kw_only=True, eq=False)
class Write:
    """How rows of one type are written: the statement, as the dialect's module of SQLAlchemy makes it, and the names of
    the fields. `fields_of` returns the fields of a row in that order."""

    make: Callable[[Any], sa.Executable]
    fields: Fields
    fields_of: Callable[[Any], Sequence[Any]] = tuple

    @cached_property
    def for_sqlite(self) -> Compiled:
        return compiled(self.make(sqlite), self.fields, is_sqlite=True)

    @cached_property
    def for_postgres(self) -> Compiled:
        return compiled(self.make(postgresql), self.fields, is_sqlite=False)


class _NextNumber(NamedTuple):
    """The next handoff of the workspace gets its number. Until the commit no other change can take one."""

    workspace_id: str


class _Load(NamedTuple):
    """A person owns so many open handoffs more, or fewer. `turn` is the number of the handoff that was offered to them:
    0 if none was, None if this change inserts it."""

    workspace_id: str
    person: str
    more: int
    turn: int | None


def _loads(was: HandoffRow | None, now: HandoffRow) -> Iterator[_Load]:
    """Yields how a move changes what routing knows of people, in the order of their ids."""
    more: dict[str, int] = defaultdict(int)
    if was is not None and was.open_owner:
        more[was.open_owner] -= 1
    if now.open_owner:
        more[now.open_owner] += 1
    turns: dict[str, int | None] = {}
    if was is None or was.offered_to != now.offered_to:
        turns[now.offered_to] = now.number or None
    for person in sorted({*more, *turns}):
        if more[person] or person in turns:
            yield _Load(now.workspace_id, person, more[person], turns.get(person, 0))


def _writes(decided: Sequence[Row]) -> list[tuple[Write, Any]]:
    """Returns the rows of a decision with those that follow from it, each with how it is written, in the order of the
    tables."""
    statements = _statements()
    all_rows: list[Any] = list(decided)
    for row in decided:
        match row:
            case HandoffRow():
                all_rows += [_NextNumber(row.workspace_id), *_loads(None, row)]
            case rows.Moved():
                all_rows += _loads(row.was, row.now)
            case _:
                pass
    places = _places()
    all_rows.sort(key=lambda row: places[type(row)])
    return [(statements[type(row)], row) for row in all_rows]


@cache
def _places() -> Mapping[type, int]:
    return {row: place for place, row in enumerate(_statements())}


def _insert(model: type[SQLModel], row: Any, **special: Any) -> Write:
    """Inserts a row of this type. `special` are the columns whose value the statement itself gives."""
    columns = table(model).c
    values = {name: special.get(name, to(columns[name])) for name in (*row._fields, *special)}
    return Write(make=lambda _: sa.insert(table(model)).values(values), fields=row._fields)


def _upsert(model: type[SQLModel], row: Any, *key: str, follow: Fields = (), **special: Any) -> Write:
    """Inserts a row of this type. If its key is stored: the columns that `follow` become those of the row, if its event
    is newer. The others stay."""
    into = table(model)
    values = {name: special.get(name, to(into.c[name])) for name in (*row._fields, *special)}

    def make(sql: Any) -> sa.Executable:
        insert = sql.insert(into).values(values)
        if not follow:
            return insert.on_conflict_do_nothing(index_elements=key)  # type: ignore[no-any-return]
        changed = {name: insert.excluded[name] for name in (*follow, "event_at")}
        older = into.c.event_at < insert.excluded.event_at
        return insert.on_conflict_do_update(index_elements=key, set_=changed, where=older)  # type: ignore[no-any-return]

    return Write(make=make, fields=row._fields)


def _update(model: type[SQLModel], row: Any, fields_of: Callable[[Any], Any], *fixed: str) -> Write:
    """Stores a row as it is now, except its `fixed` columns. If the stored version is not the one before that of the
    row, the version becomes NULL, which its column refuses."""
    of = table(model)
    values: dict[str, Any] = {name: to(of.c[name]) for name in row._fields if name not in ("id", *fixed)}
    values["version"] = sa.case((of.c.version == to(of.c.version) - 1, to(of.c.version)))
    changed = sa.update(of).where(of.c.id == to(of.c.id)).values(values)
    return Write(make=lambda _: changed, fields=row._fields, fields_of=fields_of)


def _change(statement: sa.Executable, row: Any, fields_of: Callable[[Any], Any] = tuple) -> Write:
    """Runs this statement with the fields of a row."""
    return Write(make=lambda _: statement, fields=row._fields, fields_of=fields_of)


def _number_taken() -> Write:
    counter = table(Counter)

    def make(sql: Any) -> sa.Executable:
        insert = sql.insert(counter).values(workspace_id=to(counter.c.workspace_id), handoffs=1)
        return insert.on_conflict_do_update(  # type: ignore[no-any-return]
            index_elements=["workspace_id"], set_={"handoffs": counter.c.handoffs + 1}
        )

    return Write(make=make, fields=_NextNumber._fields)


def _newest_number(workspace: sa.ColumnElement[Any]) -> Any:
    counter = table(Counter).c
    return sa.select(counter.handoffs).where(counter.workspace_id == workspace).scalar_subquery()


def _handoff_inserted() -> Write:
    columns = table(Handoff).c
    values = {name: to(columns[name]) for name in HandoffRow._fields}
    values["number"] = _newest_number(to(columns.workspace_id))
    inserted = sa.insert(table(Handoff)).values(values).returning(columns.number)
    return Write(make=lambda _: inserted, fields=HandoffRow._fields)


def _load() -> Write:
    load = table(RepLoad)
    workspace = to(load.c.workspace_id)
    turn = sa.func.coalesce(sa.bindparam("to_turn", type_=sa.Integer), _newest_number(workspace))
    more = sa.bindparam("to_more", type_=sa.Integer)

    def make(sql: Any) -> sa.Executable:
        insert = sql.insert(load).values(
            workspace_id=workspace, person=to(load.c.person), open_handoffs=more, last_turn=turn
        )
        new = insert.excluded
        changed = {
            "open_handoffs": load.c.open_handoffs + new.open_handoffs,
            "last_turn": sa.case((new.last_turn > load.c.last_turn, new.last_turn), else_=load.c.last_turn),
        }
        return insert.on_conflict_do_update(index_elements=["workspace_id", "person"], set_=changed)  # type: ignore[no-any-return]

    return Write(make=make, fields=_Load._fields)


def _line_fields(line: rows.LedgerRow) -> Sequence[Any]:
    return line._replace(detail=dict(line.detail), before=line.before.as_json() if line.before else None)  # type: ignore[arg-type]


def _message_wanted() -> Write:
    outbox = table(Outbox)
    given = ("id", "workspace_id", "key", "kind", "lane", "handoff_id", "token", "due_at")
    values = {name: to(outbox.c[name]) for name in given}

    def make(sql: Any) -> sa.Executable:
        insert = sql.insert(outbox).values(**NEW, **values, wanted_at=values["due_at"], created_at=AT)
        again = wanted_again(outbox.c, insert.excluded.due_at)
        return insert.on_conflict_do_update(index_elements=["workspace_id", "key"], set_=again)  # type: ignore[no-any-return]

    return Write(
        make=make,
        fields=(*rows.MessageWanted._fields, "id", "token"),
        fields_of=lambda wanted: (*wanted, new_id(), uuid4().hex),
    )


def _shown_again(row: Any, handoffs: sa.Select[Any] | None = None) -> Write:
    return Write(make=lambda sql: asked_again(handoffs, on_postgres=sql is postgresql), fields=row._fields)


def _of_lead() -> sa.Select[Any]:
    """Returns the query for the handoffs of a lead that have a number or a later one."""
    handoff = table(Handoff).c
    since = sa.bindparam("to_since", type_=handoff.number.type)
    return sa.select(handoff.id).where(handoff.lead_id == to(handoff.lead_id), handoff.number >= since)


@cache
def _statements() -> Mapping[type, Write]:
    """Returns how each type of row is written, in the order in which a change writes them. It is always the same, by
    table, so that two changes never wait for each other. A row comes after those to which it refers, and the number of
    a handoff, for which all others wait, as late as it can."""
    workspace, key, handoff, feedback = table(Workspace).c, table(LeadKey), table(Handoff), table(Feedback).c
    stored = [feedback[name] == to(feedback[name]) for name in ("handoff_id", "person", "reaction")]
    return {
        rows.ReceiptRow: _insert(Receipt, rows.ReceiptRow),
        rows.NewPerson: _upsert(Person, rows.NewPerson, "workspace_id", "id", **NOTHING_KNOWN),
        rows.PeopleChanged: _change(
            sa.update(table(Workspace))
            .where(workspace.id == sa.bindparam("to_workspace_id", type_=workspace.id.type))
            .values(people_stamp=to(workspace.people_stamp)),
            rows.PeopleChanged,
        ),
        rows.LeadRow: _insert(Lead, rows.LeadRow),
        rows.LeadChanged: _update(Lead, rows.LeadRow, attrgetter("lead"), "workspace_id", "created_at"),
        rows.KeyFreed: _change(
            sa.delete(key).where(*(key.c[name] == to(key.c[name]) for name in rows.KeyFreed._fields)), rows.KeyFreed
        ),
        rows.LeadKeyRow: _insert(LeadKey, rows.LeadKeyRow),
        rows.Moved: _update(Handoff, HandoffRow, attrgetter("now"), *_FIXED),  # before a new one: it may end an open one
        _NextNumber: _number_taken(),
        HandoffRow: _handoff_inserted(),
        rows.RejectionAnswered: _change(
            sa.update(handoff).where(handoff.c.id == HANDOFF).values(answered_at=AT, next_nudge_at=None),
            rows.RejectionAnswered,
        ),
        rows.RejectionOpenAgain: _change(
            sa.update(handoff)
            .where(handoff.c.id == HANDOFF, handoff.c.answered_at == to(handoff.c.answered_at), ~handoff.c.contested)
            .values(answered_at=None, next_nudge_at=to(handoff.c.next_nudge_at)),
            rows.RejectionOpenAgain,
        ),
        _Load: _load(),
        rows.LedgerRow: Write(
            make=_insert(LedgerEntry, rows.LedgerRow).make, fields=rows.LedgerRow._fields, fields_of=_line_fields
        ),
        rows.FeedbackRow: _upsert(
            Feedback, rows.FeedbackRow, "handoff_id", "person", "reaction", follow=("meaning", "given", "at")
        ),
        rows.FeedbackWithdrawn: _change(
            sa.update(table(Feedback))
            .where(*stored, feedback.event_at < to(feedback.event_at))
            .values({name: to(feedback[name]) for name in ("meaning", "given", "event_at", "at")}),
            rows.FeedbackRow,
            attrgetter("row"),
        ),
        rows.CommentRow: _upsert(Comment, rows.CommentRow, "handoff_id", "ts", follow=("text", "deleted")),
        rows.ShownAgain: _shown_again(rows.ShownAgain),
        rows.LeadShownAgain: _shown_again(rows.LeadShownAgain, _of_lead()),
        rows.MessageWanted: _message_wanted(),
    }
