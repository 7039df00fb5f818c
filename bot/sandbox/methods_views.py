"""Web API: views.*"""

from bot.sandbox import modals, shapes
from bot.sandbox.call import Call, Method
from bot.sandbox.errors import Refusal
from bot.sandbox.records import Json, User, View
from bot.sandbox.view_rules import prepare_view


def _body(call: Call, surface: str) -> Json:
    view = call.arguments.structure("view", malformed="invalid_arguments")
    if view is None:
        raise Refusal("invalid_arguments", messages=["[ERROR] missing required field: view"])
    return prepare_view(view, surface=surface)


def _user_of_trigger(call: Call) -> User:
    trigger_id = call.arguments.text("trigger_id") or call.arguments.text("interactivity_pointer")
    if trigger_id is None:
        raise Refusal("invalid_arguments", messages=["[ERROR] missing required field: trigger_id"])
    return call.workspace.users[call.workspace.use_trigger(trigger_id).user]


def _answer(call: Call, view: View) -> Json:
    return {"view": shapes.view(call.workspace, view)}


def open_view(call: Call) -> Json:
    """Opens a modal. Needs a new trigger_id."""
    body = _body(call, "modal")
    return _answer(call, modals.open_view(call.workspace, _user_of_trigger(call), body))


def push(call: Call) -> Json:
    """Puts a modal on top of the one in which the person just did something."""
    body = _body(call, "modal")
    return _answer(call, modals.push_view(call.workspace, _user_of_trigger(call), body))


def update(call: Call) -> Json:
    """Changes an open modal or a home. `view_id` or `external_id` names it."""
    workspace = call.workspace
    view_id, external_id = call.arguments.text("view_id"), call.arguments.text("external_id")
    if (view_id is None) == (external_id is None):
        raise Refusal("invalid_arguments", messages=["[ERROR] exactly one of view_id and external_id is required"])
    found = [
        view
        for view in workspace.views.values()
        if view.id == view_id or (external_id is not None and view.body.get("external_id") == external_id)
    ]
    if not found:
        raise Refusal("not_found")
    body = _body(call, found[0].body["type"])
    modals.same_version(found[0], call.arguments.text("hash"))
    return _answer(call, modals.update_view(workspace, found[0], body))


def publish(call: Call) -> Json:
    """Sets a person's App Home."""
    person = call.workspace.users.get(call.arguments.required("user_id"))
    body = _body(call, "home")
    if person is None:
        raise Refusal("invalid_arguments", messages=["[ERROR] unknown user [json-pointer:/user_id]"])
    if person.deleted or person.is_bot:
        raise Refusal("not_enabled")
    expected = call.arguments.text("hash")
    return _answer(call, modals.publish(call.workspace, person, body, expected_hash=expected))


METHODS: dict[str, Method] = {
    "views.open": open_view,
    "views.push": push,
    "views.update": update,
    "views.publish": publish,
}
