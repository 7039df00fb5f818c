"""how things were before each line of the ledger, which line takes back which, and handoffs that were a mistake"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ledger", sa.Column("before", sa.JSON(), nullable=True))
    op.add_column("ledger", sa.Column("undoes", sa.Integer(), nullable=True))
    op.add_column("handoff", sa.Column("voided", sa.Boolean(), nullable=False, server_default=sa.false()))
    condition = sa.text("undoes IS NOT NULL")
    op.create_index("ix_ledger_undoes", "ledger", ["undoes"], sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    raise RuntimeError("Baton's migrations go forward only: restore the backup made before the upgrade")
