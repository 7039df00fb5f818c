"""`baton demo` starts the company, the bot in it, and the page, each as early as possible."""

import socket

import typer

from bot.demo.playground.company import Company


def start(*, port: int, open_browser: bool) -> None:
    """Serves the page until the program ends. Exits with 1 if the page's library is missing."""
    with Company() as company:  # the bot starts while Python loads the page's library
        try:
            from bot.demo.playground.page import serve  # noqa: PLC0415 - as above
        except ModuleNotFoundError as error:
            typer.echo(f"The page needs {error.name}: pip install '.[demo]' in the checkout", err=True)
            raise typer.Exit(1) from error
        serve(company, port=_free(port), open_browser=open_browser)


def _free(wanted: int) -> int:
    """Returns the port, or another free one if it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
