"""ids, numbers that count within a workspace, keys of leads, loads of reps, promises, texts of the ledger

The program makes the ids from now on.
Handoffs and leads keep their ids, and each handoff's number is the id that people saw until now.
"""

import sqlalchemy as sa
from alembic import op

from models.storage.migrations import bulk, promises_of_columns, texts_of_lines
from models.storage.migrations.progress import progress

revision = "0101"
down_revision = "0015"
branch_labels = None
depends_on = None

# The columns that hold ids, by table. In SQLite each of them has 64 bits already.
IDS = {
    "lead": ("id",),
    "handoff": ("id", "lead_id", "follows"),
    "outbox": ("id", "handoff_id"),
    "nudge_item": ("outbox_id", "handoff_id"),
    "feedback": ("handoff_id",),
    "comment": ("handoff_id",),
    "receipt": ("handoff_id",),
}
COUNTED = ("lead", "handoff", "outbox")
# The tables that get many rows, or are written anew.
WRITTEN = (*IDS, "ledger", "ledger_text", "promise", "lead_key")
OPEN = "state IN ('offered', 'accepted', 'working', 'qualified')"
# Lines of 0.1 and the version of their handoff may differ. The line that says how a handoff stood is the next version.
NUMBER_THE_HANDOFFS = f"""
UPDATE handoff SET number = id, version = 1 + (
    SELECT CASE WHEN count(*) > handoff.version THEN count(*) ELSE handoff.version END
    FROM {texts_of_lines.BEFORE} AS line WHERE line.handoff_id = handoff.id
)"""  # noqa: S608 - made of constants
LOADS = f"""
INSERT INTO rep_load (workspace_id, person, open_handoffs, last_turn)
SELECT workspace_id, person, sum(open_handoffs), max(turn)
FROM (
    SELECT workspace_id, owner AS person, 1 AS open_handoffs, 0 AS turn FROM handoff WHERE {OPEN}
    UNION ALL
    SELECT workspace_id, offered_to, 0, max(number) FROM handoff GROUP BY workspace_id, offered_to
) AS known
GROUP BY workspace_id, person"""  # noqa: S608 - made of constants
# SQLite's cache is small by itself, and such a transaction would write and read the same pages again and again.
SQLITE = ("PRAGMA cache_size = -131072",)
POSTGRES = ("SET LOCAL work_mem = '64MB'", "SET LOCAL maintenance_work_mem = '128MB'")


def upgrade() -> None:
    """Goes through each table as few times as it can, and makes indexes last: a table without them is changed faster,
    and to sort all rows once is faster than to find each one's place."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for setting in SQLITE if on_sqlite else POSTGRES:
        op.execute(setting)
    for name in (*promises_of_columns.INDEXES, "offered"):
        op.drop_index(f"ix_handoff_{name}", "handoff")
    op.drop_index("ix_outbox_lane", "outbox")
    promises_of_columns.create()
    texts_of_lines.create()
    _create_keys()
    to_put_back = [] if on_sqlite else bulk.take_off(WRITTEN)
    progress("Promises get a table of their own.")
    promises_of_columns.upgrade()
    progress("Handoffs are numbered.")
    _number_handoffs()
    progress("The words of the ledger get a table of their own.")
    texts_of_lines.upgrade()
    progress("Leads get keys.")
    _keep_keys()
    op.add_column("lead", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    if not on_sqlite:
        progress("Ids get room.")
        _widen_ids()
    progress("Indexes are made.")
    promises_of_columns.create_indexes()
    op.create_index("uq_handoff_number", "handoff", ["workspace_id", "number"], unique=True)
    op.create_index("uq_ledger_version", "ledger", ["handoff_id", "version"], unique=True)
    op.create_index("ix_ledger_actor", "ledger", ["workspace_id", "actor", "at"])
    undone = sa.text("undoes IS NOT NULL")
    op.create_index("ix_ledger_undoes", "ledger", ["undoes"], sqlite_where=undone, postgresql_where=undone)
    op.create_index("ix_outbox_lane", "outbox", ["workspace_id", "lane", "kind", "created_at"])
    for statement in to_put_back:
        op.execute(statement)
    for name in ("what", "why"):
        op.add_column("nudge_item", sa.Column(name, sa.String()))
    op.add_column("person", sa.Column("profile_updated", sa.BigInteger()))
    _count()


def _widen_ids() -> None:
    """Writes each table anew, without what the other steps left behind."""
    for table, columns in IDS.items():
        op.execute(f"ALTER TABLE {table} {', '.join(f'ALTER COLUMN {name} TYPE BIGINT' for name in columns)}")
    for table in COUNTED:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN id DROP DEFAULT")
        op.execute(f"DROP SEQUENCE {table}_id_seq")


def _number_handoffs() -> None:
    """Drops the columns that became promises, too. SQLite would write the table anew for each of them, so it is copied
    into a new one once."""
    with op.batch_alter_table("handoff") as handoff:
        handoff.add_column(sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
        for name in promises_of_columns.COLUMNS:
            handoff.drop_column(name)
    op.execute(NUMBER_THE_HANDOFFS)


def _count() -> None:
    """Stores the last number of each workspace, and what routing knows of people."""
    op.create_table(
        "counter",
        sa.Column("workspace_id", sa.String(), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("handoffs", sa.Integer(), nullable=False),
        sa.Column("lost_from", sa.Integer()),
        sa.Column("lost_to", sa.Integer()),
        sa.Column("lost_at", sa.DateTime(timezone=True)),
    )
    op.execute(
        "INSERT INTO counter (workspace_id, handoffs)"
        " SELECT workspace_id, max(number) FROM handoff GROUP BY workspace_id"
    )
    op.create_table(
        "rep_load",
        sa.Column("workspace_id", sa.String(), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("person", sa.String(), primary_key=True),
        sa.Column("open_handoffs", sa.Integer(), nullable=False),
        sa.Column("last_turn", sa.Integer(), nullable=False),
    )
    op.execute(LOADS)


def _create_keys() -> None:
    op.create_table(
        "lead_key",
        sa.Column("workspace_id", sa.String(), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column(
            "lead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.ForeignKey("lead.id"), nullable=False
        ),
    )


def _keep_keys() -> None:
    op.execute(
        "INSERT INTO lead_key SELECT workspace_id, 'email', email_key, id FROM lead ORDER BY workspace_id, email_key"
    )
    op.execute(
        "INSERT INTO lead_key SELECT workspace_id, 'email', email_key, lead_id FROM former_address"
        " WHERE true ON CONFLICT DO NOTHING"
    )
    op.drop_table("former_address")


def downgrade() -> None:
    raise RuntimeError("Baton's migrations go forward only: restore the backup made before the upgrade")
