"""Alembic's entry point: runs the revisions on the connection that `models.storage.schema` passes in."""

from alembic import context
from sqlmodel import SQLModel

import models.storage.tables  # noqa: F401 - fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
