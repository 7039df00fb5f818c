"""Emoji by Slack's names, as far as the demo needs them. Any other appears as its name."""

import re

EMOJI = {
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "x": "❌",
    "star": "⭐",
    "star2": "🌟",
    "+1": "👍",
    "thumbsup": "👍",
    "-1": "👎",
    "thumbsdown": "👎",
    "snowflake": "❄️",
    "phone": "☎️",
    "telephone": "☎️",
    "telephone_receiver": "📞",
    "trophy": "🏆",
    "eyes": "👀",
    "tada": "🎉",
    "pray": "🙏",
    "heart": "❤️",
    "joy": "😂",
    "smile": "😄",
    "slightly_smiling_face": "🙂",
    "thinking_face": "🤔",
    "rocket": "🚀",
    "fire": "🔥",
    "wave": "👋",
    "warning": "⚠️",
    "no_entry": "⛔",
    "palm_tree": "🌴",
    "face_with_thermometer": "🤒",
    "airplane": "✈️",
    "bell": "🔔",
    "hourglass": "⌛",
    "alarm_clock": "⏰",
    "calendar": "📆",
    "chart_with_upwards_trend": "📈",
    "bar_chart": "📊",
    "moneybag": "💰",
    "handshake": "🤝",
    "bulb": "💡",
    "pushpin": "📌",
    "question": "❓",
    "exclamation": "❗",
    "100": "💯",
}
# The emoji that the page offers as reactions.
PICKED = (
    "white_check_mark",
    "x",
    "telephone_receiver",
    "star",
    "+1",
    "-1",
    "snowflake",
    "trophy",
    "eyes",
    "tada",
    "heart",
    "rocket",
)
# A name between colons, with its skin tone if it has one.
NAME = re.compile(r":([a-z0-9_+'-]+)(?:::skin-tone-[2-6])?:")


def emoji(name: str) -> str:
    """Returns the character, or `:name:` if the name is unknown."""
    return EMOJI.get(name.partition("::")[0], f":{name}:")


def with_emoji(text: str) -> str:
    """Returns `text` with each known name between colons as a character."""
    return NAME.sub(lambda found: EMOJI.get(found[1], found[0]), text)
