"""Web API: oauth.*, which an app calls to be installed."""

from bot.sandbox.call import Call, Method
from bot.sandbox.errors import Refusal
from bot.sandbox.records import Json


def access(call: Call) -> Json:
    """Returns the bot's token for the `code` of an installation. A code works once."""
    workspace, arguments = call.workspace, call.arguments
    if arguments.text("client_id") != workspace.client_id:
        raise Refusal("invalid_client_id")
    if arguments.text("client_secret") != workspace.client_secret:
        raise Refusal("bad_client_secret")
    installer = workspace.install_codes.pop(arguments.text("code") or "", None)
    if installer is None:
        raise Refusal("invalid_code")
    workspace.token_fault = None
    return {
        "app_id": workspace.app_id,
        "authed_user": {"id": installer},
        "scope": ",".join(sorted(workspace.bot_scopes)),
        "token_type": "bot",
        "access_token": workspace.bot_token,
        "bot_user_id": workspace.bot_user.id,
        "team": {"id": workspace.team_id, "name": workspace.team_name},
        "enterprise": None,
        "is_enterprise_install": False,
    }


METHODS: dict[str, Method] = {"oauth.v2.access": access}
