"""The arguments of a Web API call, whichever of Slack's three ways they came: query, form or JSON."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from bot.sandbox.errors import Refusal

TRUE = {"1", "true", "True"}


def read_arguments(query: str, content_type: str, body: bytes) -> dict[str, Any]:
    """All arguments of one request. Raises Refusal for bodies that Slack cannot read."""
    arguments: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    if not body:
        return arguments
    if kind == "application/json":
        try:
            parsed = json.loads(body)
        except ValueError as not_json:
            raise Refusal("invalid_json") from not_json
        if not isinstance(parsed, dict):
            raise Refusal("json_not_object")
        # Slack takes a token from the header or the form, never from JSON.
        return arguments | {key: value for key, value in parsed.items() if key != "token"}
    if kind == "application/x-www-form-urlencoded":
        try:
            return arguments | dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True))
        except UnicodeDecodeError as not_text:
            raise Refusal("invalid_form_data") from not_text
    if kind in {"multipart/form-data", "text/plain", ""}:
        raise Refusal("invalid_form_data" if kind == "multipart/form-data" else "invalid_post_type")
    raise Refusal("invalid_post_type")


class Arguments:
    """Typed access to what a caller sent. A missing required argument is refused as Slack refuses it."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def text(self, name: str) -> str | None:
        """The argument as text, or None when it is absent or empty."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        if not isinstance(value, str):
            raise Refusal("invalid_arguments", messages=[f"[ERROR] must be a string [json-pointer:/{name}]"])
        return value

    def required(self, name: str) -> str:
        """The argument as text. Raises Refusal invalid_arguments when it is missing."""
        value = self.text(name)
        if value is None:
            raise Refusal("invalid_arguments", messages=[f"[ERROR] missing required field: {name}"])
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """The argument as a boolean."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        return value is True or str(value) in TRUE

    def number(self, name: str, default: int, *, at_most: int) -> int:
        """The argument as a whole number from 1 to `at_most`. Raises Refusal invalid_limit."""
        value = self.text(name)
        if value is None:
            return default
        if not value.lstrip("-").isdigit() or int(value) < 1:
            raise Refusal("invalid_limit")
        return min(int(value), at_most)

    def structure(self, name: str, *, malformed: str) -> Any:
        """A list or object, native or as JSON text. Raises Refusal `malformed`; None when absent."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError as not_json:
                raise Refusal(malformed) from not_json
        return value
