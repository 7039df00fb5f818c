"""The stack of modals on a person's screen and the App Home. The app changes them."""

import secrets

from bot.sandbox.block_rules import elements_of
from bot.sandbox.elements import initial_entries
from bot.sandbox.errors import Refusal
from bot.sandbox.records import Json, User, View
from bot.sandbox.workspace import Workspace, random_id

# At most this many modals on a person's screen.
MOST_STACKED = 3


def new_hash(workspace: Workspace) -> str:
    """Returns a new version mark for a view."""
    return f"{workspace.epoch()}.{secrets.token_urlsafe(6)}"


def _external_id_is_free(workspace: Workspace, body: Json, *, but: View | None = None) -> None:
    wanted = body.get("external_id")
    if not wanted:
        return
    for view in workspace.views.values():
        if view is not but and view.body.get("external_id") == wanted:
            raise Refusal("duplicate_external_id")


def _new_view(workspace: Workspace, user: User, body: Json, *, on: View | None) -> View:
    _external_id_is_free(workspace, body)
    view_id = random_id("V")
    view = View(
        id=view_id,
        user=user.id,
        body=body,
        hash=new_hash(workspace),
        root_view_id=on.root_view_id if on else view_id,
        previous_view_id=on.id if on else None,
        entries=initial_entries(body["blocks"], elements_of),
    )
    workspace.views[view_id] = view
    return view


def open_view(workspace: Workspace, user: User, body: Json) -> View:
    """Shows a modal as the only one. Raises Refusal duplicate_external_id."""
    with workspace.change():
        view = _new_view(workspace, user, body, on=None)
        clear(workspace, user)
        user.views.append(view)
    return view


def push_view(workspace: Workspace, user: User, body: Json) -> View:
    """Shows a modal on top of the one that is there. Raises Refusal not_found, push_limit_reached or
    duplicate_external_id."""
    with workspace.change():
        if not user.views:
            raise Refusal("not_found")
        if len(user.views) >= MOST_STACKED:
            raise Refusal("push_limit_reached")
        view = _new_view(workspace, user, body, on=user.views[-1])
        user.views.append(view)
    return view


def update_view(workspace: Workspace, view: View, body: Json) -> View:
    """Changes a view. Inputs that keep their block_id, action_id and type keep what the person entered. Raises Refusal
    duplicate_external_id."""
    with workspace.change():
        _external_id_is_free(workspace, body, but=view)
        kept = view.entries
        view.body = body
        view.hash = new_hash(workspace)
        view.errors = {}
        view.entries = initial_entries(body["blocks"], elements_of)
        for block_id, actions in view.entries.items():
            for action_id, fresh in actions.items():
                old = kept.get(block_id, {}).get(action_id)
                if old is not None and old["type"] == fresh["type"]:
                    actions[action_id] = old
    return view


def close_top(workspace: Workspace, user: User) -> None:
    """Removes the modal on top."""
    with workspace.change():
        if user.views:
            workspace.views.pop(user.views.pop().id, None)


def clear(workspace: Workspace, user: User) -> None:
    """Removes all modals."""
    with workspace.change():
        while user.views:
            workspace.views.pop(user.views.pop().id, None)


def publish(workspace: Workspace, user: User, body: Json, *, expected_hash: str | None) -> View:
    """Shows an App Home. Raises Refusal hash_conflict if it changed since `expected_hash`."""
    with workspace.change():
        if user.home is None:
            user.home = _new_view(workspace, user, body, on=None)
        else:
            same_version(user.home, expected_hash)
            update_view(workspace, user.home, body)
    return user.home


def same_version(view: View, expected_hash: str | None) -> None:
    """Raises Refusal hash_conflict if the view is not the one that the app has seen."""
    if expected_hash is not None and expected_hash != view.hash:
        raise Refusal("hash_conflict")
