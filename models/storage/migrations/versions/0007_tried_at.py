"""since when a message may have been posted, by Slack's clock: a machine's own may have been hours ahead"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    raise RuntimeError("Baton's migrations go forward only: restore the backup made before the upgrade")
