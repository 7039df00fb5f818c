"""Shared files. The page shows pictures and offers all other files for download. The sandbox has their bytes."""

from urllib.parse import quote

from fastapi import Response
from nicegui import app

from bot.demo.playground.mrkdwn import escaped
from bot.sandbox import Sandbox, shapes
from bot.sandbox.records import Json

# Media types that a browser shows and never runs.
PICTURES = {"image/png", "image/jpeg", "image/gif"}


def serve_files(slack: Sandbox) -> None:
    """Makes the page answer the addresses in the links that `shown` returns."""

    @app.get("/files/{identifier}")
    def file(identifier: str) -> Response:
        found = slack.workspace.files.get(identifier)
        if found is None or found.content is None:
            return Response(status_code=404)
        kind = shapes.mimetype(found.name)
        is_picture = kind in PICTURES
        way = "inline" if is_picture else "attachment"
        return Response(
            found.content,
            media_type=kind if is_picture else "application/octet-stream",
            headers={
                "Content-Disposition": f"{way}; filename*=UTF-8''{quote(found.name, safe='')}",
                "X-Content-Type-Options": "nosniff",
            },
        )


def shown(file: Json) -> str:
    """Returns a link to the file, with the picture itself, or with the file's name and size."""
    name = escaped(str(file.get("title") or file["name"]))
    address = f"/files/{quote(file['id'], safe='')}"
    if file["mimetype"] in PICTURES:
        said = escaped(file.get("alt_txt") or "") or name
        return f'<a href="{address}" target="_blank" rel="noopener"><img src="{address}" alt="{said}"></a>'
    size = f"{int(file['size']) / 1024:,.0f} kB"
    return f'📄 <a href="{address}" download><b>{name}</b></a> <small>{size}</small>'
