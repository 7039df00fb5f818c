"""The paths that the sandbox serves."""

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from bot.sandbox.socket_mode import Sockets
from bot.sandbox.web_api import WebApi
from bot.sandbox.workspace import Workspace


def make_app(workspace: Workspace, web_api: WebApi, sockets: Sockets, control: list[BaseRoute]) -> Starlette:
    """Returns the ASGI app."""

    async def upload(request: Request) -> Response:
        """Step two of a file upload: stores the bytes."""
        content = await request.body()
        with workspace.change():
            file = workspace.files.get(request.path_params["file_id"])
            if file is None or file.completed:
                return PlainTextResponse("not found", status_code=404)
            if len(content) != file.length:
                return PlainTextResponse("length does not match", status_code=400)
            file.content = content
        return PlainTextResponse(f"OK - {len(content)}")

    async def download(request: Request) -> Response:
        """Returns the bytes of a file to a caller with the bot's token."""
        file = workspace.files.get(request.path_params["file_id"])
        if request.headers.get("authorization") != f"Bearer {workspace.bot_token}":
            return PlainTextResponse("not authorized", status_code=403)
        if file is None or not file.completed or file.content is None:
            return PlainTextResponse("not found", status_code=404)
        return Response(file.content, media_type="application/octet-stream")

    return Starlette(
        routes=[
            Route("/api/{method:path}", web_api.__call__, methods=["GET", "POST"]),
            Route("/commands/{key:path}", web_api.respond, methods=["POST"]),
            Route("/actions/{key:path}", web_api.respond, methods=["POST"]),
            Route("/upload/v1/{file_id}", upload, methods=["POST", "PUT"]),
            Route("/files/{file_id}", download, methods=["GET"]),
            WebSocketRoute("/link/", sockets.serve),
            *control,
        ],
        exception_handlers={ClientDisconnect: _hung_up},
    )


async def _hung_up(_request: Request, _error: Exception) -> Response:
    """Answers a client that broke off in the middle of its request. Nobody reads the answer."""
    return PlainTextResponse("", status_code=400)
