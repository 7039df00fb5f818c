"""Statements of SQLAlchemy that are compiled once and handed to the driver.

SQLAlchemy takes longer for each use of a statement than the database takes to run it (docs/speed.md). So what runs at
each request is compiled once per process. The types of the columns convert the values, as they do in a session.

This is the only module that uses SQLAlchemy's internals: `_bind_processors`, `_result_columns` and
`_handle_dbapi_exception`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.compiler import SQLCompiler

from models.storage.packet import Statement
from models.storage.tables import UtcDateTime

# The beginning of a parameter's name. SQLAlchemy reserves the names of columns.
PREFIX = "to_"
# How many moments a process keeps in converted form. The rows of one change have the same few.
MOMENTS = 512

Convert = Callable[[Any], Any]


def dialect(*, is_sqlite: bool) -> sa.Dialect:
    """Returns the way in which statements are written. Postgres gets its parameters by number."""
    return _SQLITE if is_sqlite else _POSTGRES


_SQLITE: sa.Dialect = SQLiteDialect_pysqlite()
_POSTGRES: sa.Dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


def raise_as_sqlalchemy(connection: sa.Connection, error: Exception, sql: str) -> NoReturn:
    """Raises the driver's error as SQLAlchemy's, after it told those who listen for errors. If the connection is lost,
    it leaves the pool."""
    connection._handle_dbapi_exception(error, sql, None, None, None)  # noqa: SLF001 - see above


def to(column: sa.Column[Any]) -> sa.BindParameter[Any]:
    """Returns the parameter for a new value of this column: the field of the row with the column's name."""
    return sa.bindparam(f"{PREFIX}{column.name}", type_=column.type)


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A statement as the driver takes it. `pick` puts the fields of a row, or the values by name, in the order of the
    parameters. `convert` has those that need it. `read` converts the columns of the result that need it."""

    statement: Statement
    pick: Callable[[Any], tuple[Any, ...]]
    convert: tuple[tuple[int, Convert], ...]
    read: tuple[tuple[int, Convert], ...]

    @property
    def sql(self) -> str:
        return self.statement.sql

    def values(self, given: Any) -> Sequence[Any]:
        """Returns the values of the parameters as the driver takes them."""
        picked = self.pick(given)
        if not self.convert:
            return picked
        values = list(picked)
        for place, convert in self.convert:
            values[place] = convert(values[place])
        return values

    def rows(self, found: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Returns what the driver found, as the types of the columns have it."""
        return [self._row(row) for row in found] if self.read else [tuple(row) for row in found]

    def _row(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for place, read in self.read:
            if values[place] is not None:
                values[place] = read(values[place])
        return tuple(values)


def compiled(statement: sa.Executable, fields: Sequence[str] | None, *, is_sqlite: bool) -> Compiled:
    """Compiles a statement. `fields` are those of the row type that it takes; None: it takes values by name."""
    spoken = dialect(is_sqlite=is_sqlite)
    made: Any = statement.compile(dialect=spoken)  # type: ignore[attr-defined]
    if "POSTCOMPILE" in str(made):
        raise ValueError("a list of unknown length can't be compiled once: name its values as literals")
    names = tuple(made.positiontup or ())
    converters = made._bind_processors  # noqa: SLF001 - see above
    convert = (
        (place, _once(converters[name], made.binds[name].type))
        for place, name in enumerate(names)
        if converters.get(name) and not isinstance(made.binds[name].type, sa.Boolean)  # both drivers take a bool
    )
    return Compiled(
        statement=Statement(str(made), len(names)),
        pick=_by_name(made, names) if fields is None else _by_place(made, names, fields),
        convert=tuple(convert),
        read=tuple(_reads(made, spoken)),
    )


def _reads(made: SQLCompiler, spoken: sa.Dialect) -> Any:
    for place, column in enumerate(getattr(made, "_result_columns", ())):
        if read := column.type.dialect_impl(spoken).result_processor(spoken, None):
            yield place, read


def _by_name(made: Any, names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    own = {name: value for name, value in made.params.items() if value is not None}
    return lambda given: tuple(given[name] if name in given else own[name] for name in names)


def _by_place(made: Any, names: Sequence[str], fields: Sequence[str]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Returns what picks the parameters from a row. The statement's own constants come after the row's fields."""
    places = {f"{PREFIX}{name}": place for place, name in enumerate(fields)}
    constants: list[Any] = []
    for name in names:
        if name not in places:
            places[name] = len(fields) + len(constants)
            constants.append(made.params[name])
    order = [places[name] for name in names]
    own = tuple(constants)
    if len(order) == 1:
        (only,) = order
        return lambda row: ((*row, *own)[only],)
    pick = itemgetter(*order)
    return (lambda row: pick((*row, *own))) if own else pick


@cache
def _moments(convert: Convert) -> Convert:
    kept: Convert = lru_cache(MOMENTS)(convert)
    return kept


def _once(convert: Convert, kind: sa.types.TypeEngine[Any]) -> Convert:
    """Returns the conversion. That of a moment remembers the latest ones."""
    return _moments(convert) if isinstance(kind, UtcDateTime) else convert
