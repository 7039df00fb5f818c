"""The arguments of a Web API call, as a query, a form or JSON: Slack accepts all three."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from bot.sandbox.errors import Refusal

# The texts that count as true.
TRUE = {"1", "true", "True"}


def read_arguments(query: str, content_type: str, body: bytes) -> dict[str, Any]:
    """Returns all arguments of one request. Raises Refusal if Slack could not read the body."""
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
    """Typed access to what a caller sent. Raises Refusal for a wrong or missing argument, as Slack does."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def text(self, name: str) -> str | None:
        """Returns the argument as text, or None if it is absent or empty. Raises Refusal invalid_arguments if it is no
        text."""
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
        """Returns the argument as text. Raises Refusal invalid_arguments if it is missing."""
        value = self.text(name)
        if value is None:
            raise Refusal("invalid_arguments", messages=[f"[ERROR] missing required field: {name}"])
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Returns the argument as a boolean, or `default` if it is absent or empty."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        return value is True or str(value) in TRUE

    def number(self, name: str, default: int, *, at_most: int) -> int:
        """Returns the argument as a whole number from 1 to `at_most`, or `default` if it is absent. Raises Refusal
        invalid_limit."""
        value = self.text(name)
        if value is None:
            return default
        if not value.lstrip("-").isdigit() or int(value) < 1:
            raise Refusal("invalid_limit")
        return min(int(value), at_most)

    def structure(self, name: str, *, malformed: str) -> Any:
        """Returns a list or an object, which may arrive as JSON text, or None if it is absent. Raises Refusal with the
        code `malformed` if the text is no JSON."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError as not_json:
                raise Refusal(malformed) from not_json
        return value
