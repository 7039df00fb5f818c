"""The chart of the digest, and the bars that stand for it where Slack does not draw it."""

from bot.slack.views.blocks import Block, section
from bot.slack.views.digest_words import rate
from models.rules.digest_numbers import DigestNumbers


def chart(numbers: DigestNumbers) -> Block:
    weeks = [f"W{numbers.week.back(n).number:02}" for n in range(len(numbers.trend) - 1, -1, -1)]
    series = [
        ("Flagged", [volume.flagged for volume in numbers.trend]),
        ("Accepted", [volume.accepted for volume in numbers.trend]),
        ("Rejected", [volume.rejected for volume in numbers.trend]),
    ]
    return {
        "type": "data_visualization",
        "title": "MQLs by week",
        "chart": {
            "type": "line",
            "series": [
                {"name": name, "data": [{"label": w, "value": v} for w, v in zip(weeks, values, strict=True)]}
                for name, values in series
            ],
            "axis_config": {"categories": weeks, "x_label": "Week", "y_label": "Leads"},
        },
    }


def bars(numbers: DigestNumbers) -> Block:
    """Returns the chart in words and bars, for a workspace in which Slack does not draw it."""
    most = max((volume.flagged for volume in numbers.trend), default=0) or 1
    bars = "".join("▁▂▃▄▅▆▇█"[round(volume.flagged / most * 7)] for volume in numbers.trend)
    last = numbers.trend[-4:]
    shares = " → ".join(rate(volume.acceptance) if volume.answered else "–" for volume in last)
    return section(f"MQLs, {len(numbers.trend)} weeks: {bars}   Acceptance, last {len(last)}: {shares}")
