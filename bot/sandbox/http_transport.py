"""Signed HTTP requests to the app, as Slack sends them."""

import asyncio
import hashlib
import hmac
import json
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from bot.sandbox.records import Json

USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


class NoAnswerError(Exception):
    """Nobody could reach the app, or it closed the connection before it had answered."""


@dataclass(frozen=True)
class HttpAnswer:
    """The app's answer. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    content: bytes

    def decoded(self) -> Any:
        """Returns the body: the JSON in it, otherwise its text. None if it is empty."""
        if not self.content:
            return None
        text = self.content.decode("utf-8", "replace")
        if "json" in self.headers.get("content-type", "").lower() or text.lstrip().startswith("{"):
            try:
                return json.loads(text)
            except ValueError:
                return text
        return text


def encode(kind: str, payload: Json) -> tuple[bytes, str]:
    """Returns the body and content type of a payload: JSON for events, forms for the rest."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    if kind == "slash_commands":
        return urlencode(payload).encode(), "application/x-www-form-urlencoded"
    return urlencode({"payload": json.dumps(payload)}).encode(), "application/x-www-form-urlencoded"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Returns the value of X-Slack-Signature."""
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


async def post(
    url: str, body: bytes, content_type: str, *, secret: str, extra_headers: dict[str, str] | None = None
) -> HttpAnswer:
    """Sends one signed request. Raises NoAnswerError. Has no timeout; the caller sets one."""
    timestamp = str(int(time.time()))
    headers = {
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(secret, timestamp, body),
        **(extra_headers or {}),
    }
    return await send(url, body, headers)


async def send(url: str, body: bytes, headers: dict[str, str]) -> HttpAnswer:
    """Sends a POST over a new connection. Raises NoAnswerError."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        reader, writer = await asyncio.open_connection(
            parts.hostname, port, ssl=ssl.create_default_context() if secure else None
        )
    except OSError as unreachable:
        raise NoAnswerError(str(unreachable)) from unreachable
    lines = [f"POST {path} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    try:
        writer.write("\r\n".join(lines).encode("latin-1") + body)
        await writer.drain()
        return await _read_answer(reader)
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as broken:
        raise NoAnswerError(str(broken)) from broken
    finally:
        writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> HttpAnswer:
    status = int((await reader.readuntil(b"\r\n")).split(b" ")[1])
    headers: dict[str, str] = {}
    while line := (await reader.readuntil(b"\r\n")).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        content = await _read_chunks(reader)
    elif "content-length" in headers:
        content = await reader.readexactly(int(headers["content-length"]))
    else:
        content = await reader.read()
    return HttpAnswer(status, headers, content)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    content = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        content += await reader.readexactly(size)
        await reader.readuntil(b"\r\n")
    await reader.readuntil(b"\r\n")
    return content
