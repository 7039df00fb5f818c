"""What an app's answer to a command or an interaction does, and what the person sees of it."""

from dataclasses import dataclass, field
from typing import Any

from bot.sandbox import conversation, modals
from bot.sandbox.errors import Refusal
from bot.sandbox.log import Delivery
from bot.sandbox.records import Channel, Json, User, View
from bot.sandbox.response_urls import read_response, show
from bot.sandbox.screen import Message, message_as_shown
from bot.sandbox.view_rules import prepare_view
from bot.sandbox.workspace import Workspace

# What Slack's client says when the app fails.
TROUBLE = "We had some trouble connecting. Try again?"


@dataclass(frozen=True)
class Answer:
    """The app's answer to one act of a person.

    `body` is what the app sent (an object, a text or None), `message` what the person saw of it. `error` says why Slack
    told the person of a failure: operation_timeout, dispatch_failed, or the code of a refusal. `deliveries` are all
    attempts, more than one if the act asked for copies.
    """

    status: int | None
    body: Any
    error: str | None = None
    message: Message | None = None
    deliveries: list[Delivery] = field(default_factory=list, repr=False)
    details: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True if the person saw no failure."""
        return self.error is None

    @property
    def timed_out(self) -> bool:
        """True if the app took longer than Slack waits."""
        return self.error == "operation_timeout"

    @property
    def text(self) -> str:
        """The words that the person saw in reply."""
        return self.message.plain() if self.message else ""

    @property
    def blocks(self) -> list[Json]:
        """The blocks that the person saw in reply."""
        return self.message.blocks if self.message else []

    @property
    def response_type(self) -> str | None:
        """ephemeral or in_channel, for what the person saw. None if they saw nothing."""
        return None if self.message is None else "ephemeral" if self.message.is_ephemeral else "in_channel"

    def as_json(self) -> Json:
        """Returns the facts for the control API."""
        return {
            "status": self.status,
            "body": self.body,
            "error": self.error,
            "details": self.details,
            "message": self.message.as_json() if self.message else None,
        }


def trouble(delivery: Delivery) -> str | None:
    """Returns why Slack tells the person that something went wrong, or None."""
    if delivery.failure is None and delivery.status == 200:
        return None
    return "operation_timeout" if delivery.failure == "http_timeout" else "dispatch_failed"


def answered(deliveries: list[Delivery], error: str | None, details: list[str] | None = None) -> Answer:
    """Returns the Answer for deliveries that show nothing in a channel."""
    first = deliveries[0]
    return Answer(first.status, first.body, error, None, deliveries, details or [])


def command_answer(
    workspace: Workspace, user: User, channel: Channel, command: str, deliveries: list[Delivery]
) -> Answer:
    """Shows the app's answer to a slash command, or Slack's words about its failure. Returns what came of it."""
    first = deliveries[0]
    error, details = trouble(first), list[str]()
    shown = None
    if error is None and first.body not in (None, "", {}):
        try:
            shown = _show_response(workspace, user, channel, first.body)
        except Refusal as refusal:
            error = refusal.code
            details = refusal.extra.get("response_metadata", {}).get("messages", [])
    if error is not None:
        notice(workspace, user, channel, f'{command} failed with the error "{error}"')
    message = message_as_shown(shown) if shown else None
    return Answer(first.status, first.body, error, message, deliveries, details)


def _show_response(workspace: Workspace, user: User, channel: Channel, body: Any) -> Any:
    payload = body if isinstance(body, dict) else {"text": str(body)}
    return show(workspace, channel, user.id, payload, read_response(payload), thread_ts=None)


def notice(workspace: Workspace, user: User, channel: Channel | None, text: str) -> None:
    """Shows words of Slack itself to one person: as a notice, and in the channel if there is one."""
    with workspace.change():
        user.notices.append(text)
        if channel is not None:
            slackbot = conversation.new_message(
                workspace,
                channel,
                user=workspace.slackbot.id,
                bot_id=None,
                app_id=None,
                text=text,
                ephemeral_to=user.id,
            )
            conversation.post_ephemeral(workspace, channel, slackbot)


def interaction_answer(workspace: Workspace, user: User, deliveries: list[Delivery]) -> Answer:
    """Returns the Answer to a click or a shortcut. Shows the person a notice if it failed."""
    error = trouble(deliveries[0])
    if error is not None:
        notice(workspace, user, None, TROUBLE)
    return answered(deliveries, error)


def submission_answer(workspace: Workspace, user: User, view: View, deliveries: list[Delivery]) -> Answer:
    """Does what the app answered to a submitted modal. An empty answer closes it."""
    first = deliveries[0]
    error = trouble(first)
    if error is not None:
        notice(workspace, user, None, TROUBLE)
        return answered(deliveries, error)
    try:
        with workspace.change():
            _act(workspace, user, view, first.body)
    except Refusal as refusal:
        notice(workspace, user, None, TROUBLE)
        details = refusal.extra.get("response_metadata", {}).get("messages", [])
        return answered(deliveries, refusal.code, details)
    return answered(deliveries, None)


def _act(workspace: Workspace, user: User, view: View, body: Any) -> None:
    if body in (None, "", {}):
        if view in user.views:
            user.views.remove(view)
            workspace.views.pop(view.id, None)
        return
    if not isinstance(body, dict):
        raise Refusal("invalid_response", messages=["[ERROR] must be an object"])
    action = body.get("response_action")
    if action == "clear":
        modals.clear(workspace, user)
    elif action == "update":
        modals.update_view(workspace, view, prepare_view(body.get("view"), surface="modal"))
    elif action == "push":
        modals.push_view(workspace, user, prepare_view(body.get("view"), surface="modal"))
    elif action == "errors":
        view.errors = _checked_errors(view, body.get("errors"))
    else:
        raise Refusal("invalid_response", messages=[f"[ERROR] unknown response_action: {action}"])


def _checked_errors(view: View, errors: Any) -> dict[str, str]:
    inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise Refusal("invalid_response", messages=["[ERROR] errors must name at least one block"])
    for block_id, text in errors.items():
        if block_id not in inputs:
            raise Refusal("invalid_response", messages=[f"[ERROR] no input block has the id {block_id}"])
        if not isinstance(text, str) or not text:
            raise Refusal("invalid_response", messages=[f"[ERROR] no text for {block_id}"])
    return dict(errors)
