"""The schema, step by step, with Alembic. `baton migrate` runs `upgrade`."""
