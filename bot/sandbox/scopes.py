"""Which scopes each method of the Web API and each event needs, as Slack's reference lists them."""

CHANNEL_READ = {"public": "channels:read", "private": "groups:read", "im": "im:read"}
CHANNEL_HISTORY = {"public": "channels:history", "private": "groups:history", "im": "im:history"}

METHOD_SCOPES: dict[str, tuple[str, ...]] = {
    "api.test": (),
    "auth.test": (),
    "oauth.v2.access": (),
    "auth.revoke": (),
    "apps.connections.open": ("connections:write",),
    "bots.info": ("users:read",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.getPermalink": (),
    # Where none stands here, the scope depends on the kind of conversation, and the method itself checks it.
    "conversations.list": (),
    "conversations.info": (),
    "conversations.members": (),
    "conversations.history": (),
    "conversations.replies": (),
    "conversations.open": ("im:write",),
    "conversations.leave": (),
    "conversations.join": ("channels:join",),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "users.conversations": (),
    "users.lookupByEmail": ("users:read.email",),
    "users.getPresence": ("users:read",),
    "users.profile.get": ("users.profile:read",),
    "usergroups.list": ("usergroups:read",),
    "usergroups.users.list": ("usergroups:read",),
    "dnd.info": ("dnd:read",),
    "dnd.teamInfo": ("dnd:read",),
    "views.open": (),
    "views.update": (),
    "views.push": (),
    "views.publish": (),
    "reactions.add": ("reactions:write",),
    "reactions.remove": ("reactions:write",),
    "reactions.get": ("reactions:read",),
    "files.getUploadURLExternal": ("files:write",),
    "files.completeUploadExternal": ("files:write",),
    "files.info": ("files:read",),
    "team.info": ("team:read",),
}

EVENT_SCOPES: dict[str, str] = {
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_rename": "channels:read",
    "channel_created": "channels:read",
    "team_join": "users:read",
    "user_change": "users:read",
}

# Every scope of a bot that the sandbox knows.
DEFAULT_BOT_SCOPES = frozenset(
    {scope for scopes in METHOD_SCOPES.values() for scope in scopes if scope != "connections:write"}
    | set(EVENT_SCOPES.values())
    | set(CHANNEL_READ.values())
    | set(CHANNEL_HISTORY.values())
    | {"chat:write.public", "commands", "groups:write", "mpim:read"}
)
