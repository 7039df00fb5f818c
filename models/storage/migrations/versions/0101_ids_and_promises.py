"""ids, numbers that count within a workspace, keys of leads, loads of reps, promises, texts of the ledger

The program makes the ids from now on.
Handoffs and leads keep their ids, and each handoff's number is the id that people saw until now.
"""

import sqlalchemy as sa
from alembic import op

from models.storage.migrations import promises_of_columns, texts_of_lines

revision = "0101"
down_revision = "0015"
branch_labels = None
depends_on = None

# The columns that hold ids, by table. In SQLite each of them has 64 bits already.
IDS = {
    "lead": ("id",),
    "handoff": ("id", "lead_id", "follows"),
    "ledger": ("id", "handoff_id", "undoes"),
    "outbox": ("id", "handoff_id"),
    "nudge_item": ("outbox_id", "handoff_id"),
    "feedback": ("handoff_id",),
    "comment": ("handoff_id",),
    "receipt": ("handoff_id",),
}
COUNTED = ("lead", "handoff", "ledger", "outbox")
OPEN = "state IN ('offered', 'accepted', 'working', 'qualified')"
NUMBER_THE_LINES = """
UPDATE ledger SET version = counted.place
FROM (SELECT id, row_number() OVER (PARTITION BY handoff_id ORDER BY id) AS place FROM ledger) AS counted
WHERE counted.id = ledger.id"""
NO_VERSION_TWICE = """
UPDATE handoff SET version = latest.version
FROM (SELECT handoff_id, max(version) AS version FROM ledger GROUP BY handoff_id) AS latest
WHERE latest.handoff_id = handoff.id AND handoff.version < latest.version"""
LOADS = f"""
INSERT INTO rep_load (workspace_id, person, open_handoffs, last_turn)
SELECT workspace_id, person, sum(open_handoffs), max(turn)
FROM (
    SELECT workspace_id, owner AS person, 1 AS open_handoffs, 0 AS turn FROM handoff WHERE {OPEN}
    UNION ALL
    SELECT workspace_id, offered_to, 0, max(number) FROM handoff GROUP BY workspace_id, offered_to
) AS known
GROUP BY workspace_id, person"""  # noqa: S608 - made of constants
UNTOUCHED = """
CREATE TRIGGER ledger_keeps_UPDATE BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"""


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if not on_sqlite:
        for table, columns in IDS.items():
            op.execute(f"ALTER TABLE {table} {', '.join(f'ALTER COLUMN {name} TYPE BIGINT' for name in columns)}")
        for table in COUNTED:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN id DROP DEFAULT")
            op.execute(f"DROP SEQUENCE {table}_id_seq")
    _number_handoffs()
    _number_lines(on_sqlite=on_sqlite)
    _keep_keys()
    op.add_column("lead", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.drop_index("ix_outbox_lane", "outbox")
    op.create_index("ix_outbox_lane", "outbox", ["workspace_id", "lane", "kind", "created_at"])
    for name in ("what", "why"):
        op.add_column("nudge_item", sa.Column(name, sa.String()))
    promises_of_columns.upgrade()
    texts_of_lines.upgrade()


def _number_handoffs() -> None:
    op.add_column("handoff", sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE handoff SET number = id")
    op.create_index("uq_handoff_number", "handoff", ["workspace_id", "number"], unique=True)
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
    op.drop_index("ix_handoff_offered", "handoff")


def _number_lines(*, on_sqlite: bool) -> None:
    """Gives each ledger line its place among those of its handoff. The triggers refuse this, so it sets them aside."""
    op.add_column("ledger", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.execute("DROP TRIGGER ledger_keeps_UPDATE" if on_sqlite else "ALTER TABLE ledger DISABLE TRIGGER USER")
    op.execute(NUMBER_THE_LINES)
    op.execute(UNTOUCHED if on_sqlite else "ALTER TABLE ledger ENABLE TRIGGER USER")
    op.execute(NO_VERSION_TWICE)
    op.drop_index("ix_ledger_handoff", "ledger")
    op.create_index("uq_ledger_version", "ledger", ["handoff_id", "version"], unique=True)
    op.create_index("ix_ledger_actor", "ledger", ["workspace_id", "actor", "at"])


def _keep_keys() -> None:
    op.create_table(
        "lead_key",
        sa.Column("workspace_id", sa.String(), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column(
            "lead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.ForeignKey("lead.id"), nullable=False
        ),
    )
    op.execute("INSERT INTO lead_key SELECT workspace_id, 'email', email_key, id FROM lead")
    op.execute(
        "INSERT INTO lead_key SELECT workspace_id, 'email', email_key, lead_id FROM former_address"
        " WHERE true ON CONFLICT DO NOTHING"
    )
    op.drop_table("former_address")


def downgrade() -> None:
    raise RuntimeError("Baton's migrations go forward only: restore the backup made before the upgrade")
