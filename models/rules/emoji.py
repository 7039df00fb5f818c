"""The names of emoji, as Slack sends them in reactions: one name for each, whatever people write."""

import re
import unicodedata

_OTHER_NAMES = (
    "collision=boom cooking=fried_egg couple=man_and_woman_holding_hands envelope=email "
    "face_with_finger_covering_closed_lips=shushing_face face_with_one_eyebrow_raised=face_with_raised_eyebrow "
    "face_with_open_mouth_vomiting=face_vomiting flag-cn=cn flag-de=de flag-es=es flag-fr=fr flag-gb=gb flag-it=it "
    "flag-jp=jp flag-kr=kr flag-ru=ru flag-us=us flipper=dolphin "
    "grinning_face_with_one_large_and_one_small_eye=zany_face grinning_face_with_star_eyes=star-struck "
    "hand_with_index_and_middle_fingers_crossed=crossed_fingers heavy_exclamation_mark=exclamation honeybee=bee "
    "knife=hocho lady_beetle=ladybug lantern=izakaya_lantern lightning_cloud=lightning "
    "man-with-bunny-ears-partying=men-with-bunny-ears-partying men_holding_hands=two_men_holding_hands "
    "mother_christmas=mrs_claus open_book=book paw_prints=feet pencil=memo poop=hankey punch=facepunch "
    "raised_hand=hand red_car=car reversed_hand_with_middle_finger_extended=middle_finger running=runner "
    "sailboat=boat satisfied=laughing serious_face_with_symbols_covering_mouth=face_with_symbols_on_mouth "
    "shit=hankey shocked_face_with_exploding_head=exploding_head shoe=mans_shoe sign_of_the_horns=the_horns "
    "smiling_face_with_smiling_eyes_and_hand_covering_mouth=face_with_hand_over_mouth "
    "staff_of_aesculapius=medical_symbol sun_behind_cloud=barely_sunny sun_behind_rain_cloud=partly_sunny_rain "
    "sun_small_cloud=mostly_sunny telephone=phone thumbsdown=-1 thumbsup=+1 tornado_cloud=tornado tshirt=shirt "
    "uk=gb waxing_gibbous_moon=moon woman-with-bunny-ears-partying=women-with-bunny-ears-partying "
    "woman_and_man_holding_hands=man_and_woman_holding_hands women_holding_hands=two_women_holding_hands"
)
# Other names that Slack accepts when a person types them, each with the name that Slack sends instead.
_ALIASES = dict(pair.split("=") for pair in _OTHER_NAMES.split())
# Emoji characters that people may paste, each with its name.
_CHARACTERS = {
    "👍": "+1",
    "👎": "-1",
    "✅": "white_check_mark",
    "✔": "heavy_check_mark",
    "☑": "ballot_box_with_check",
    "❌": "x",
    "✖": "heavy_multiplication_x",
    "⛔": "no_entry",
    "🚫": "no_entry_sign",
    "⭐": "star",
    "🌟": "star2",
    "❄": "snowflake",
    "🧊": "ice_cube",
    "☎": "phone",
    "📞": "telephone_receiver",
    "📱": "iphone",
    "🏆": "trophy",
    "🥇": "first_place_medal",
    "🎉": "tada",
    "🔥": "fire",
    "🚀": "rocket",
    "👀": "eyes",
    "👋": "wave",
    "👏": "clap",
    "🙌": "raised_hands",
    "🙏": "pray",
    "💪": "muscle",
    "🤝": "handshake",
    "👌": "ok_hand",
    "❤": "heart",
    "💯": "100",
    "💰": "moneybag",
    "💩": "hankey",
    "🗑": "wastebasket",
    "♻": "recycle",
    "⚠": "warning",
    "❓": "question",
    "❗": "exclamation",
    "➕": "heavy_plus_sign",
    "➖": "heavy_minus_sign",
    "⏰": "alarm_clock",
    "⏳": "hourglass_flowing_sand",
    "📧": "e-mail",
    "📈": "chart_with_upwards_trend",
    "📉": "chart_with_downwards_trend",
}
_SELECTOR_AND_TONES = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")
_TONE = re.compile(r"(?:(?:::|_)(?:skin-)?tone-?[1-6])+$")
_LONGEST = 100


def name(written: str) -> str:
    """Returns the name that Slack sends for an emoji. Accepts it with or without colons, by another of its names, with
    a skin tone, or as the character. Raises ValueError, which says how to write it, if it is no name."""
    bare = written.strip().strip(":").lower()
    bare = _CHARACTERS.get(_SELECTOR_AND_TONES.sub("", bare), bare)
    bare = _TONE.sub("", bare)
    if not bare or len(bare) > _LONGEST or not all(_may_stand(one) for one in bare):
        raise ValueError(
            f"“{written[:40]}” is no name of an emoji; write it as Slack does between the colons, such as tada or +1"
        )
    return _ALIASES.get(bare, bare)


def sent(reaction: str) -> str:
    """Returns the name of a reaction that Slack reports, without the skin tone."""
    return reaction.split("::", 1)[0]


def _may_stand(letter: str) -> bool:
    """True if this character may be in a name. Names of custom emoji may have letters of every script."""
    return letter in "_+-'" or unicodedata.category(letter)[0] in "LMN"
