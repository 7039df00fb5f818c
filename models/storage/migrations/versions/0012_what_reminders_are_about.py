"""what each reminder is about, and an index for rejections that wait for an answer"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

UNANSWERED = "state = 'rejected' AND answered_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "nudge_item",
        sa.Column("outbox_id", sa.Integer(), nullable=False),
        sa.Column("handoff_id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"]),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"]),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),
        sa.PrimaryKeyConstraint("outbox_id", "handoff_id"),
    )
    op.create_index("ix_nudge_item_handoff", "nudge_item", ["handoff_id"], unique=False)
    _partial_index("ix_nudge_item_live", "nudge_item", "handoff_id", where="live")
    _partial_index("ix_handoff_reply_due", "handoff", "next_nudge_at", where=UNANSWERED)


def _partial_index(name: str, table: str, column: str, *, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], unique=False, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    raise RuntimeError("Baton's migrations go forward only: restore the backup made before the upgrade")
