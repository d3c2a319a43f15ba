"""`configparser`: a real parser that has read what is known, and its sections, through which a program writes."""

from __future__ import annotations

import configparser
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.calls import call_pure
from dagcheck.evaluate.state import condition
from dagcheck.evaluate.stdlib import files
from dagcheck.evaluate.stdlib.builtin_types import BuiltinType
from dagcheck.evaluate.stdlib.data_formats import parsed
from dagcheck.evaluate.stdlib.modelling import first_problem
from dagcheck.evaluate.stdlib.open_files import read_all
from dagcheck.evaluate.values import Arguments, Native, NativeClass, Object, Value, first_of
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

READING = frozenset({"get", "getint", "getfloat", "getboolean", "sections", "options", "items", "has_option", "has_section", "defaults"})
WRITING = frozenset({"set", "add_section", "remove_option", "remove_section", "read_dict"})
OF_A_SECTION = frozenset({"get", "getint", "getfloat", "getboolean", "keys", "values", "items", "name"})


class ConfigParser(Object):
    """A `configparser.ConfigParser` with what was read into it; `why` is set once something unknown was."""

    __slots__ = ("real", "why")

    def __init__(self, real: configparser.RawConfigParser) -> None:
        self.real = real
        self.why: Unknown | None = None

    def describe(self) -> str:
        return "a configparser"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("read", "read_file", "readfp", "read_string"):
            return Native(name, getattr(self, f"_{name}"))
        if name in WRITING:
            return Native(name, lambda i, arguments: self.write(i, arguments, getattr(self.real, name)))
        if self.why is not None:
            return self.why
        if name in READING:
            return _pure_result(name, getattr(self.real, name))
        return super().get_attr(interp, name)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        """`parser.optionxform = str` keeps the case of keys; what else may be set is not followed."""
        if name == "optionxform" and isinstance(value, BuiltinType) and value.real is str:
            self.real.optionxform = str  # type: ignore[assignment,method-assign] # as the library's documentation says
        else:
            self.why = interp.unknown(f"{name} of a configparser is not followed")

    def write(self, interp: Interpreter, arguments: Arguments, change: Callable[..., Any]) -> Value:
        """Change what the parser holds; after a change that may not happen, or of what is not known, that is not known."""
        problem = first_problem(arguments)
        if problem is None and interp.state.uncertain:
            problem = condition(interp.state.uncertain[-1])
        if problem is not None:
            self.why = problem
            return problem
        return parsed(interp, "", lambda _: call_pure(interp, change, arguments), (configparser.Error,))

    def _read(self, interp: Interpreter, arguments: Arguments) -> Value:
        given = arguments.get(0, "filenames")
        names = given if isinstance(given, list | tuple) else [given]
        found = []
        for name in names:
            kind = files.kind_of(interp, name)
            if isinstance(kind, Unknown):
                self.why = kind
            elif kind == "file":
                self._add(interp, files.read_text(interp, name))
                found.append(files.path_text(interp, name))
        return found if self.why is None else self.why

    def _read_file(self, interp: Interpreter, arguments: Arguments) -> Value:
        return self._add(interp, read_all(interp, arguments.get(0, "f")))

    _readfp = _read_file

    def _read_string(self, interp: Interpreter, arguments: Arguments) -> Value:
        return self._add(interp, arguments.get(0, "string"))

    def _add(self, interp: Interpreter, text: Value) -> Value:
        return self.write(interp, Arguments([text]), self.real.read_string)

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        if self.why is not None or isinstance(key, Unknown):
            return self.why if self.why is not None else key
        return parsed(interp, key, lambda name: Section(self, self.real[name].name), (configparser.Error,))

    def set_item(self, interp: Interpreter, key: Value, value: Value) -> None:
        self.write(interp, Arguments([{key: value}] if isinstance(key, str) else [key]), self.real.read_dict)

    def delete_item(self, interp: Interpreter, key: Value) -> None:
        self.write(interp, Arguments([key]), self.real.remove_section)

    def contains(self, interp: Interpreter, item: Value) -> Value:
        return self.why if self.why is not None else item if isinstance(item, Unknown) else item in self.real

    def keys(self, interp: Interpreter) -> list[Value] | Unknown:
        return self.why if self.why is not None else list(self.real)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return self.why if self.why is not None else iter(list(self.real))


class Section(Object):
    """`parser["name"]`: it reads from its parser and writes into it."""

    __slots__ = ("name", "parser")

    def __init__(self, parser: ConfigParser, name: str) -> None:
        self.parser = parser
        self.name = name

    def describe(self) -> str:
        return "a section of a configparser"

    def _real(self, interp: Interpreter) -> Any:
        return parsed(interp, self.name, lambda name: self.parser.real[name], (configparser.Error,))

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if self.parser.why is not None:
            return self.parser.why
        if name not in OF_A_SECTION:
            return super().get_attr(interp, name)
        if name in ("keys", "values", "items"):
            return _pure_result(name, lambda: list(getattr(self._real(interp), name)()))
        return self.name if name == "name" else _pure_result(name, getattr(self._real(interp), name))

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        if self.parser.why is not None or isinstance(key, Unknown):
            return self.parser.why if self.parser.why is not None else key
        return parsed(interp, key, lambda name: self._real(interp)[name], (configparser.Error,))

    def set_item(self, interp: Interpreter, key: Value, value: Value) -> None:
        self.parser.write(interp, Arguments([self.name, key, value]), self.parser.real.set)

    def delete_item(self, interp: Interpreter, key: Value) -> None:
        self.parser.write(interp, Arguments([self.name, key]), self.parser.real.remove_option)

    def contains(self, interp: Interpreter, item: Value) -> Value:
        keys = self.keys(interp)
        return keys if isinstance(keys, Unknown) else item if isinstance(item, Unknown) else item in self._real(interp)

    def keys(self, interp: Interpreter) -> list[Value] | Unknown:
        return self.parser.why if self.parser.why is not None else list(self._real(interp))

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        keys = self.keys(interp)
        return keys if isinstance(keys, Unknown) else iter(keys)

    def truth(self, interp: Interpreter) -> bool | Unknown:
        keys = self.keys(interp)
        return keys if isinstance(keys, Unknown) else bool(keys)


def _pure_result(name: str, function: Callable[..., Any]) -> Native:
    """A method of a real object that may raise errors of `configparser`."""

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        problem = first_problem(arguments)
        if problem is not None:
            return problem
        if any(isinstance(given, Object) for given in (*arguments.args, *arguments.kwargs.values())):
            return interp.unknown(f"{name} of a configparser with an object is not followed")
        return parsed(interp, "", lambda _: function(*arguments.args, **arguments.kwargs), (configparser.Error,))

    return Native(name, run)


class ConfigParserClass(NativeClass):
    """`ConfigParser` and its kin."""

    __slots__ = ("dotted", "name", "real")

    def __init__(self, real: type[configparser.RawConfigParser]) -> None:
        self.real = real
        self.name = real.__name__
        self.dotted = f"configparser.{real.__name__}"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        problem = first_problem(arguments)
        made = {name: _interpolation(value) for name, value in arguments.kwargs.items()}
        followed = not any(isinstance(value, Object) for value in (*arguments.args, *made.values()))
        if problem is not None or not followed:
            return first_of(problem, interp.unknown("a configparser with objects is not followed"))
        parser = call_pure(interp, self.real, Arguments(arguments.args, made))
        return parser if isinstance(parser, Unknown) else ConfigParser(parser)


class Interpolation(Object):
    """An object of `BasicInterpolation` or `ExtendedInterpolation`."""

    __slots__ = ("real",)

    def __init__(self, real: configparser.Interpolation) -> None:
        self.real = real

    def describe(self) -> str:
        return type(self.real).__name__


def _interpolation(value: Value) -> Value:
    return value.real if isinstance(value, Interpolation) else value


def configparser_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `configparser`."""
    errors = ("Error", "NoOptionError", "NoSectionError", "ParsingError", "DuplicateSectionError", "DuplicateOptionError")
    interpolations: dict[str, type[configparser.Interpolation]] = {
        "ExtendedInterpolation": configparser.ExtendedInterpolation,
        "BasicInterpolation": configparser.BasicInterpolation,
    }
    return {
        "ConfigParser": ConfigParserClass(configparser.ConfigParser),
        "RawConfigParser": ConfigParserClass(configparser.RawConfigParser),
        "SafeConfigParser": ConfigParserClass(configparser.ConfigParser),
        **{name: Native(name, lambda i, _, made=kind: Interpolation(made())) for name, kind in interpolations.items()},  # type: ignore[misc] # bound now
        **{name: getattr(configparser, name) for name in errors},
    }
