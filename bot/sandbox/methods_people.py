"""Web API: users.*, usergroups.*, dnd.*, team.*, bots.*, auth.*"""

from bot.sandbox import shapes
from bot.sandbox.call import Call, Method
from bot.sandbox.errors import Refusal
from bot.sandbox.records import Json, User, UserGroup


def api_test(call: Call) -> Json:
    """Returns the arguments. If `error` is among them, raises Refusal with it as the code."""
    sent = {key: value for key, value in call.arguments.values.items() if key != "token"}
    if "error" in sent:
        raise Refusal(str(sent["error"]), args=sent)
    return {"args": sent} if sent else {}


def auth_test(call: Call) -> Json:
    """Returns who the token belongs to."""
    workspace = call.workspace
    return {
        "url": f"https://{workspace.team_domain}.slack.com/",
        "team": workspace.team_name,
        "user": workspace.bot_user.name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user.id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def auth_revoke(call: Call) -> Json:
    """Revokes the token, unless `test` is set."""
    if not call.arguments.flag("test"):
        call.workspace.token_fault = "token_revoked"
        return {"revoked": True}
    return {"revoked": False}


def team_info(call: Call) -> Json:
    """Returns the workspace."""
    workspace = call.workspace
    if call.arguments.text("team") not in {None, workspace.team_id}:
        raise Refusal("team_not_found")
    team: Json = {
        "id": workspace.team_id,
        "name": workspace.team_name,
        "url": f"https://{workspace.team_domain}.slack.com/",
        "domain": workspace.team_domain,
        "email_domain": "",
        "icon": {"image_default": True},
        "avatar_base_url": "https://ca.slack-edge.com/",
        "is_verified": False,
    }
    return {"team": team}


def bots_info(call: Call) -> Json:
    """Returns the bot with a bot id."""
    workspace = call.workspace
    if call.arguments.text("bot") not in {None, workspace.bot_id}:
        raise Refusal("bot_not_found")
    profile = shapes.bot_profile(workspace)
    kept = ("id", "deleted", "name", "updated", "app_id", "user_id", "icons")
    return {"bot": {key: profile[key] for key in kept}}


def _person(call: Call) -> User:
    person = call.workspace.users.get(call.arguments.required("user"))
    if person is None:
        raise Refusal("user_not_found")
    return person


def _shape(call: Call, person: User) -> Json:
    return shapes.user(call.workspace, person, with_email="users:read.email" in call.workspace.bot_scopes)


def users_info(call: Call) -> Json:
    """Returns one person."""
    return {"user": _shape(call, _person(call))}


def users_list(call: Call) -> Json:
    """Returns everybody, including people who are deactivated."""
    page, metadata = call.page(list(call.workspace.users.values()), default=1000)
    return {
        "members": [_shape(call, person) for person in page],
        "cache_ts": call.workspace.epoch(),
        "response_metadata": metadata,
    }


def users_lookup_by_email(call: Call) -> Json:
    """Returns the active person with that e-mail address."""
    email = call.arguments.required("email").lower()
    for person in call.workspace.users.values():
        if person.email and person.email.lower() == email and not person.deleted:
            return {"user": _shape(call, person)}
    raise Refusal("users_not_found")


def users_profile_get(call: Call) -> Json:
    """Returns the profile of one person."""
    return {"profile": _shape(call, _person(call))["profile"]}


def users_get_presence(call: Call) -> Json:
    """Returns active or away. Slack tells a bot no more than that about others."""
    return {"presence": _person(call).presence}


def usergroups_list(call: Call) -> Json:
    """Returns all groups."""
    with_users, with_count = call.arguments.flag("include_users"), call.arguments.flag("include_count")

    def shape(group: UserGroup) -> Json:
        body: Json = {
            "id": group.id,
            "team_id": call.workspace.team_id,
            "is_usergroup": True,
            "is_subteam": True,
            "name": group.name,
            "description": "",
            "handle": group.handle,
            "is_external": False,
            "date_create": group.date_create,
            "date_update": group.date_create,
            "date_delete": 0,
            "auto_type": None,
            "created_by": call.workspace.slackbot.id,
            "updated_by": call.workspace.slackbot.id,
            "deleted_by": None,
            "prefs": {"channels": [], "groups": []},
        }
        if with_users:
            body["users"] = list(group.users)
        if with_count:
            body["user_count"] = len(group.users)
        return body

    return {"usergroups": [shape(group) for group in call.workspace.usergroups.values()]}


def usergroups_users_list(call: Call) -> Json:
    """Returns the ids of the people in one group."""
    group = call.workspace.usergroups.get(call.arguments.required("usergroup"))
    if group is None:
        raise Refusal("no_such_subteam")
    return {"users": list(group.users)}


def _dnd(person: User) -> Json:
    """Returns what an app learns of another person's do-not-disturb: the schedule, never the snooze."""
    return {
        "dnd_enabled": bool(person.dnd.get("dnd_enabled", False)),
        "next_dnd_start_ts": int(person.dnd.get("next_dnd_start_ts", 1)),
        "next_dnd_end_ts": int(person.dnd.get("next_dnd_end_ts", 1)),
    }


def dnd_info(call: Call) -> Json:
    """Returns the do-not-disturb schedule of one person."""
    return _dnd(_person(call))


def dnd_team_info(call: Call) -> Json:
    """Returns the do-not-disturb schedules of up to fifty people."""
    ids = [one for one in call.arguments.required("users").replace(" ", "").split(",") if one]
    if len(ids) > 50:
        raise Refusal("too_many_users")
    known = {one: call.workspace.users[one] for one in ids if one in call.workspace.users}
    return {"users": {one: _dnd(person) for one, person in known.items()}, "cached": False}


METHODS: dict[str, Method] = {
    "api.test": api_test,
    "auth.test": auth_test,
    "auth.revoke": auth_revoke,
    "team.info": team_info,
    "bots.info": bots_info,
    "users.info": users_info,
    "users.list": users_list,
    "users.lookupByEmail": users_lookup_by_email,
    "users.profile.get": users_profile_get,
    "users.getPresence": users_get_presence,
    "usergroups.list": usergroups_list,
    "usergroups.users.list": usergroups_users_list,
    "dnd.info": dnd_info,
    "dnd.teamInfo": dnd_team_info,
}
