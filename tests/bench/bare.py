"""`python -m tests.bench.bare`: Bolt that acknowledges and does nothing, the ground that everything stands on."""

from slack_bolt import Ack

from tests.bench import front


def main() -> None:
    app = front.bolt_app()

    @app.command(front.ANY)
    def _command(ack: Ack) -> None:
        ack()

    @app.action(front.ANY)
    def _click(ack: Ack) -> None:
        ack()

    front.serve(app)


if __name__ == "__main__":
    main()
