"""One call of a Web API method, and the type of the functions that answer calls."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.sandbox.arguments import Arguments
from bot.sandbox.errors import Refusal
from bot.sandbox.records import Json
from bot.sandbox.workspace import Workspace

Item = TypeVar("Item")


@dataclass(frozen=True)
class Call:
    """Who calls, and with which arguments. `base_url` is the address of the sandbox without a path."""

    workspace: Workspace
    arguments: Arguments
    base_url: str

    def needs(self, *scopes: str) -> None:
        """Raises Refusal missing_scope unless the bot has one of `scopes`."""
        if not self.workspace.bot_scopes.intersection(scopes):
            raise missing_scope(self.workspace, ",".join(scopes))

    def page(self, items: Sequence[Item], *, default: int = 100, at_most: int = 1000) -> tuple[list[Item], Json]:
        """Returns the page of `items` that `cursor` and `limit` ask for, and its response_metadata. Raises Refusal
        invalid_limit or invalid_cursor."""
        limit = self.arguments.number("limit", default, at_most=at_most)
        start = self._cursor_position(len(items))
        end = start + limit
        next_cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
        return list(items[start:end]), {"next_cursor": next_cursor}

    def _cursor_position(self, length: int) -> int:
        cursor = self.arguments.text("cursor")
        if cursor is None:
            return 0
        try:
            label, position = base64.b64decode(cursor, validate=True).decode("ascii").split(":")
            start = int(position)
        except ValueError as unreadable:
            raise Refusal("invalid_cursor") from unreadable
        if label != "next" or not 0 <= start <= length:
            raise Refusal("invalid_cursor")
        return start


Method = Callable[[Call], dict[str, Any]]


def missing_scope(workspace: Workspace, needed: str) -> Refusal:
    """Returns the refusal that names the scopes that are needed and those that the bot has."""
    return Refusal("missing_scope", needed=needed, provided=",".join(sorted(workspace.bot_scopes)))
