"""Compiled statements that all databases of a test process share.

SQLAlchemy compiles a statement once per engine, which takes about a millisecond. A program has one engine. Tests make a
new one each, and would compile the same few hundred statements again in every test.
"""

from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite


class _Alike:
    """A dialect whose engines share their compiled statements. The dialect is a part of each statement's key, so it
    equals every other of its class. For Baton's that is true: none has options, and all talk with the same release of
    the database."""

    compiled: ClassVar[dict[Any, Any]]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: sa.Engine) -> None:
        engine.update_execution_options(compiled_cache=cls.compiled)


class SQLite(_Alike, SQLiteDialect_pysqlite):
    supports_statement_cache = True  # SQLAlchemy wants it said by each class
    compiled: ClassVar[dict[Any, Any]] = {}


class Postgres(_Alike, PGDialect_psycopg):
    supports_statement_cache = True
    compiled: ClassVar[dict[Any, Any]] = {}


def share() -> None:
    """Lets all engines that this process makes from now on share their compiled statements."""
    registry.register("sqlite", __name__, SQLite.__name__)
    registry.register("postgresql.psycopg", __name__, Postgres.__name__)
