"""What rich text may contain: sections, lists, quotes and preformatted blocks, and the elements inside them."""

from bot.sandbox.block_parts import URL
from bot.sandbox.checks import Check, array, boolean, by_type, matching, number, one_of, shape, text, whole

_STYLE = shape(
    {},
    dict.fromkeys(
        ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), boolean
    ),
)
_STYLED: dict[str, Check] = {"style": _STYLE}
INLINE: dict[str, Check] = {
    "text": shape({"text": text(40_000)}, _STYLED),
    "link": shape({"url": URL}, {"text": text(40_000, least=0), "unsafe": boolean, **_STYLED}),
    "emoji": shape(
        {"name": text(255)}, {"unicode": text(255), "skin_tone": whole(1, 6), "display_url": URL, **_STYLED}
    ),
    "user": shape({"user_id": text(255)}, _STYLED),
    "usergroup": shape({"usergroup_id": text(255)}, _STYLED),
    "team": shape({"team_id": text(255)}, _STYLED),
    "channel": shape({"channel_id": text(255)}, _STYLED),
    "broadcast": shape({"range": one_of("here", "channel", "everyone")}, _STYLED),
    "color": shape({"value": matching(r"#[0-9a-fA-F]{6}", "must be a hex color")}, _STYLED),
    "date": shape({"timestamp": number(), "format": text(1000)}, {"url": URL, "fallback": text(1000), **_STYLED}),
}
_SECTION = shape({"elements": array(by_type(INLINE), least=0, most=1000)})
_QUOTE_KEYS: dict[str, Check] = {"border": whole(0, 1)}
_QUOTE = shape({"elements": array(by_type(INLINE), least=0, most=1000)}, _QUOTE_KEYS)
_PREFORMATTED = shape(
    {"elements": array(by_type(INLINE, {"text", "link"}), least=0, most=1000)},
    {**_QUOTE_KEYS, "language": text(100)},
)
_LIST = shape(
    {
        "style": one_of("bullet", "ordered"),
        "elements": array(by_type({"rich_text_section": _SECTION}), most=1000),
    },
    {"indent": whole(0, 8), "offset": whole(0, 10_000), **_QUOTE_KEYS},
)
RICH_TEXT_PARTS = array(
    by_type(
        {
            "rich_text_section": _SECTION,
            "rich_text_list": _LIST,
            "rich_text_preformatted": _PREFORMATTED,
            "rich_text_quote": _QUOTE,
        }
    ),
    least=0,
    most=1000,
)
