"""The texts of the ledger get a table of their own, and each handoff a line that says how it stood. A part of 0101.

Lines keep their order, times and actors. Of each line its words and the fields of the lead move to `ledger_text`, and
the line keeps a salted hash of them. The triggers refuse this, so the migration sets them aside.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

import sqlalchemy as sa
from alembic import op

BATCH = 2000
# Who says how the handoffs stood.
ACTOR = "migration"
# The columns of a handoff that hold words, or fields of the lead.
WORDS = frozenset({"reason_note", "source", "campaign", "score", "why_now"})
# A new table has no triggers yet.
KEEP_LINES_SQLITE = (
    *(
        f"""
CREATE TRIGGER ledger_keeps_{verb} BEFORE {verb} ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"""
        for verb in ("UPDATE", "DELETE")
    ),
    """
CREATE TRIGGER ledger_keeps_REPLACE BEFORE INSERT ON ledger
WHEN EXISTS (SELECT 1 FROM ledger WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
)
MOVE_IS_WHOLE = (
    "kind <> 'move' OR (handoff_id IS NOT NULL AND version IS NOT NULL AND move IS NOT NULL AND state IS NOT NULL)"
)
# SQLite deletes what INSERT OR REPLACE replaces without asking the other triggers.
KEEP_TEXTS_SQLITE = (
    """
CREATE TRIGGER ledger_text_keeps_UPDATE BEFORE UPDATE ON ledger_text
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """
CREATE TRIGGER ledger_text_keeps_REPLACE BEFORE INSERT ON ledger_text
WHEN EXISTS (SELECT 1 FROM ledger_text WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
)
KEEP_TEXTS_POSTGRES = (
    """
CREATE TRIGGER ledger_text_keeps BEFORE UPDATE ON ledger_text
FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()""",
    """
CREATE TRIGGER ledger_text_keeps_all BEFORE TRUNCATE ON ledger_text
FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()""",
)

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

Row = sa.Row[Any]
Columns = dict[str, Any]


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True))


_meta = sa.MetaData()
_line = sa.Table(
    "ledger",
    _meta,
    *(sa.Column(name, _ID) for name in ("id", "handoff_id")),
    *(sa.Column(name, sa.String) for name in ("workspace_id", "actor", "move", "state", "owner", "reason", "note")),
    *(sa.Column(name, sa.String) for name in ("currency", "text_hash")),
    *(sa.Column(name, sa.Integer) for name in ("version", "attempts")),
    *(sa.Column(name, sa.JSON) for name in ("promises", "detail")),
    sa.Column("before", sa.JSON(none_as_null=True)),
    sa.Column("value_cents", sa.BigInteger),
    sa.Column("expected_close", sa.Date),
    _moment("at"),
)
_text = sa.Table(
    "ledger_text",
    _meta,
    sa.Column("id", _ID),
    *(sa.Column(name, sa.String) for name in ("salt", "text")),
)
_handoff = sa.Table(
    "handoff",
    _meta,
    sa.Column("id", _ID),
    *(sa.Column(name, sa.String) for name in ("workspace_id", "state", "owner", "reason", "currency")),
    *(sa.Column(name, sa.Integer) for name in ("version", "attempts")),
    sa.Column("value_cents", sa.BigInteger),
    sa.Column("expected_close", sa.Date),
)
_promise = sa.Table(
    "promise",
    _meta,
    *(sa.Column(name, _ID) for name in ("id", "handoff_id")),
    *(sa.Column(name, sa.String) for name in ("what", "state", "owner", "part")),
    *(_moment(name) for name in ("due_at", "first_due_at")),
)


def upgrade() -> None:
    """Promises must have their table already, and handoffs the version that the line which is added gets."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    _change_lines()
    if not on_sqlite:
        op.execute("ALTER TABLE ledger DISABLE TRIGGER USER")
    _move_texts()
    op.drop_column("ledger", "note")
    if not on_sqlite:
        op.execute("ALTER TABLE ledger ENABLE TRIGGER USER")
    for trigger in (*KEEP_LINES_SQLITE, *KEEP_TEXTS_SQLITE) if on_sqlite else KEEP_TEXTS_POSTGRES:
        op.execute(trigger)
    _say_how_handoffs_stand(datetime.now(UTC))


def _change_lines() -> None:
    """Lines may be about something else than a move, and say more of one. SQLite copies them into a new table."""
    with op.batch_alter_table("ledger") as ledger:
        ledger.alter_column("handoff_id", existing_type=_ID, nullable=True)
        ledger.alter_column("version", existing_type=sa.Integer(), nullable=True, server_default=None)
        for name in ("move", "state"):
            ledger.alter_column(name, existing_type=sa.String(), nullable=True)
        for column in (
            sa.Column("kind", sa.String(), nullable=False, server_default="move"),
            sa.Column("value_cents", sa.BigInteger()),
            sa.Column("currency", sa.String(), nullable=False, server_default=""),
            sa.Column("expected_close", sa.Date()),
            sa.Column("attempts", sa.Integer()),
            sa.Column("promises", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
            sa.Column("text_hash", sa.String()),
        ):
            ledger.add_column(column)
        ledger.create_check_constraint("ck_ledger_move", MOVE_IS_WHOLE)
    op.create_table(
        "ledger_text",
        sa.Column("id", _ID, sa.ForeignKey("ledger.id"), primary_key=True, autoincrement=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
    )


def _move_texts() -> None:
    connection = op.get_bind()
    changed = sa.update(_line).where(_line.c.id == sa.bindparam("line"))
    changed = changed.values({name: sa.bindparam(f"now_{name}") for name in ("detail", "before", "text_hash")})
    found = sa.select(_line.c.id, _line.c.note, _line.c.detail, _line.c.before)
    for lines in _batches(found, _line.c.id):
        apart = [(line, words) for line in lines if (words := _words(line))]
        if not apart:
            continue
        texts = [
            {
                "id": line.id,
                "salt": secrets.token_hex(16),
                "text": json.dumps(words, sort_keys=True, separators=(",", ":")),
            }
            for line, words in apart
        ]
        connection.execute(sa.insert(_text), texts)
        connection.execute(
            changed,
            [
                {
                    "line": line.id,
                    "now_detail": {name: said for name, said in (line.detail or {}).items() if name != "changed"},
                    "now_before": _without_words(line.before),
                    "now_text_hash": hashlib.sha256(f"{text['salt']}{text['text']}".encode()).hexdigest(),
                }
                for (line, _), text in zip(apart, texts, strict=True)
            ],
        )


def _words(line: Row) -> Columns:
    """Returns the texts of a line, and the fields of the lead that it keeps."""
    before = line.before or {}
    handoff = {name: said for name, said in (before.get("handoff") or {}).items() if name in WORDS}
    words = {
        "note": line.note,
        "changed": (line.detail or {}).get("changed"),
        "lead": before.get("lead"),
        "handoff": handoff,
    }
    return {name: said for name, said in words.items() if said}


def _without_words(before: Mapping[str, Any] | None) -> Columns | None:
    if before is None:
        return None
    kept = {name: said for name, said in before.items() if name not in ("lead", "handoff")}
    handoff = {name: said for name, said in (before.get("handoff") or {}).items() if name not in WORDS}
    return kept | ({"handoff": handoff} if handoff else {})


def _say_how_handoffs_stand(at: datetime) -> None:
    """Adds a line to each handoff, for the version that it has now."""
    connection = op.get_bind()
    ids = count((connection.scalar(sa.select(sa.func.max(_line.c.id))) or 0) + 1)
    # Its states are literals: with parameters SQLite does not use the partial index.
    live = sa.select(_promise).where(sa.text("promise.state IN ('running', 'paused')")).order_by(_promise.c.id)
    for handoffs in _batches(sa.select(_handoff), _handoff.c.id):
        promises: dict[int, list[Columns]] = {one.id: [] for one in handoffs}
        of_these = _promise.c.handoff_id.between(handoffs[0].id, handoffs[-1].id)
        for promise in connection.execute(live.where(of_these)):
            promises[promise.handoff_id].append(_said(promise))
        connection.execute(
            sa.insert(_line),
            [
                {
                    "id": next(ids),
                    "workspace_id": one.workspace_id,
                    "handoff_id": one.id,
                    "version": one.version,
                    "at": at.replace(tzinfo=None) if connection.dialect.name == "sqlite" else at,
                    "actor": ACTOR,
                    "move": "stood",
                    "state": one.state,
                    "owner": one.owner,
                    "reason": one.reason,
                    "value_cents": one.value_cents,
                    "currency": one.currency,
                    "expected_close": one.expected_close,
                    "attempts": one.attempts,
                    "promises": promises[one.id],
                    "detail": {},
                    "before": None,
                }
                for one in handoffs
            ],
        )


def _said(promise: Row) -> Columns:
    """Returns a promise as a line says it."""
    return {
        name: (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
        if isinstance(value, datetime)
        else str(value)
        for name, value in promise._asdict().items()
        if value is not None
    }


def _batches(found: sa.Select[Any], by: sa.Column[Any]) -> Iterator[list[Row]]:
    """Yields the rows in the order of their ids, some at a time."""
    last = 0
    while rows := list(op.get_bind().execute(found.where(by > last).order_by(by).limit(BATCH))):
        yield rows
        last = rows[-1].id
