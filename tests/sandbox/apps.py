"""Small apps for the sandbox to talk to: one made with Bolt, one that answers as the test says."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from slack_bolt import App
from slack_bolt.request import BoltRequest


@dataclass
class Received:
    """One request from Slack."""

    headers: dict[str, str]
    body: str

    @property
    def payload(self) -> dict[str, Any]:
        """The payload in the request, however it was encoded."""
        if self.headers["content-type"] == "application/json":
            return dict(json.loads(self.body))
        fields = {name: values[0] for name, values in parse_qs(self.body, keep_blank_values=True).items()}
        return dict(json.loads(fields["payload"])) if "payload" in fields else dict(fields)


@dataclass
class Reply:
    """What the app answers."""

    status: int = 200
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)


Respond = Callable[[Received], Reply]


@contextmanager
def http_app(respond: Respond) -> Iterator[str]:
    """Serves `respond` over HTTP for the block. Yields the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            received = Received(
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length).decode(),
            )
            reply = respond(received)
            is_text = isinstance(reply.body, str)
            content = reply.body.encode() if is_text else json.dumps(reply.body).encode()
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if not is_text:
                    self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                return  # Slack no longer waits

        def log_message(self, *_args: object) -> None:
            """Prints nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/slack/events"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def bolt_over_http(app: App) -> Iterator[str]:
    """Serves a Bolt app over HTTP for the block. Yields the URL."""

    def respond(received: Received) -> Reply:
        headers: dict[str, Any] = {name: [value] for name, value in received.headers.items()}
        answer = app.dispatch(BoltRequest(body=received.body, headers=headers))
        return Reply(
            answer.status,
            answer.body,
            {"Content-Type": answer.first_headers().get("content-type", "text/plain")},
        )

    with http_app(respond) as url:
        yield url


class Recorder:
    """An app that keeps all requests, and answers with the next reply of its queue, or with `reply` if the queue is
    empty."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.replies: list[Reply] = []
        self.reply = Reply()

    def __call__(self, received: Received) -> Reply:
        self.received.append(received)
        return self.replies.pop(0) if self.replies else self.reply

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events in the requests, in order of arrival."""
        return [one.payload["event"] for one in self.received if "event" in one.payload]
