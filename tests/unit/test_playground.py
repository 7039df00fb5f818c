"""The parts of the page that need no browser: markup, blocks, charts."""

from typing import Any

import pytest

from bot.demo.playground import block_html
from bot.demo.playground.block_html import BLOCKS
from bot.demo.playground.mrkdwn import Reader, to_html
from bot.sandbox.block_rules import ALLOWED, prepare_blocks

READER = Reader({"U1": "Dana Fox", "U2": "Raj Mehta", "C1": "leads"}.get, "Europe/Berlin", "U1")  # type: ignore[arg-type]  # every id here is known
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _slanted_ ~gone~", "<strong>bold</strong> <em>slanted</em> <s>gone</s>"),
        ("3*4*5 and snake_case_name", "3*4*5 and snake_case_name"),
        ("`*code*`", "<code>*code*</code>"),
        ("```a\n&lt;b&gt;```", "<pre>a\n&lt;b&gt;</pre>"),
        ("&gt; one\n&gt; two\nthree", "<blockquote>one<br>two</blockquote>three"),
        ("*<@U2> has it*", '<strong><span class="mention">@Raj Mehta</span> has it</strong>'),
        ("<@U1> in <#C1>", '<span class="mention me">@Dana Fox</span> in <span class="mention">#leads</span>'),
        ("<!here>", '<span class="mention">@here</span>'),
        ("<!date^1794225602^{date_num} {time}|then>", "<time>2026-11-09 13:00</time>"),
        (
            "<https://a.example/?b=1&amp;c=2|here>",
            '<a href="https://a.example/?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">here</a>',
        ),
        ("<javascript:alert(1)|click>", "click"),
        (":star: and :nothing_known:", "⭐ and :nothing_known:"),
        (
            "<https://a.example|the `code`>",
            '<a href="https://a.example" target="_blank" rel="noopener noreferrer">the `code`</a>',
        ),
        ("`see <https://a.example|there>`", "<code>see there</code>"),
        ("`one <@U2` two>", "<code>one &lt;@U2</code> two&gt;"),
        ("\U000f0000 forged <@U2>", ' forged <span class="mention">@Raj Mehta</span>'),
    ],
)
def test_slacks_markup_becomes_html(text: str, html: str) -> None:
    assert to_html(text, READER) == html


@pytest.mark.parametrize("text", [HOSTILE, f"<https://a.example|{HOSTILE}>", f"`{HOSTILE}`", f"&gt; {HOSTILE}"])
def test_no_text_becomes_an_element_that_was_not_meant(text: str) -> None:
    made = to_html(text, READER)
    assert "<script" not in made
    assert "<img" not in made


RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": HOSTILE, "style": {"bold": True}},
                {"type": "user", "user_id": "U2"},
                {"type": "emoji", "name": "tada"},
                {"type": "link", "url": "https://a.example", "text": "there"},
                {"type": "date", "timestamp": 1794225602, "format": "{time}", "fallback": "then"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "first"}]}],
        },
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "code"}]},
    ],
}
SERIES = [{"name": "Flagged", "data": [{"label": "W45", "value": 3}, {"label": "W46", "value": 4.5}]}]
AXES = {"categories": ["W45", "W46"]}
SHOWN: list[dict[str, Any]] = [
    {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "*one*"},
        "fields": [{"type": "plain_text", "text": HOSTILE}],
    },
    {"type": "header", "text": {"type": "plain_text", "text": HOSTILE}},
    {"type": "divider"},
    {
        "type": "context",
        "elements": [
            {"type": "mrkdwn", "text": HOSTILE.replace("<", "&lt;")},
            {"type": "image", "image_url": "https://a.example/a.png", "alt_text": HOSTILE},
        ],
    },
    {"type": "image", "image_url": "https://a.example/a.png", "alt_text": "a cat"},
    {"type": "markdown", "text": "**bold** " + HOSTILE},
    {
        "type": "video",
        "alt_text": "a film",
        "title": {"type": "plain_text", "text": "Film"},
        "thumbnail_url": "https://a.example/a.png",
        "video_url": "https://a.example/a.mp4",
    },
    RICH,
    {"type": "table", "rows": [[{"type": "raw_text", "text": HOSTILE}]], "column_settings": [{"align": "right"}]},
    {
        "type": "data_table",
        "caption": "By source",
        "rows": [
            [{"type": "raw_text", "text": "source"}, {"type": "raw_text", "text": "MQLs"}],
            [{"type": "raw_text", "text": HOSTILE}, {"type": "raw_number", "value": 3}],
        ],
        "row_header_column_index": 0,
    },
    {
        "type": "data_visualization",
        "title": "Pie",
        "chart": {"type": "pie", "segments": [{"label": "a", "value": 1}, {"label": "b", "value": 2}]},
    },
    *(
        {"type": "data_visualization", "title": "MQLs", "chart": {"type": kind, "series": SERIES, "axis_config": AXES}}
        for kind in ("line", "bar", "area")
    ),
]


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: str(block["type"]))
def test_a_block_that_slack_takes_is_shown_and_what_was_typed_stays_text(block: dict[str, Any]) -> None:
    (prepared,) = prepare_blocks([block], surface="message", at="blocks")
    made = block_html.shown(prepared, READER)
    assert made
    assert "<script" not in made
    assert "<img" not in made
    assert 'class="unknown"' not in made
    assert "https://a.example/a.png" not in made, "nothing is loaded from outside"


def test_every_kind_of_block_is_shown_or_used() -> None:
    used = {"actions", "context_actions", "input"}
    assert ALLOWED["message"] - used - set(BLOCKS) == {"file"}  # the page can't show a file that is stored elsewhere


def test_an_unknown_block_says_so_with_its_json() -> None:
    made = block_html.shown({"type": "hologram", "text": HOSTILE}, READER)
    assert "A block of type “hologram”" in made
    assert "&lt;script&gt;" in made


def test_a_chart_says_its_numbers_to_those_who_do_not_see_it() -> None:
    made = block_html.shown(SHOWN[-1], READER)
    assert 'role="img" aria-label="MQLs. Flagged: W45 3, W46 4.5"' in made
    assert made.count("<circle") == 2


def test_a_table_names_its_columns_and_rows() -> None:
    made = block_html.shown(next(one for one in SHOWN if one["type"] == "data_table"), READER)
    assert '<th scope="col">source</th>' in made
    assert '<th scope="row">&lt;script&gt;' in made
    assert '<td class="right">3</td>' in made
