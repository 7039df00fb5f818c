"""`baton demo`: the company, the bot in it, and the page, each as soon as it can be."""

import socket

import typer

from bot.demo.playground.company import Company


def start(*, port: int, open_browser: bool) -> None:
    """Serve the page until the program is told to end."""
    with Company() as company:  # the bot starts while the page's library is read
        try:
            from bot.demo.playground.page import serve  # noqa: PLC0415 - as above
        except ModuleNotFoundError as error:
            typer.echo(f"The page needs {error.name}: pip install 'baton-handoff[demo]'", err=True)
            raise typer.Exit(1) from error
        serve(company, port=_free(port), open_browser=open_browser)


def _free(wanted: int) -> int:
    """The port, or if it is taken another one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
