"""`python -m tests.bench.bare`: Bolt that acknowledges and does nothing, the ground that everything stands on."""

from slack_bolt import Ack, App

from tests.bench import front


def acknowledging() -> App:
    """A Bolt app that does nothing about a command or a click."""
    app = front.bolt_app()
    app.command(front.ANY)(acknowledge)
    app.action(front.ANY)(acknowledge)
    return app


def acknowledge(ack: Ack) -> None:
    ack()


if __name__ == "__main__":
    front.serve(acknowledging())
