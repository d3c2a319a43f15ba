"""What dag-factory reads: YAML with environment variables, typed values and conditions, the defaults above a file, merged sections, dates.

Facts of dag-factory 1.1.0 (its `_yaml.py`, `utils.py` and `dagfactory.py`), of November 2026.
"""

from __future__ import annotations

import datetime
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagcheck.airflow.world import world
from dagcheck.evaluate.imports import imported_name
from dagcheck.evaluate.operators import binary
from dagcheck.evaluate.stdlib import files
from dagcheck.evaluate.values import Arguments, Value
from dagcheck.model.values import Unknown
from dagcheck.patterns import late

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

DEFAULTS_FILES = ("defaults.yml", "defaults.yaml")
VARIABLE = late(r"\$(\w+|\{[^}]*\})")
MARKED = late("\ue000(.*?)\ue001")
RELATIVE = late(r"(?:(\d+?)\s+hour)?(?:(\d+?)\s+minute)?(?:(\d+?)\s+second)?(?:(\d+?)\s+day)?", re.IGNORECASE)
UNITS = ("hours", "minutes", "seconds", "days")


def given(table: dict[Any, Value], key: str) -> bool:
    """Whether a key is there with a value other than None."""
    return table.get(key) is not None


def is_set(value: Value) -> bool:
    """The truth of a value; what is not known counts as set."""
    return isinstance(value, Unknown) or bool(value)


def copied(value: Value) -> Value:
    """Dicts and lists copied in depth; everything else is itself."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def merged(config: Value, default: dict[Any, Value]) -> Value:
    """`config` with what only `default` has, in depth. What is not known stays as it is."""
    for key, value in default.items():
        if key not in config:
            config[key] = value
        elif isinstance(config[key], dict) and isinstance(value, dict):
            merged(config[key], value)
    return config


def import_string(interp: Interpreter, dotted: Value) -> Value:
    """What an import path names. Raises Raised(ImportError) where it names nothing."""
    if isinstance(dotted, Unknown):
        return dotted
    if not isinstance(dotted, str) or "." not in dotted:
        raise interp.raises(ImportError(f"{dotted!r} is no import path"))
    module, _, name = dotted.rpartition(".")
    return imported_name(interp, interp.import_module(module), name)


def load_yaml(interp: Interpreter, path: Value) -> Value:
    """The content of a YAML file as dag-factory reads it. Raises Raised where the file is missing or no YAML."""
    text = files.read_text(interp, path)
    if isinstance(text, Unknown):
        return text
    data = interp.call_values(interp.get_attr(interp.import_module("yaml"), "safe_load"), _expanded(interp, text))
    return _joined(interp, _typed(interp, _unmarked(interp, data)))


def _expanded(interp: Interpreter, text: str) -> str:
    """Known environment variables put in; the others are marked, for `_unmarked` to find the values that they are part of."""

    def put(match: re.Match[str]) -> str:
        name = match.group(1).strip("{}")
        return interp.env.get(name, f"\ue000{name}\ue001")

    return VARIABLE.sub(put, text)


def _unmarked(interp: Interpreter, data: Value) -> Value:
    if isinstance(data, dict):
        return {_unmarked(interp, key) if isinstance(key, str) else key: _unmarked(interp, value) for key, value in data.items()}
    if isinstance(data, list):
        return [_unmarked(interp, item) for item in data]
    match = MARKED.search(data) if isinstance(data, str) else None
    if match is None:
        return data
    name = match.group(1)
    return interp.unknown(f"the environment variable {name} is not known", "environment", name=name)


def _typed(interp: Interpreter, data: Value) -> Value:
    """Mappings with `__type__` become what calling that type gives."""
    if isinstance(data, list):
        return [_typed(interp, item) for item in data]
    if not isinstance(data, dict):
        return data
    if data.get("__type__") == "builtins.list" and isinstance(data.get("items"), list):
        return [_typed(interp, item) for item in data["items"]]
    inner = {key: _typed(interp, value) for key, value in data.items() if key not in ("__type__", "__args__")}
    if "__type__" not in data:
        return inner
    args = _typed(interp, data["__args__"]) if given(data, "__args__") else []
    if isinstance(args, Unknown):
        return args
    if not isinstance(args, list):
        raise interp.raises(ValueError("__args__ must be a list"))
    return interp.call(import_string(interp, data["__type__"]), Arguments(args, inner, span=interp.spot))


def _joined(interp: Interpreter, data: Value) -> Value:
    """Mappings with `__and__`, `__or__` and `__join__` become conditions and texts."""
    if isinstance(data, list):
        return [_joined(interp, item) for item in data]
    if not isinstance(data, dict):
        return data
    for key, sign in (("__and__", "&"), ("__or__", "|"), ("__join__", "")):
        if isinstance(data.get(key), list) and data[key]:
            items = [_joined(interp, item) for item in data[key]]
            return _combined(interp, items, sign)
    return {key: _joined(interp, value) for key, value in data.items()}


def _combined(interp: Interpreter, items: list[Value], sign: str) -> Value:
    if all(isinstance(item, str | int | float) for item in items):
        texts = [str(item) for item in items]
        return f"({f' {sign} '.join(texts)})" if sign else "".join(texts)
    if not sign:
        return next((item for item in items if isinstance(item, Unknown)), interp.unknown("a text joined of objects is not followed"))
    found = items[0]
    for item in items[1:]:
        found = binary(interp, sign, found, item)
    return found


def moment(interp: Interpreter, value: Value, zone: Value) -> Value:
    """A date of a configuration: a date, a text, or a time before today, which moves with the clock."""
    if isinstance(value, Unknown) or isinstance(zone, Unknown):
        return value if isinstance(value, Unknown) else zone
    pendulum = interp.import_module("pendulum")
    local = interp.call_values(interp.get_attr(pendulum, "timezone"), zone)
    if isinstance(value, str):
        match = RELATIVE.match(value)
        if match is not None and any(match.groups()):
            return interp.unknown(f"a date {value!r} before today moves with the clock", "clock")
        value = interp.call_values(interp.get_attr(pendulum, "parse"), value)
    elif isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime.combine(value, datetime.time.min)
    if isinstance(value, Unknown) or isinstance(local, Unknown):
        return value if isinstance(value, Unknown) else local
    if not isinstance(value, datetime.datetime):
        raise interp.raises(TypeError(f"a date cannot be made of a {type(value).__name__}"))
    return value.replace(tzinfo=local)


def span_of_time(interp: Interpreter, value: Value) -> Value:
    """A text such as `2 hours` or `1 day` as a timedelta. Raises Raised(ValueError) for another text."""
    if isinstance(value, Unknown):
        return value
    match = RELATIVE.match(value) if isinstance(value, str) else None
    parts = {unit: int(part) for unit, part in zip(UNITS, match.groups(), strict=True) if part} if match else {}
    if not parts:
        raise interp.raises(ValueError(f"invalid relative time: {value!r}"))
    return datetime.timedelta(**parts)


def function_in_file(interp: Interpreter, name: Value, path: Value) -> Value:
    """The function of that name in a Python file, which is loaded as a module of its own."""
    if isinstance(path, Unknown) or isinstance(name, Unknown):
        return path if isinstance(path, Unknown) else name
    if not isinstance(path, str) or not os.path.isabs(path):
        raise interp.raises(ValueError("a file with a function must be given by its absolute path"))
    kind = files.kind_of(interp, path)
    if isinstance(kind, Unknown):
        return kind
    if kind != "file":
        raise interp.raises(FileNotFoundError(2, "No such file or directory", path))
    place = Path(path)
    module = interp.modules.get(f"dagfactory {place}") or interp.run_module(interp.project.source(place), place.stem)
    interp.modules[f"dagfactory {place}"] = module
    return interp.get_attr(module, name)


def global_defaults(interp: Interpreter, path: str | None, root: Value, doubts: list[Unknown]) -> dict[str, Value]:
    """The `defaults.yml` above a configuration, merged: the nearest wins, tags are put together.

    `root` is the topmost folder that counts, or Unknown; a file that counts only for some value of it becomes a doubt.
    """
    args: dict[str, Value] = {}
    others: dict[str, Value] = {}
    for file in reversed(_defaults_files(interp, path, root, doubts)):
        table = load_yaml(interp, str(file))
        if not isinstance(table, dict):
            doubts.append(table if isinstance(table, Unknown) else interp.unknown(f"{file.name} holds no mapping", "file"))
            continue
        args |= _mapping(interp, table.get("default_args", {}), doubts)
        others = with_defaults(others, table)
    return {"default_args": args, **others}


def with_defaults(found: dict[str, Value], table: dict[str, Value]) -> dict[str, Value]:
    """What a defaults table says of DAGs, put over what is there; its `default_args` are left out."""
    result = dict(found)
    for key, value in table.items():
        if key == "tags" and isinstance(value, list) and not any(isinstance(tag, Unknown) for tag in value):
            result[key] = sorted({*found.get("tags", []), *value})
        elif key != "default_args":
            result[key] = value
    return result


def _mapping(interp: Interpreter, value: Value, doubts: list[Unknown]) -> dict[str, Value]:
    if isinstance(value, dict):
        return value
    if isinstance(value, Unknown):
        doubts.append(value)
        return {}
    raise interp.raises(AttributeError(f"a {type(value).__name__} where a mapping is wanted"))


def _defaults_files(interp: Interpreter, path: str | None, root: Value, doubts: list[Unknown]) -> list[Path]:
    """Nearest first: one for each folder that has any."""
    parents = list(Path(path).parents) if path else []
    if isinstance(root, Unknown):
        return _under_unknown_root(interp, parents, root, doubts)
    top = Path(str(root))
    folders = parents[: parents.index(top) + 1] if top in parents else [*parents[:1], top]
    return [file for folder in folders if (file := _defaults_in(interp, folder)) is not None]


def _under_unknown_root(interp: Interpreter, parents: list[Path], why: Unknown, doubts: list[Unknown]) -> list[Path]:
    """The DAG folder holds the DAG file, so the folders up to that file's count for sure; a file further up may count."""
    main = Path(str(interp.frames[0].module.path)).parent
    sure = parents[: parents.index(main) + 1] if main in parents else parents[:1]
    above = list(main.parents) if main in sure else [main, *main.parents]
    if any(_defaults_in(interp, folder) is not None for folder in above if folder not in sure):
        doubts.append(why)
    return [file for folder in sure if (file := _defaults_in(interp, folder)) is not None]


def _defaults_in(interp: Interpreter, folder: Path) -> Path | None:
    return next((folder / name for name in DEFAULTS_FILES if files.kind_of(interp, str(folder / name)) == "file"), None)


def make_asset(interp: Interpreter, uri: Value) -> Value:
    """The asset (in Airflow 2: dataset) of a URI."""
    from dagcheck.airflow.names import value_of

    known = world(interp)
    place = "airflow.sdk.definitions.asset.Asset" if known.target.release >= (3, 0) else "airflow.datasets.Dataset"
    return interp.call_values(value_of(known, place), uri)
