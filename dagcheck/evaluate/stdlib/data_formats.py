"""`json`, `csv`, `tomllib` and `toml`: texts and open files to values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.calls import call_pure
from dagcheck.evaluate.outside import External, Opaque
from dagcheck.evaluate.stdlib import files
from dagcheck.evaluate.stdlib.modelling import first_problem, natives
from dagcheck.evaluate.stdlib.open_files import read_all
from dagcheck.evaluate.values import PYTHON_ERRORS, Arguments, Lazy, Native, Object, Value, first_of
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def parsed(interp: Interpreter, text: Value, parse: Callable[[Any], Any], errors: tuple[type[Exception], ...] = ()) -> Value:
    """What a parser makes of a known text; what it raises the program raises."""
    if isinstance(text, Unknown):
        return text
    interp.budget.step(len(text) >> 6 if isinstance(text, str | bytes) else 0)
    try:
        return parse(text)
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None
    except errors as error:
        raise interp.raises(error) from None


def _json_load(interp: Interpreter, arguments: Arguments) -> Value:
    return _json_text(interp, read_all(interp, arguments.get(0, "fp")), arguments)


def _json_loads(interp: Interpreter, arguments: Arguments) -> Value:
    return _json_text(interp, arguments.get(0, "s"), arguments)


def _json_text(interp: Interpreter, text: Value, arguments: Arguments) -> Value:
    if any(name in arguments.kwargs for name in ("object_hook", "object_pairs_hook", "cls", "parse_float", "parse_int")):
        return interp.unknown("json with a hook is not followed")
    return parsed(interp, text, json.loads)


def _json_dumps(interp: Interpreter, arguments: Arguments) -> Value:
    if any(name in arguments.kwargs for name in ("default", "cls")):
        return first_of(first_problem(arguments), interp.unknown("json with a hook is not followed"))
    outside = next((part for value in arguments.args for part in _parts(value) if isinstance(part, External | Opaque)), None)
    if outside is not None:
        return interp.unknown(f"json.dumps of {outside.describe()} is not followed")
    return call_pure(interp, json.dumps, arguments)


def _parts(value: Value) -> Iterator[Value]:
    """The value and what its lists, tuples and dicts hold, keys included; what is held many times is told once."""
    stack, told = [value], set()
    while stack:
        part = stack.pop()
        yield part
        if isinstance(part, dict | list | tuple) and id(part) not in told:
            told.add(id(part))
            stack.extend((*part, *part.values()) if isinstance(part, dict) else part)


def _json_dump(interp: Interpreter, arguments: Arguments) -> Value:
    return None


def json_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `json`."""
    return {
        **natives({"load": _json_load, "loads": _json_loads, "dumps": _json_dumps, "dump": _json_dump}),
        "JSONDecodeError": json.JSONDecodeError,
        "decoder": Native("json.decoder", lambda i, _: None),
    }


def json_decoder_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `json.decoder`."""
    return {"JSONDecodeError": json.JSONDecodeError}


def _rows(interp: Interpreter, arguments: Arguments, make: Callable[..., Iterator[Any]]) -> Value:
    import csv

    problem = first_of(arguments.unknown_unpacking(), first_problem(Arguments([], arguments.kwargs)))
    lines = interp.items(arguments.get(0, "csvfile"))
    if problem is not None or isinstance(lines, Unknown):
        return problem if problem is not None else lines
    if not all(isinstance(line, str) for line in lines):
        return interp.unknown("csv of lines that are not followed")
    rows = parsed(interp, "".join(lines), lambda text: list(make(lines, *arguments.args[1:], **arguments.kwargs)), (csv.Error,))
    return rows if isinstance(rows, Unknown) else Lazy(iter(rows), "csv reader")


def _reader(interp: Interpreter, arguments: Arguments) -> Value:
    import csv

    return _rows(interp, arguments, csv.reader)


def _dict_reader(interp: Interpreter, arguments: Arguments) -> Value:
    import csv

    found = _rows(interp, arguments, csv.DictReader)
    return found if isinstance(found, Unknown) else DictRows(found, arguments)


class DictRows(Object):
    """`csv.DictReader`: rows as dicts, and `fieldnames`."""

    __slots__ = ("rows",)

    def __init__(self, rows: Lazy, arguments: Arguments) -> None:
        self.rows = list(rows.items)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        rows, self.rows = self.rows, []
        return iter(rows)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name == "fieldnames" and self.rows:
            return list(self.rows[0])
        return super().get_attr(interp, name)


def csv_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `csv`."""
    import csv

    constants = {name: getattr(csv, name) for name in ("QUOTE_ALL", "QUOTE_MINIMAL", "QUOTE_NONE", "QUOTE_NONNUMERIC", "Error")}
    return {
        **constants,
        **natives({"reader": _reader, "DictReader": _dict_reader}),
        **natives(dict.fromkeys(("writer", "DictWriter"), lambda i, _: i.unknown("a csv writer is not followed"))),
    }


def _toml_load(interp: Interpreter, arguments: Arguments) -> Value:
    import tomllib

    source = arguments.get(0, "fp")
    is_path = not isinstance(source, Object | Unknown)
    text = files.read(interp, source) if is_path else read_all(interp, source)
    return parsed(interp, text, lambda data: tomllib.loads(data.decode() if isinstance(data, bytes) else data))


def _toml_loads(interp: Interpreter, arguments: Arguments) -> Value:
    import tomllib

    return parsed(interp, arguments.get(0, "s"), tomllib.loads)


def toml_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `tomllib`, `tomli` and `toml`."""
    import tomllib

    return {
        **natives({"load": _toml_load, "loads": _toml_loads}),
        "TOMLDecodeError": tomllib.TOMLDecodeError,
        "TomlDecodeError": tomllib.TOMLDecodeError,
    }
