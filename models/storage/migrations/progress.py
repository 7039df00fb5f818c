"""What a long migration says while it works."""

from alembic import context


def progress(words: str) -> None:
    """Tells whoever runs the migration which step begins."""
    context.config.attributes["progress"](words)
