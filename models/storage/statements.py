"""How each type of row is written: one statement for each, compiled once per process."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from operator import attrgetter
from secrets import token_hex
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from models.rules import rows
from models.rules.facts import PersonFacts
from models.rules.lifecycle import OPEN_STATES
from models.rules.rows import HandoffRow, Row
from models.storage.compiled import Compiled, compiled, to
from models.storage.ids import new_id
from models.storage.ledger import StoredLine, StoredText, apart
from models.storage.tables import (
    Comment,
    Counter,
    Feedback,
    Handoff,
    Lead,
    LeadKey,
    LedgerEntry,
    LedgerText,
    Outbox,
    Person,
    Promise,
    Receipt,
    RepLoad,
    Workspace,
    table,
)
from models.storage.wanted import AT, NEW, asked_again, wanted_again

# What is stored of a person about whom the chat has told nothing.
NOTHING_KNOWN: PersonFacts = {
    "name": "",
    "real_name": "",
    "handle": "",
    "is_bot": False,
    "deactivated": False,
    "in_channel": False,
}
# What a handoff keeps from its beginning.
_FIXED = ("workspace_id", "number", "lead_id", "agreement_version", "flagged_by", "flagged_at", "follows")
# What a promise keeps from its beginning.
_FIXED_OF_PROMISE = ("workspace_id", "handoff_id", "what", "since", "owner", "part", "hours_of", "steps")
# No row has a key of more fields among those that one change writes.
LONGEST_KEY = 3

Fields = tuple[str, ...]


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


class Load(NamedTuple):
    """A person's count of open handoffs grows by `more`, which may be negative. `turn` is the number of the handoff
    that was offered to them: 0 if none was, None if this change inserts it."""

    workspace_id: str
    person: str
    more: int
    turn: int | None


def _loads(changed: Sequence[tuple[HandoffRow | None, HandoffRow]]) -> Iterator[Load]:
    """Yields how a change of these handoffs, each as it was and as it is now, changes what routing knows of people: one
    row for each person."""
    more: dict[tuple[str, str], int] = defaultdict(int)
    turns: dict[tuple[str, str], int | None] = {}
    for was, now in changed:
        here = now.workspace_id
        if was is not None and was.open_owner:
            more[here, was.open_owner] -= 1
        if now.open_owner:
            more[here, now.open_owner] += 1
        if was is None or was.offered_to != now.offered_to:
            # A handoff that is inserted has the latest turn.
            before, turn = turns.get((here, now.offered_to), 0), now.number or None
            turns[here, now.offered_to] = None if turn is None or before is None else max(before, turn)
    for person in {**more, **turns}:
        if more[person] or person in turns:
            yield Load(*person, more[person], turns.get(person, 0))


def writes(decided: Sequence[Row]) -> list[tuple[Write, Any]]:
    """Returns the rows of a decision with those that follow from it, each with how it is written, in the order in which
    every change writes them: by table, and then as `_place` says."""
    statements = by_type()
    all_rows: list[Any] = []
    handoffs: list[tuple[HandoffRow | None, HandoffRow]] = []
    for row in decided:
        match row:
            case HandoffRow():
                handoffs.append((None, row))
                all_rows += [row, _NextNumber(row.workspace_id)]
            case rows.Moved():
                handoffs.append(row)
                all_rows.append(row)
            case rows.LedgerRow() | rows.HappeningRow():
                all_rows += filter(None, apart(row))
            case _:
                all_rows.append(row)
    all_rows += _loads(handoffs)
    places = _places()
    all_rows.sort(key=lambda row: (places[type(row)], _place(row)))
    return [(statements[type(row)], row) for row in all_rows]


def _place(row: Any) -> tuple[Any, ...]:
    """Returns the place of a row among those of its type: by its key, with which a row begins. What ends comes before
    what begins: of the handoffs of a lead, and of the promises to do the same, one at most is open."""
    match row:
        case rows.Moved():
            return row.now.state in OPEN_STATES, row.now.id
        case rows.PromiseChanged():
            return row.now.is_live, row.now.id
        case rows.FeedbackChanged() | rows.CommentChanged():
            return row.now[:LONGEST_KEY]
        case _:
            return tuple(row[:LONGEST_KEY])


@cache
def _places() -> Mapping[type, int]:
    return {row: place for place, row in enumerate(by_type())}


def _insert(model: type[SQLModel], row: Any, **special: Any) -> Write:
    """Inserts a row of this type. `special` are the columns whose value the statement itself gives."""
    columns = table(model).c
    values = {name: special.get(name, to(columns[name])) for name in (*row._fields, *special)}
    return Write(make=lambda _: sa.insert(table(model)).values(values), fields=row._fields)


def _insert_new(model: type[SQLModel], row: Any, *key: str, **special: Any) -> Write:
    """Inserts a row of this type, unless its key is stored."""
    into = table(model)
    values = {name: special.get(name, to(into.c[name])) for name in (*row._fields, *special)}

    def make(sql: Any) -> sa.Executable:
        return sql.insert(into).values(values).on_conflict_do_nothing(index_elements=key)  # type: ignore[no-any-return]

    return Write(make=make, fields=row._fields)


def _update(model: type[SQLModel], row: Any, fields_of: Callable[[Any], Any], *fixed: str) -> Write:
    """Stores a row as it is now, except its `fixed` columns. If the stored version is not the one before that of the
    row, the version becomes NULL, which its column refuses."""
    of = table(model)
    values: dict[str, Any] = {name: to(of.c[name]) for name in row._fields if name not in ("id", *fixed)}
    values["version"] = sa.case((of.c.version == to(of.c.version) - 1, to(of.c.version)))
    changed = sa.update(of).where(of.c.id == to(of.c.id)).values(values)
    return Write(make=lambda _: changed, fields=row._fields, fields_of=fields_of)


def _replace(model: type[SQLModel], row: Any, key: Fields, *fixed: str, stands: str) -> Write:
    """Stores a row as it is now, except its `key` and `fixed` columns. If the column `stands` is not stored as the
    decision read it, it becomes NULL, which the column refuses."""
    of = table(model)
    values: dict[str, Any] = {name: to(of.c[name]) for name in row._fields if name not in (*key, *fixed)}
    then = sa.bindparam("to_then", type_=of.c[stands].type)
    values[stands] = sa.case((of.c[stands] == then, to(of.c[stands])))
    changed = sa.update(of).where(*(of.c[name] == to(of.c[name]) for name in key)).values(values)
    return Write(
        make=lambda _: changed,
        fields=(*row._fields, "then"),
        fields_of=lambda changed: (*changed.now, getattr(changed.was, stands)),
    )


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

    return Write(make=make, fields=Load._fields)


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
        fields_of=lambda wanted: (*wanted, new_id(), token_hex(16)),
    )


def _shown_again(row: Any, handoffs: sa.Select[Any] | None = None) -> Write:
    return Write(make=lambda sql: asked_again(handoffs, on_postgres=sql is postgresql), fields=row._fields)


def _of_lead() -> sa.Select[Any]:
    """Returns the query for the handoffs of a lead that have a number or a later one."""
    handoff = table(Handoff).c
    since = sa.bindparam("to_since", type_=handoff.number.type)
    return sa.select(handoff.id).where(handoff.lead_id == to(handoff.lead_id), handoff.number >= since)


@cache
def by_type() -> Mapping[type, Write]:
    """Returns how each type of row is written, in the order in which a change writes them. It is always the same, by
    table, so that two changes never wait for each other. A row comes after those to which it refers, and the number of
    a handoff, for which all others wait, as late as it can."""
    workspace, key, words = table(Workspace).c, table(LeadKey), table(LedgerText)
    return {
        rows.ReceiptRow: _insert(Receipt, rows.ReceiptRow),
        rows.NewPerson: _insert_new(Person, rows.NewPerson, "workspace_id", "id", **NOTHING_KNOWN),
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
        rows.Moved: _update(
            Handoff, HandoffRow, attrgetter("now"), *_FIXED
        ),  # before a new one: it may end an open one
        _NextNumber: _number_taken(),
        HandoffRow: _handoff_inserted(),
        # What ends comes before what begins: of the promises to do the same, one at most is live.
        rows.PromiseChanged: _replace(Promise, rows.PromiseRow, ("id",), *_FIXED_OF_PROMISE, stands="state"),
        rows.PromiseRow: _insert(Promise, rows.PromiseRow),
        Load: _load(),
        StoredLine: _insert(LedgerEntry, StoredLine),
        StoredText: _insert(LedgerText, StoredText),
        rows.TextDeleted: _change(sa.delete(words).where(words.c.id == to(words.c.id)), rows.TextDeleted),
        rows.FeedbackRow: _insert(Feedback, rows.FeedbackRow),
        rows.FeedbackChanged: _replace(
            Feedback, rows.FeedbackRow, ("handoff_id", "person", "reaction"), "workspace_id", stands="event_at"
        ),
        rows.CommentRow: _insert(Comment, rows.CommentRow),
        rows.CommentChanged: _replace(
            Comment, rows.CommentRow, ("handoff_id", "ts"), "workspace_id", "person", "at", stands="event_at"
        ),
        rows.ShownAgain: _shown_again(rows.ShownAgain),
        rows.LeadShownAgain: _shown_again(rows.LeadShownAgain, _of_lead()),
        rows.MessageWanted: _message_wanted(),
    }
