"""what people are to the workspace: members, guests, strangers; and which app is ours"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("kind", sa.String(), nullable=True))
    op.add_column("person", sa.Column("is_admin", sa.Boolean(), nullable=True))
    op.add_column("workspace", sa.Column("app_id", sa.String(), nullable=True))
    # Who took part so far goes on as a member until the chat tells what they are, which is asked at once.
    op.execute("UPDATE person SET kind = 'assumed', synced_at = NULL")


def downgrade() -> None:
    raise RuntimeError("Baton's migrations go forward only: restore the backup made before the upgrade")
