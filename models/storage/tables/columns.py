"""Parts of the tables: ids, moments in UTC, enums, partial indexes, and access to a table without objects."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from models.errors import PersonId
from models.rules.ladders import Hearer, What
from models.rules.rows import Part, Promised, PromiseState, StepAt


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware moment, stored in UTC. Raises ValueError for a naive one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a stored moment must be aware, got {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(
        self,
        value: datetime | None,
        dialect: sa.Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EnumText(TypeDecorator[StrEnum]):
    """A member of this enum, stored as its value. Raises ValueError for a stored text that is no member.

    The processors are its own: those of TypeDecorator call two more functions for each value."""

    impl = sa.String
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def bind_processor(
        self,
        dialect: sa.Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> Callable[[str | None], str | None]:
        return lambda value: None if value is None else str(value)

    def result_processor(
        self,
        dialect: sa.Dialect,  # noqa: ARG002 - SQLAlchemy's signature
        coltype: object,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> Callable[[str | None], StrEnum | None]:
        members, kind = {member.value: member for member in self.kind}, self.kind
        return lambda value: None if value is None else (members.get(value) or kind(value))


# The type of an id: see models/storage/ids.py. SQLite's INTEGER has 64 bits, and only as INTEGER a primary key is the
# place of its row.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def id_field(*, foreign_key: str | None = None, primary_key: bool = False, nullable: bool = False) -> Any:
    """Returns the field of an id that the program makes, or of a reference to one."""
    column: dict[str, Any] = {"sa_type": Id, "primary_key": primary_key, "nullable": nullable}
    if foreign_key:
        column["foreign_key"] = foreign_key
    elif primary_key:
        column["sa_column_kwargs"] = {"autoincrement": False}
    return Field(default=None if nullable else ..., **column)


def enum(kind: type[StrEnum], *, nullable: bool = False) -> Any:
    """Returns the field of a member of this enum."""
    return Field(default=None if nullable else ..., sa_type=EnumText(kind), nullable=nullable)


class Steps(TypeDecorator[tuple[StepAt, ...]]):
    """The steps of a promise, stored as JSON: of each its moment, and who hears."""

    impl = sa.JSON
    cache_ok = True

    def process_bind_param(
        self,
        value: tuple[StepAt, ...] | None,
        dialect: sa.Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> list[list[str]]:
        return [[step.at.isoformat(), *(hearer.value for hearer in step.hear)] for step in value or ()]

    def process_result_value(
        self,
        value: list[list[str]] | None,
        dialect: sa.Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> tuple[StepAt, ...]:
        return tuple(StepAt(datetime.fromisoformat(at), tuple(map(Hearer, hear))) for at, *hear in value or ())


class PromisesSaid(TypeDecorator[tuple[Promised, ...]]):
    """What a ledger line says of promises, stored as JSON without what is None. Ids are texts there: the numbers of
    JavaScript are too small for them."""

    impl = sa.JSON
    cache_ok = True

    def process_bind_param(
        self,
        value: tuple[Promised, ...] | None,
        dialect: sa.Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> list[dict[str, str]]:
        return [_as_json(one) for one in value or ()]

    def process_result_value(
        self,
        value: list[dict[str, str]] | None,
        dialect: sa.Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> tuple[Promised, ...]:
        return tuple(_from_json(one) for one in value or ())


def _as_json(promise: Promised) -> dict[str, str]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name, value in promise._asdict().items()
        if value is not None
    }


def _from_json(said: dict[str, str]) -> Promised:
    owner, part, due_at, first_due_at = (said.get(name) for name in ("owner", "part", "due_at", "first_due_at"))
    return Promised(
        id=int(said["id"]),
        handoff_id=int(said["handoff_id"]),
        what=What(said["what"]),
        state=PromiseState(said["state"]),
        owner=PersonId(owner) if owner else None,
        part=Part(part) if part else None,
        due_at=datetime.fromisoformat(due_at) if due_at else None,
        first_due_at=datetime.fromisoformat(first_due_at) if first_due_at else None,
    )


def moment(*, nullable: bool = True) -> Any:
    return Field(default=None if nullable else ..., sa_type=UtcDateTime, nullable=nullable)


def partial(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """Returns an index of the rows for which this is true. The condition may name the columns with their table."""
    here = sa.text(re.sub(r"\b(handoff|promise)\.", "", where))
    return sa.Index(name, *columns, unique=unique, sqlite_where=here, postgresql_where=here)


def table(model: type[SQLModel]) -> sa.Table:
    """Returns the table of a model, for statements without objects."""
    found = SQLModel.metadata.tables[str(model.__tablename__)]
    assert isinstance(found, sa.Table)  # noqa: S101 - narrows the type for the reader and the checker
    return found
