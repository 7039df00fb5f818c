"""What Slack would send: whole HTTP requests, signed beforehand."""

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from bot.slack.ids import action_of
from bot.slack.views.blocks import Block
from models.rules.lifecycle import Move
from tests.bench import history
from tests.bench.team import Team

_serial = itertools.count(1)


class Slack:
    """Makes the requests of one workspace to one app. `card`: the blocks of a lead's card, which a click on it
    carries. `respond_at`: returns where a person who clicks is answered."""

    def __init__(
        self,
        team: Team,
        signing_secret: str,
        card: Sequence[Block] = (),
        *,
        app_id: str = "A0BENCH",
        respond_at: Callable[[str], str] = lambda person: f"http://127.0.0.1:9/actions/{person}",
    ) -> None:
        self._team = team
        self._respond_at = respond_at
        self._secret = signing_secret.encode()
        self._card = card
        self._app_id = app_id

    def mql(self) -> bytes:
        """A marketer flags a new lead."""
        number = next(_serial)
        marketer = self._team.marketers[number % len(self._team.marketers)]
        text = f"Jane Doe, Acme, jane{number}@acme.example, source=webinar"
        return self._command("/mql", text, marketer)

    def accept(self, number: int, rep: str) -> bytes:
        return self._command("/accept", str(number), rep)

    def click(self, number: int, rep: str) -> bytes:
        """A rep clicks Accept on the card of a handoff that history.py wrote."""
        serial = next(_serial)
        payload: dict[str, object] = {
            "type": "block_actions",
            "team": {"id": self._team.workspace_id, "domain": "acme"},
            "enterprise": None,
            "is_enterprise_install": False,
            "user": {"id": rep, "username": rep.lower(), "name": rep.lower(), "team_id": self._team.workspace_id},
            "api_app_id": self._app_id,
            "token": "verification",
            "container": {
                "type": "message",
                "message_ts": f"{number}.000100",
                "channel_id": self._team.leads,
                "is_ephemeral": False,
            },
            "channel": {"id": self._team.leads, "name": "leads"},
            "message": {
                "type": "message",
                "user": "U0BATON",
                "ts": f"{number}.000100",
                "bot_id": "B0BATON",
                "app_id": self._app_id,
                "text": f"#{number}",
                "team": self._team.workspace_id,
                "blocks": list(self._card),
            },
            "state": {"values": {}},
            "trigger_id": f"{serial}.click",
            "response_url": self._respond_at(rep),
            "actions": [
                {
                    "action_id": action_of(Move.ACCEPT),
                    "block_id": "b1",
                    "text": {"type": "plain_text", "text": "Accept", "emoji": True},
                    "value": str(history.id_of(number)),
                    "style": "primary",
                    "type": "button",
                    "action_ts": f"{serial}.000200",
                }
            ],
        }
        return self._signed({"payload": json.dumps(payload)})

    def _command(self, command: str, text: str, person: str) -> bytes:
        serial = next(_serial)
        return self._signed(
            {
                "token": "verification",
                "team_id": self._team.workspace_id,
                "team_domain": "acme",
                "channel_id": self._team.leads,
                "channel_name": "leads",
                "user_id": person,
                "user_name": person.lower(),
                "command": command,
                "text": text,
                "api_app_id": self._app_id,
                "is_enterprise_install": "false",
                "response_url": f"http://127.0.0.1:9/commands/{serial}",
                "trigger_id": f"{serial}.command",
            }
        )

    def _signed(self, form: dict[str, str]) -> bytes:
        body, timestamp = urlencode(form).encode(), str(int(time.time()))
        said = b"v0:" + timestamp.encode() + b":" + body
        signature = hmac.new(self._secret, said, hashlib.sha256).hexdigest()
        head = (
            "POST /slack/events HTTP/1.1\r\n"
            "Host: 127.0.0.1\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n"
            f"X-Slack-Request-Timestamp: {timestamp}\r\n"
            f"X-Slack-Signature: v0={signature}\r\n\r\n"
        )
        return head.encode() + body
