"""an index for the answers to rejections that fell due: a digest read the whole history for them"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OWED = "answer_due_at IS NOT NULL"


def upgrade() -> None:
    op.create_index(
        "ix_handoff_answer_due",
        "handoff",
        ["workspace_id", "answer_due_at"],
        unique=False,
        sqlite_where=sa.text(OWED),
        postgresql_where=sa.text(OWED),
    )


def downgrade() -> None:
    raise RuntimeError("Baton's migrations go forward only: restore the backup made before the upgrade")
