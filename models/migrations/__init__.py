"""The schema, step by step, with Alembic. `upgrade` is what `baton migrate` runs."""
