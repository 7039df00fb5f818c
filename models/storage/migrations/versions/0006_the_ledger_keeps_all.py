"""the ledger refuses to have lines replaced, and to be emptied"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# SQLite deletes what INSERT OR REPLACE replaces without asking the triggers that guard against DELETE.
NO_REPLACE_SQLITE = """
CREATE TRIGGER ledger_keeps_REPLACE BEFORE INSERT ON ledger
WHEN EXISTS (SELECT 1 FROM ledger WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
"""
# The triggers of rows do not hear of TRUNCATE; this one also hears of it on a table that the ledger refers to.
NO_TRUNCATE_POSTGRES = """
CREATE TRIGGER ledger_keeps_all BEFORE TRUNCATE ON ledger
FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()
"""


def upgrade() -> None:
    op.execute(NO_REPLACE_SQLITE if op.get_bind().dialect.name == "sqlite" else NO_TRUNCATE_POSTGRES)


def downgrade() -> None:
    raise RuntimeError("Baton's migrations go forward only: restore the backup made before the upgrade")
