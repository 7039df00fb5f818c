"""a stamp for the people of a workspace, so that they can be kept in memory, and indexes for whose turn it is"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OPEN = "state IN ('offered', 'accepted', 'working', 'qualified')"


def upgrade() -> None:
    op.create_index("ix_handoff_offered", "handoff", ["workspace_id", "offered_to", "id"], unique=False)
    op.drop_index("ix_handoff_open", "handoff")
    op.create_index(
        "ix_handoff_open",
        "handoff",
        ["workspace_id", "owner", "state"],
        unique=False,
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
    op.add_column("workspace", sa.Column("people_stamp", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    raise RuntimeError("Baton's migrations go forward only: restore the backup made before the upgrade")
