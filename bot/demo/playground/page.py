"""The page. Each browser window has its own, and all of them show the same company."""

import asyncio
import os
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from fastapi import Request
from nicegui import app, background_tasks, ui
from nicegui.client import Client
from nicegui.element import Element

from bot.demo.playground.company import Company
from bot.demo.playground.conversation import Conversation
from bot.demo.playground.files import serve_files
from bot.demo.playground.modal import Modal
from bot.demo.playground.panel import SidePanel
from bot.demo.playground.sidebar import Sidebar
from bot.demo.playground.topbar import TopBar
from bot.demo.playground.widgets import element, words
from bot.demo.playground.window import Desk, Window

STYLE = Path(__file__).with_name("style.css").read_text("utf-8")
# The page draws changes together if they are closer together than this.
FRAME_SECONDS = 0.03
# How late the page may show what no change in Slack tells it: the time, and whether the bot runs.
CLOCK_SECONDS = 1.0


def serve(company: Company, *, port: int, open_browser: bool) -> None:
    """Serves the page on this machine only, until the program ends."""
    desk = Desk(company)
    serve_files(company.slack)

    @ui.page("/", title="Try Baton")
    def page(client: Client, request: Request) -> None:
        people = {person.name: person for person in company.people}
        window = Window(desk, client, people.get(request.query_params.get("as", ""), company.mia))
        whole = _build(window)
        desk.windows.append(window)
        client.on_connect(partial(_let_in, window, whole))
        client.on_delete(lambda: desk.windows.remove(window))
        window.refresh()

    app.config.quasar_config["loadingBar"] = {"skipHijack": True}  # a busy button shows that itself
    address = f"http://127.0.0.1:{port}"
    app.on_startup(lambda: _keep_up(desk))
    app.on_startup(lambda: print(f"Try Baton at {address}  (Ctrl-C ends it)", flush=True))  # noqa: T201 - for a person
    ui.run(
        host="127.0.0.1",
        port=port,
        title="Try Baton",
        favicon="🏃",
        dark=None,
        language="en-US",
        reload=False,
        show=open_browser and _has_screen(),
        show_welcome_message=False,
        reconnect_timeout=60,  # seconds: a browser that slept or was busy keeps its window
        tailwind=False,
        timeout_graceful_shutdown=1,
    )


def _build(window: Window) -> Element:
    ui.add_css(STYLE)
    # The browser shows the page before we can receive what people type. Until then the page accepts nothing, so that
    # nothing is lost.
    with element("div", "app", inert="") as whole:
        words("Skip to the conversation", "skip-link", tag="a", href="#conversation")
        top, side = TopBar(window), Sidebar(window)
        middle = Conversation(window)
        panel = SidePanel(window, middle.composer.write)
        modal = Modal(window)
    window.parts = [top, side, middle, panel, modal]
    return whole


async def _let_in(window: Window, whole: Element) -> None:
    """Lets the page accept what people do. In a small window it shows the conversation first."""
    try:
        await window.measure()
        if "inert" in whole.props:
            window.look_at_conversation()
    finally:
        whole.props(remove="inert")


async def _keep_up(desk: Desk) -> None:
    """Draws changes soon after they happen, as long as the page is served."""
    changed, loop = asyncio.Event(), asyncio.get_running_loop()
    end = desk.company.slack.watch(partial(_wake, loop, changed))
    app.on_shutdown(end)

    async def draw() -> None:
        while not app.is_stopping:
            with suppress(TimeoutError):  # nothing changed, but time passed
                await asyncio.wait_for(changed.wait(), CLOCK_SECONDS)
            changed.clear()
            desk.refresh()
            await asyncio.sleep(FRAME_SECONDS)

    background_tasks.create(draw(), name="drawing")


def _wake(loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> None:
    loop.call_soon_threadsafe(changed.set)


def _has_screen() -> bool:
    """True if somebody could see a browser on this machine."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
