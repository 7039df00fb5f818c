"""People, channels, messages, files and views in Slack's JSON."""

from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.records import Channel, Json, Message, UploadedFile, User, View
from bot.sandbox.workspace import Workspace

# Media types, by the ending of a file's name.
MIMETYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "csv": "text/csv",
    "txt": "text/plain",
}


def user(workspace: Workspace, person: User, *, with_email: bool) -> Json:
    """Returns the user object of users.info."""
    profile: Json = {
        "title": person.title,
        "phone": "",
        "skype": "",
        "real_name": person.real_name,
        "real_name_normalized": person.real_name,
        "display_name": person.name,
        "display_name_normalized": person.name,
        "status_text": person.status_text,
        "status_emoji": person.status_emoji,
        "status_expiration": person.status_expiration,
        "avatar_hash": "g00000000000",
        "first_name": person.real_name.split(" ")[0],
        "last_name": " ".join(person.real_name.split(" ")[1:]),
        "team": workspace.home_of(person.id),
    }
    if with_email and person.email and not person.is_bot:
        profile["email"] = person.email
    if person.is_bot:
        profile |= {"bot_id": person.bot_id, "api_app_id": person.app_id}
    shape: Json = {
        "id": person.id,
        "team_id": workspace.home_of(person.id),
        "name": person.name,
        "deleted": person.deleted,
        "profile": profile,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": person.updated,
    }
    if workspace.home_of(person.id) != workspace.team_id:
        shape["is_stranger"] = not _is_met(workspace, person)
    if person.deleted:
        return shape
    local = workspace.now().astimezone(ZoneInfo(person.tz)) if person.tz else None
    offset = local.utcoffset() if local else None
    return shape | {
        "color": "9f69e7",
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": local.tzname() if local else "",
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": person.is_admin,
        "is_owner": person.is_owner,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted or person.is_ultra_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }


def _is_met(workspace: Workspace, person: User) -> bool:
    """True if the app is in a channel with this person of another company. Then they are no stranger to Slack."""
    return any(person.id in one.members for one in workspace.channels.values() if workspace.bot_is_in(one))


def channel(workspace: Workspace, record: Channel, *, with_members: bool = False) -> Json:
    """Returns the conversation object of conversations.info."""
    if record.kind == "im":
        other = next(member for member in record.members if member != workspace.bot_user.id)
        return {
            "id": record.id,
            "created": record.created,
            "is_archived": False,
            "is_im": True,
            "is_org_shared": False,
            "context_team_id": workspace.team_id,
            "updated": record.created * 1000,
            "user": other,
            "is_user_deleted": workspace.users[other].deleted,
            "is_open": record.is_open,
            "priority": 0,
        }
    private = record.kind == "private"
    note = {"creator": record.creator, "last_set": record.created}
    shape: Json = {
        "id": record.id,
        "name": record.name,
        "name_normalized": record.name,
        "is_channel": not private,
        "is_group": private,
        "is_im": False,
        "is_mpim": False,
        "is_private": private,
        "created": record.created,
        "is_archived": record.is_archived,
        "is_general": False,
        "unlinked": 0,
        "is_shared": workspace.is_shared(record),
        "is_org_shared": False,
        "is_ext_shared": workspace.is_shared(record),
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "context_team_id": workspace.team_id,
        "updated": record.created * 1000,
        "creator": record.creator,
        "shared_team_ids": list(dict.fromkeys([workspace.team_id, *map(workspace.home_of, record.members)])),
        "pending_connected_team_ids": [],
        "is_member": workspace.bot_is_in(record),
        "topic": {"value": record.topic, **note},
        "purpose": {"value": record.purpose, **note},
        "previous_names": [],
    }
    if with_members:
        shape["num_members"] = len(record.members)
    return shape


def message(workspace: Workspace, record: Message, *, with_metadata: bool = True) -> Json:
    """Returns a message as in history, in events and in interaction payloads."""
    shape: Json = {"type": "message"}
    optional: Json = {
        "subtype": record.subtype,
        "user": record.user,
        "bot_id": record.bot_id,
        "app_id": record.app_id,
        "username": record.username,
        "thread_ts": record.thread_ts,
        "edited": record.edited,
        "blocks": record.blocks,
        "attachments": record.attachments,
        "files": record.files,
    }
    shape |= {key: value for key, value in optional.items() if value}
    shape |= {"text": record.text, "ts": record.ts, "team": workspace.home_of(record.user)}
    if shape["team"] != workspace.team_id:
        shape |= {"user_team": shape["team"], "source_team": shape["team"]}
    if record.bot_id == workspace.bot_id:
        shape["bot_profile"] = bot_profile(workspace)
    if with_metadata and record.metadata is not None:
        shape["metadata"] = record.metadata
    if record.reactions:
        shape["reactions"] = [
            {"name": name, "users": list(users), "count": len(users)} for name, users in record.reactions.items()
        ]
    if record.ephemeral_to:
        shape["is_ephemeral"] = True
    return shape | record.extra | thread_facts(workspace, record)


def mimetype(name: str) -> str:
    """Returns the media type of a file with that name."""
    return MIMETYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def file(workspace: Workspace, file: UploadedFile, *, base_url: str) -> Json:
    """Returns the file object."""
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": mimetype(file.name),
        "filetype": file.name.rpartition(".")[2].lower(),
        "user": file.user,
        "size": file.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": True,
        "alt_txt": file.alt_txt or "",
        "channels": list(file.channels),
        "url_private": f"{base_url}/files/{file.id}",
        "url_private_download": f"{base_url}/files/{file.id}",
        "permalink": f"https://{workspace.team_domain}.slack.com/files/{file.user}/{file.id}/{file.name}",
    }


def thread_facts(workspace: Workspace, record: Message) -> Json:
    """Returns what Slack adds to a message in a thread: counts on the first message, its author on the replies."""
    conversation = workspace.channels.get(record.channel)
    if conversation is None or record.ephemeral_to:
        return {}
    if record.thread_ts and record.thread_ts != record.ts:
        parent = workspace.message_at(conversation, record.thread_ts)
        return {"parent_user_id": parent.user} if parent and parent.user else {}
    replies = conversation.replies.get(record.ts)
    if not replies:
        return {}
    authors = list(dict.fromkeys(reply.user for reply in replies if reply.user))
    return {
        "thread_ts": record.ts,
        "reply_count": len(replies),
        "reply_users_count": len(authors),
        "reply_users": authors,
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": False,
    }


def bot_profile(workspace: Workspace) -> Json:
    """Returns the profile of the bot, which its messages carry."""
    return {
        "id": workspace.bot_id,
        "app_id": workspace.app_id,
        "user_id": workspace.bot_user.id,
        "name": workspace.app_name,
        "icons": {"image_36": "", "image_48": "", "image_72": ""},
        "deleted": False,
        "updated": workspace.bot_user.updated,
        "team_id": workspace.team_id,
    }


def view(workspace: Workspace, record: View) -> Json:
    """Returns a view as in the answer of views.open and in interaction payloads."""
    from_app = record.body
    shape: dict[str, Any] = {
        "id": record.id,
        "team_id": workspace.team_id,
        "type": from_app["type"],
        "blocks": from_app["blocks"],
        "private_metadata": from_app.get("private_metadata", ""),
        "callback_id": from_app.get("callback_id", ""),
        "state": {"values": {block: dict(values) for block, values in record.entries.items()}},
        "hash": record.hash,
        "title": from_app.get("title"),
        "clear_on_close": from_app.get("clear_on_close", False),
        "notify_on_close": from_app.get("notify_on_close", False),
        "close": from_app.get("close"),
        "submit": from_app.get("submit"),
        "previous_view_id": record.previous_view_id,
        "root_view_id": record.root_view_id,
        "app_id": workspace.app_id,
        "external_id": from_app.get("external_id", ""),
        "app_installed_team_id": workspace.team_id,
        "bot_id": workspace.bot_id,
    }
    if from_app["type"] == "modal":
        shape["submit_disabled"] = from_app.get("submit_disabled", False)
    return shape
