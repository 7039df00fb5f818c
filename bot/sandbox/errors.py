"""What the sandbox refuses: as an answer of the Web API, or as a mistake of the test that plays a person."""

from collections.abc import Sequence
from typing import Any


class Refusal(Exception):  # noqa: N818 - Slack answers it; nothing broke
    """`{"ok": false, "error": code}` with whatever Slack adds beside the code."""

    def __init__(self, code: str, *, messages: Sequence[str] = (), **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra
        if messages:
            self.extra["response_metadata"] = {"messages": list(messages)}

    def body(self) -> dict[str, Any]:
        """The answer as Slack words it."""
        return {"ok": False, "error": self.code, **self.extra}


class Impossible(AssertionError):  # noqa: N818 - reads as what it says to a test
    """A person in Slack could not do this: there is no such button, form, option or message on the screen."""


class NoSuchThing(LookupError):  # noqa: N818 - reads as what it says to a test
    """The test names a person or channel that the sandbox does not have."""
