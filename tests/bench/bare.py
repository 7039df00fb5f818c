"""`python -m tests.bench.bare`: Bolt that only acknowledges. Nothing that is built on Bolt can be faster."""

from slack_bolt import Ack, App

from tests.bench import front


def acknowledging() -> App:
    """Returns a Bolt app that acknowledges commands and clicks and does nothing else."""
    app = front.bolt_app()
    app.command(front.ANY)(acknowledge)
    app.action(front.ANY)(acknowledge)
    return app


def acknowledge(ack: Ack) -> None:
    ack()


if __name__ == "__main__":
    front.serve(acknowledging())
