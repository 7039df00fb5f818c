"""What the sandbox refuses: as an answer of the Web API, or as an error in the test that plays a person."""

from collections.abc import Sequence
from typing import Any


class Refusal(Exception):  # noqa: N818 - Slack answers it; nothing broke
    """Becomes `{"ok": false, "error": code}`, with everything that Slack adds to the code."""

    def __init__(self, code: str, *, messages: Sequence[str] = (), **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra
        if messages:
            self.extra["response_metadata"] = {"messages": list(messages)}

    def body(self) -> dict[str, Any]:
        """Returns the answer in Slack's form."""
        return {"ok": False, "error": self.code, **self.extra}


class Impossible(AssertionError):  # noqa: N818 - reads as what it says to a test
    """A person in Slack could not do this: the screen has no such button, form, option or message."""


class NoSuchThing(LookupError):  # noqa: N818 - reads as what it says to a test
    """The test names a person or a channel that the sandbox does not have."""
