"""${message}

Within an era (the id's first two digits) only add: see models/storage/schema.py.
"""

import sqlalchemy as sa
from alembic import op

import models.storage.tables
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise RuntimeError("Baton's migrations go forward only: restore the backup made before the upgrade")
