"""The texts of the ledger get a table of their own, and each handoff a line that says how it stood. A part of 0101.

Lines keep their order, times and actors, and get the number that they have among those of their handoff. Of each line
its words and the fields of the lead move to `ledger_text`, and the line keeps a salted hash of them. The ledger is
written anew, once: the triggers refuse changes, and these would take longer.
"""

import hashlib
import json
import re
import secrets
from datetime import UTC, datetime
from itertools import groupby, islice
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from alembic import op

from models.storage.migrations import bulk

# Who says how the handoffs stood.
ACTOR = "migration"
# The columns of a handoff that hold words, or fields of the lead.
WORDS = frozenset({"reason_note", "source", "campaign", "score", "why_now"})
# SQLite deletes what INSERT OR REPLACE replaces without asking the other triggers. So each key of a line has a trigger.
# It says which key, as the key itself does, because a change may lose a race for it.
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
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: UNIQUE constraint failed: ledger.id'); END""",
    """
CREATE TRIGGER ledger_keeps_REPLACE_of_version BEFORE INSERT ON ledger
WHEN EXISTS (SELECT 1 FROM ledger WHERE handoff_id = NEW.handoff_id AND version = NEW.version)
BEGIN SELECT RAISE(ABORT,
'the ledger is append-only: UNIQUE constraint failed: ledger.handoff_id, ledger.version'); END""",
)
MOVE_IS_WHOLE = (
    "kind <> 'move' OR (handoff_id IS NOT NULL AND version IS NOT NULL AND move IS NOT NULL AND state IS NOT NULL)"
)
KEEP_TEXTS_SQLITE = (
    """
CREATE TRIGGER ledger_text_keeps_UPDATE BEFORE UPDATE ON ledger_text
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """
CREATE TRIGGER ledger_text_keeps_REPLACE BEFORE INSERT ON ledger_text
WHEN EXISTS (SELECT 1 FROM ledger_text WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
)
KEEP_POSTGRES = (
    """
CREATE TRIGGER ledger_keeps BEFORE UPDATE OR DELETE ON ledger
FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()""",
    """
CREATE TRIGGER ledger_keeps_all BEFORE TRUNCATE ON ledger
FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()""",
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
    *(sa.Column(name, sa.String) for name in ("workspace_id", "actor", "move", "state", "owner", "reason", "currency")),
    *(sa.Column(name, sa.Integer) for name in ("version", "attempts")),
    *(sa.Column(name, sa.JSON) for name in ("promises", "detail")),
    sa.Column("value_cents", sa.BigInteger),
    sa.Column("expected_close", sa.Date),
    _moment("at"),
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
# What is owed about handoffs, as lines say it.
_owed = sa.Table(
    "owed",
    _meta,
    sa.Column("handoff_id", _ID, primary_key=True, autoincrement=False),
    sa.Column("promises", sa.JSON, nullable=False),
)
# Where the ledger of before is until the new one is written.
BEFORE = "ledger_of_before"
# What of a line moves, besides its note.
MOVES = re.compile(rf'"(?:changed|lead|{"|".join(sorted(WORDS))})"|"handoff": \{{\}}')
# Lines without any words are not read.
WITH_WORDS = f"""
SELECT id, note, CAST(detail AS VARCHAR), CAST("before" AS VARCHAR) FROM {BEFORE}
WHERE note <> '' OR "before" IS NOT NULL OR CAST(detail AS VARCHAR) LIKE '%"changed"%'
ORDER BY id"""  # noqa: S608 - made of constants
# Its index finds the lines of a handoff.
WRITE_LINES = f"""
INSERT INTO ledger (
    id, workspace_id, handoff_id, at, actor, move, state, owner, reason, undoes, version, detail, "before", text_hash
)
SELECT line.id, workspace_id, handoff_id, at, actor, move, state, owner, reason, undoes,
    (SELECT count(*) FROM {BEFORE} AS earlier WHERE earlier.handoff_id = line.handoff_id AND earlier.id <= line.id),
    coalesce(apart.detail, line.detail), coalesce(apart."before", line."before"), apart.text_hash
FROM {BEFORE} AS line LEFT JOIN line_without_words AS apart ON apart.id = line.id
ORDER BY line.id"""  # noqa: S608 - made of constants
_text_of = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def create() -> None:
    """Creates the tables anew. The lines may be about something else than a move, and say more of one."""
    op.rename_table("ledger", BEFORE)
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"ALTER INDEX ledger_pkey RENAME TO {BEFORE}_pkey")
    op.create_table(
        "ledger",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("handoff_id", _ID),
        sa.Column("kind", sa.String(), nullable=False, server_default="move"),
        sa.Column("version", sa.Integer()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        *(sa.Column(name, sa.String()) for name in ("move", "state", "owner", "reason")),
        sa.Column("value_cents", sa.BigInteger()),
        sa.Column("currency", sa.String(), nullable=False, server_default=""),
        sa.Column("expected_close", sa.Date()),
        sa.Column("attempts", sa.Integer()),
        sa.Column("promises", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON()),
        sa.Column("undoes", _ID),
        sa.Column("text_hash", sa.String()),
        # with the names that the ledger of before has on Postgres, where its own are still taken
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="ledger_workspace_id_fkey"),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"], name="ledger_handoff_id_fkey"),
        sa.CheckConstraint(MOVE_IS_WHOLE, name="ck_ledger_move"),
    )
    op.create_table(
        "ledger_text",
        sa.Column("id", _ID, sa.ForeignKey("ledger.id"), primary_key=True, autoincrement=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
    )


def upgrade() -> None:
    """The tables must be there already, see `create`, and the promises. Handoffs must have the version that the line
    which is added gets."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "line_without_words",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("text_hash", sa.String(), nullable=False),
        *(sa.Column(name, sa.JSON()) for name in ("detail", "before")),
    )
    _move_texts()
    if not on_sqlite:
        op.execute("ANALYZE line_without_words")
    op.execute(WRITE_LINES)
    op.drop_table("line_without_words")
    op.drop_table(BEFORE)
    _say_how_handoffs_stand(datetime.now(UTC))
    for trigger in (*KEEP_LINES_SQLITE, *KEEP_TEXTS_SQLITE) if on_sqlite else KEEP_POSTGRES:
        op.execute(trigger)


def _move_texts() -> None:
    found = op.get_bind().execute(sa.text(WITH_WORDS), execution_options=bulk.SOME_AT_A_TIME)
    for lines in found.partitions(bulk.BATCH):
        texts, without = [], []
        for line, note, detail, before in lines:
            words, now = _apart(note, detail, before)
            if words:
                salt, text = secrets.token_hex(16), _text_of(words)
                texts.append((line, salt, text))
                without.append((line, hashlib.sha256(f"{salt}{text}".encode()).hexdigest(), *now))
        bulk.insert("ledger_text", ("id", "salt", "text"), texts)
        bulk.insert("line_without_words", ("id", "text_hash", "detail", "before"), without)


def _apart(note: str, detail: str, before: str | None) -> tuple[Columns, tuple[str | None, str | None]]:
    """Returns the words of a line, and its detail and what was before without them, if that differs."""
    if not (MOVES.search(detail) or (before and MOVES.search(before))):
        return {"note": note} if note else {}, (None, None)
    said, was = json.loads(detail) or {}, json.loads(before or "{}") or {}
    handoff = was.get("handoff") or {}
    words = {
        "note": note,
        "changed": said.pop("changed", None),
        "lead": was.get("lead"),
        "handoff": {name: value for name, value in handoff.items() if name in WORDS},
    }
    kept = {name: value for name, value in was.items() if name not in ("lead", "handoff")}
    if rest := {name: value for name, value in handoff.items() if name not in WORDS}:
        kept["handoff"] = rest
    return {name: value for name, value in words.items() if value}, (json.dumps(said), before and json.dumps(kept))


def _say_how_handoffs_stand(at: datetime) -> None:
    """Adds a line to each handoff, for the version that it has now."""
    connection = op.get_bind()
    _owed.create(connection)
    # Its states are literals: with parameters SQLite does not use the partial index.
    live = sa.select(_promise).where(sa.text("promise.state IN ('running', 'paused')"))
    live = live.order_by(_promise.c.handoff_id, _promise.c.id)
    of_handoffs = groupby(connection.execute(live, execution_options=bulk.SOME_AT_A_TIME), attrgetter("handoff_id"))
    owed = ((handoff_id, json.dumps([_said(one) for one in promises])) for handoff_id, promises in of_handoffs)
    while some := list(islice(owed, bulk.BATCH)):
        bulk.insert("owed", ("handoff_id", "promises"), some)
    last = connection.scalar(sa.select(sa.func.max(_line.c.id))) or 0
    known = {
        **{name: _handoff.c[name] for name in ("workspace_id", "version", "state", "owner", "reason", "value_cents")},
        **{name: _handoff.c[name] for name in ("currency", "expected_close", "attempts")},
        "id": last + sa.func.row_number().over(order_by=_handoff.c.id),
        "handoff_id": _handoff.c.id,
        "at": sa.literal(at),
        "actor": sa.literal(ACTOR),
        "move": sa.literal("stood"),
        "promises": sa.func.coalesce(_owed.c.promises, sa.literal([], sa.JSON)),
        "detail": sa.literal({}, sa.JSON),
    }
    found = sa.select(*known.values()).select_from(_handoff.outerjoin(_owed, _owed.c.handoff_id == _handoff.c.id))
    connection.execute(sa.insert(_line).from_select(list(known), found.order_by(_handoff.c.id)))
    _owed.drop(connection)


def _said(promise: Row) -> Columns:
    """Returns a promise as a line says it."""
    return {
        name: (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
        if isinstance(value, datetime)
        else str(value)
        for name, value in promise._asdict().items()
        if value is not None
    }
