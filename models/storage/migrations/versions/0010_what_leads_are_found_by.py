"""what a lead is found by, where its letters are not ASCII's alone"""

import sqlalchemy as sa
from alembic import op

from models.rules.search_text import search_text

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BATCH = 5000
LEAD = sa.table("lead", *(sa.column(name) for name in ("id", "name", "company", "email", "search_text")))


def upgrade() -> None:
    op.add_column("lead", sa.Column("search_text", sa.String(), nullable=True))
    connection, last = op.get_bind(), 0
    while rows := connection.execute(
        sa.select(LEAD.c.id, LEAD.c.name, LEAD.c.company, LEAD.c.email)
        .where(LEAD.c.id > last)
        .order_by(LEAD.c.id)
        .limit(BATCH)
    ).all():
        last = rows[-1].id
        found = [
            {"this": row.id, "said": said}
            for row in rows
            if (said := search_text(row.name, row.company, row.email)) is not None
        ]
        if found:
            connection.execute(
                sa.update(LEAD).where(LEAD.c.id == sa.bindparam("this")).values(search_text=sa.bindparam("said")), found
            )


def downgrade() -> None:
    raise RuntimeError("Baton's migrations go forward only: restore the backup made before the upgrade")
