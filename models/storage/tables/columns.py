"""Parts of the tables: moments in UTC, partial indexes, and access to a table without objects."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

Model = TypeVar("Model", bound=SQLModel)


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


def as_read(model: type[Model], columns: Mapping[str, Any]) -> Model:
    """Returns the object that a read of these columns would give. SQLModel's constructor takes forty times as long."""
    made: Model = sa.inspect(model).class_manager.new_instance()
    made.__dict__.update(columns)
    return made
