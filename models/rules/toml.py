"""The agreement as TOML: how people write and read it. What it may say is in `agreement`."""

import json
import tomllib

from pydantic import BaseModel

from models.errors import BadAgreement, KeyProblem
from models.rules.agreement import PROMISES, Agreement, PromiseEntry, When, validate
from models.rules.ladders import DEFAULT_STEPS, What


def parse(text: str) -> Agreement:
    """Returns an agreement from TOML. Raises BadAgreement with every problem, its key, and what was written there."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadAgreement([KeyProblem("", f"this is no TOML: {error}")]) from error
    return validate(document)


def explained(agreement: Agreement) -> str:
    """Returns the agreement as TOML with an explanation of every key. `parse` reads it, and people edit it."""
    lines: list[str] = []
    _explain(agreement, (), lines)
    return "\n".join(lines).strip() + "\n"


def _explain(part: BaseModel, path: tuple[str, ...], lines: list[str]) -> None:
    if path:
        lines += ["", f"[{'.'.join(path)}]"]
    values = part.model_dump(mode="json")
    tables: list[str] = []
    for key, field in type(part).model_fields.items():
        if isinstance(values[key], dict) or key == PROMISES:
            tables.append(key)
        elif values[key] is None:
            lines.append(f'# {key} = ""  # {field.description}')
        else:
            lines.append(f"{key} = {_toml(values[key])}  # {field.description}")
    for key in tables:
        value = getattr(part, key)
        if key == PROMISES:
            _explain_promises(value, lines)
        elif isinstance(value, BaseModel):
            _explain(value, (*path, key), lines)
        elif value and all(isinstance(item, BaseModel) for item in value.values()):
            for code, item in value.items():
                _explain(item, (*path, key, code), lines)
        else:
            lines += ["", f"[{key}]  # {type(part).model_fields[key].description}"]
            lines += [f"{_toml(name)} = {_toml(meaning)}" for name, meaning in values[key].items()]


def _explain_promises(entries: tuple[PromiseEntry, ...], lines: list[str]) -> None:
    """Writes the entries of `[[promises]]`. If there are none, writes an example as a comment."""
    what_it_is = Agreement.model_fields[PROMISES].description
    example = PromiseEntry(
        what=What.ANSWER, when=When(source=("demo request",)), within="15m", ladder=DEFAULT_STEPS[What.ANSWER]
    )
    for entry in entries or (example,):
        values = {
            "what": _toml(entry.what),
            "when": f"{{ source = {_toml(entry.when.source)} }}" if entry.when else "",
            "within": _toml(entry.within) if entry.within else "",
            "ladder": _toml(entry.ladder) if entry.ladder else "",
        }
        mark = "" if entries else "# "
        lines += ["", f"{mark}[[{PROMISES}]]  # {what_it_is}"]
        lines += [
            f"{mark}{key} = {value}  # {PromiseEntry.model_fields[key].description}"
            for key, value in values.items()
            if value
        ]


def _toml(value: object) -> str:
    """Returns a string, number, flag or list of these in TOML. JSON is the same, except for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
