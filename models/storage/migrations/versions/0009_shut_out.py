"""since when, and why, Slack has taken the token of a workspace away"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workspace", sa.Column("shut_out_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("workspace", sa.Column("shut_out_why", sa.String(), nullable=True))


def downgrade() -> None:
    raise RuntimeError("Baton's migrations go forward only: restore the backup made before the upgrade")
