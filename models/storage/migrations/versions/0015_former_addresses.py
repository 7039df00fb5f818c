"""the addresses that a lead had before it was corrected"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_address",
        sa.Column("workspace_id", sa.String(), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("email_key", sa.String(), primary_key=True),
        sa.Column("lead_id", sa.Integer(), sa.ForeignKey("lead.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_former_address_lead", "former_address", ["lead_id"])


def downgrade() -> None:
    raise RuntimeError("Baton's migrations go forward only: restore the backup made before the upgrade")
