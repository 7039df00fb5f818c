"""What Slack sends, in one file per subject. A handler parses, calls the desk, and replies."""

import re
from typing import Any

from slack_bolt import Ack, App

from handlers import clicks, commands, events, submissions
from handlers.deps import Deps

ANY = re.compile(".*", re.DOTALL)


def register(app: App, deps: Deps) -> None:
    """Binds one listener for each way in which Slack speaks. Bolt asks them one after another. Events come first,
    because each message of a channel is one."""

    @app.event(ANY)
    def _event(ack: Ack, body: dict[str, Any]) -> None:
        events.handle(ack, body, deps)

    @app.command(ANY)
    def _command(ack: Ack, command: dict[str, Any]) -> None:
        commands.handle(ack, command, deps)

    @app.action(ANY)
    def _click(ack: Ack, body: dict[str, Any]) -> None:
        clicks.handle(ack, body, deps)

    @app.view(ANY)
    def _form(ack: Ack, body: dict[str, Any]) -> None:
        submissions.handle(ack, body, deps)

    @app.shortcut(ANY)
    def _shortcut(ack: Ack, body: dict[str, Any]) -> None:
        clicks.shortcut(ack, body, deps)
