"""Block Kit's blocks as HTML, as far as they only show something. `elements` draws what people can use."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.demo.playground.charts import chart
from bot.demo.playground.emoji import emoji, with_emoji
from bot.demo.playground.mrkdwn import Reader, escaped, link, mention, to_html
from bot.sandbox import render
from bot.sandbox.people import as_slack_writes

Json = dict[str, Any]


def shown(block: Json, reader: Reader) -> str:
    """Returns the HTML of one block. A block of an unknown kind becomes a placeholder with its JSON."""
    make = BLOCKS.get(block["type"])
    return make(block, reader) if make else unknown("A block", block)


def text(given: Json, reader: Reader) -> str:
    """Returns the HTML of a text object: mrkdwn, or plain text with its emoji."""
    if given["type"] == "mrkdwn":
        return to_html(given["text"], reader)
    return escaped(with_emoji(given["text"])).replace("\n", "<br>")


def _section(block: Json, reader: Reader) -> str:
    said = f'<div class="text">{text(block["text"], reader)}</div>' if "text" in block else ""
    fields = "".join(f"<div>{text(one, reader)}</div>" for one in block.get("fields", []))
    return said + (f'<div class="fields">{fields}</div>' if fields else "")


def _header(block: Json, reader: Reader) -> str:
    return f'<h2 class="header">{text(block["text"], reader)}</h2>'


def _context(block: Json, reader: Reader) -> str:
    parts = [_image(one, "icon") if one["type"] == "image" else text(one, reader) for one in block["elements"]]
    return f'<div class="context">{"".join(f"<span>{part}</span>" for part in parts)}</div>'


def _image_block(block: Json, reader: Reader) -> str:
    title = f"<figcaption>{text(block['title'], reader)}</figcaption>" if "title" in block else ""
    return f'<figure class="picture">{title}{_image(block, "picture")}</figure>'


def _image(one: Json, css: str) -> str:
    """Returns a picture's alt text, because the page loads nothing from other machines."""
    said = escaped(one["alt_text"])
    return f'<span class="{css} image" role="img" aria-label="{said}">🖼 {said}</span>'


def _markdown(block: Json, reader: Reader) -> str:
    return f'<div class="text">{to_html(as_slack_writes(block["text"]).replace("**", "*"), reader)}</div>'


def _video(block: Json, _reader: Reader) -> str:
    address = block.get("title_url") or block["video_url"]
    return (
        f'<div class="file">▶ {link(address, block["title"]["text"])}<small>{escaped(block["alt_text"])}</small></div>'
    )


def _rich_text(block: Json, reader: Reader) -> str:
    return f'<div class="text">{"".join(_rich_part(part, reader) for part in block["elements"])}</div>'


def _rich_part(part: Json, reader: Reader) -> str:
    match part["type"]:
        case "rich_text_list":
            tag = "ol" if part["style"] == "ordered" else "ul"
            items = "".join(f"<li>{_inlines(one, reader)}</li>" for one in part["elements"])
            start = f' start="{int(part["offset"]) + 1}"' if tag == "ol" and part.get("offset") else ""
            return f'<{tag}{start} class="indent-{int(part.get("indent", 0))}">{items}</{tag}>'
        case "rich_text_preformatted":
            return f"<pre>{_inlines(part, reader)}</pre>"
        case "rich_text_quote":
            return f"<blockquote>{_inlines(part, reader)}</blockquote>"
        case _:
            return f"<div>{_inlines(part, reader)}</div>"


def _inlines(part: Json, reader: Reader) -> str:
    return "".join(_inline(one, reader) for one in part["elements"])


def _inline(one: Json, reader: Reader) -> str:
    match one["type"]:
        case "link":
            made = link(one["url"], one.get("text") or one["url"])
        case "emoji":
            made = escaped(emoji(one["name"]))
        case "user":
            made = mention(f"@{reader.name_of(one['user_id'])}", me=one["user_id"] == reader.id)
        case "channel":
            made = mention(f"#{reader.name_of(one['channel_id'])}")
        case "usergroup" | "team":
            made = mention(f"@{one.get('usergroup_id') or one.get('team_id')}")
        case "broadcast":
            made = mention(f"@{one['range']}")
        case "date":
            fallback = one.get("fallback", "")
            token = f"<!date^{int(one['timestamp'])}^{one['format']}|{fallback}>"
            made = f"<time>{escaped(render.readable(token, reader.name_of, reader.zone, today=reader.today))}</time>"
        case "color":
            made = (
                f'<code><i class="swatch" style="background:{escaped(one["value"])}"></i>{escaped(one["value"])}</code>'
            )
        case _:
            made = escaped(one["text"]).replace("\n", "<br>")
    for style, tag in (("code", "code"), ("bold", "strong"), ("italic", "em"), ("strike", "s"), ("underline", "u")):
        if one.get("style", {}).get(style):
            made = f"<{tag}>{made}</{tag}>"
    return made


def _table(block: Json, reader: Reader) -> str:
    """Returns the HTML of a table or a data table. A data table has a caption, and its first row names the columns."""
    head = block["rows"][0] if "caption" in block else []
    rows = block["rows"][1:] if head else block["rows"]
    named = block.get("row_header_column_index")
    settings = block.get("column_settings", [])
    caption = f"<caption>{escaped(block['caption'])}</caption>" if head else ""
    top = "".join(
        f'<th scope="col"{_align(cell, settings, at)}>{_cell(cell, reader)}</th>' for at, cell in enumerate(head)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{_cell(cell, reader)}</th>'
            if at == named
            else f"<td{_align(cell, settings, at)}>{_cell(cell, reader)}</td>"
            for at, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{escaped(block.get("caption", "Table"))}"><table>'
        f"{caption}{f'<thead><tr>{top}</tr></thead>' if head else ''}<tbody>{body}</tbody></table></div>"
    )


def _align(cell: Json, settings: list[Json], column: int) -> str:
    wanted = settings[column].get("align") if column < len(settings) and settings[column] else None
    side = wanted or ("right" if cell["type"] == "raw_number" else None)
    return f' class="{escaped(side)}"' if side else ""


def _cell(cell: Json, reader: Reader) -> str:
    match cell["type"]:
        case "rich_text":
            return "".join(_rich_part(part, reader) for part in cell["elements"])
        case "raw_number":
            return escaped(str(cell.get("text", cell["value"])))
        case _:
            return escaped(with_emoji(cell["text"]))


def unknown(what: str, given: Json) -> str:
    """Returns a placeholder with the JSON of a block or an element of an unknown kind."""
    told, name = escaped(json.dumps(given, indent=2, ensure_ascii=False)), escaped(given["type"])
    return f'<details class="unknown"><summary>{what} of type “{name}”</summary><pre>{told}</pre></details>'


# What draws each type of block. For a section it draws the texts, without the accessory.
BLOCKS: Mapping[str, Callable[[Json, Reader], str]] = {
    "section": _section,
    "header": _header,
    "divider": lambda _block, _reader: "<hr>",
    "context": _context,
    "image": _image_block,
    "markdown": _markdown,
    "video": _video,
    "rich_text": _rich_text,
    "table": _table,
    "data_table": _table,
    "data_visualization": lambda block, _reader: chart(block),
}
