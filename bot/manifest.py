"""The Slack app manifest, made from the names and scopes that the code uses."""

from typing import Any

from bot.slack.ids import BOT_EVENTS, BOT_SCOPES, Command, Shortcut

COMMANDS = {
    Command.MQL: ("Flag a lead for sales", '[Name, Company, e-mail, source=webinar "why now"]'),
    Command.ACCEPT: ("Accept a lead", "[number] [note]"),
    Command.REJECT: ("Reject a lead with a reason", "[number] [reason] [note]"),
    Command.BATON: ("Your leads, the set-up, help", "help | mine | lead 42 | setup | status"),
}
SHORTCUTS = {
    Shortcut.FLAG: ("global", "Flag a lead", "Hand a lead over to sales"),
    Shortcut.FLAG_FROM_MESSAGE: ("message", "Flag as lead", "Hand the lead in this message over to sales"),
}


def manifest(url: str | None = None) -> dict[str, Any]:
    """Returns the manifest for Socket Mode or, with `url` (the public address of /slack/events), for HTTP."""
    request_url = {"request_url": url} if url else {}
    command_url = {"url": url} if url else {}
    return {
        "display_information": {
            "name": "Baton",
            "description": "Hands leads from marketing to sales, and sees to it that none falls",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Baton", "always_online": True},
            "slash_commands": [
                {
                    "command": command.value,
                    "description": description,
                    "usage_hint": hint,
                    "should_escape": True,
                    **command_url,
                }
                for command, (description, hint) in COMMANDS.items()
            ],
            "shortcuts": [
                {"name": name, "type": kind, "callback_id": shortcut.value, "description": description}
                for shortcut, (kind, name, description) in SHORTCUTS.items()
            ],
        },
        "oauth_config": {"scopes": {"bot": list(BOT_SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(BOT_EVENTS), **request_url},
            "interactivity": {"is_enabled": True, **request_url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }
