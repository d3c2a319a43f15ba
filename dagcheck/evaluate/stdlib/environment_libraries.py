"""`environs`, `decouple` and `dotenv`: environment variables with a type."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.stdlib.environment import environment
from dagcheck.evaluate.stdlib.modelling import Inert, natives
from dagcheck.evaluate.values import MISSING, PYTHON_ERRORS, Arguments, Native, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

TRUE = frozenset({"1", "true", "yes", "on", "t", "y"})


def _truth(text: str) -> bool:
    return text.strip().lower() in TRUE


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text else []


READERS: dict[str, Callable[[str], Any]] = {"str": str, "int": int, "float": float, "bool": _truth, "list": _list, "json": json.loads}


def _read(reader: str, interp: Interpreter, arguments: Arguments) -> Value:
    """A variable as a type; its default where nobody told us the variable."""
    name = arguments.get(0, "name")
    found = environment(interp).look(interp, name, arguments.get(1, "default", MISSING))
    if not isinstance(found, str) or name not in environment(interp).known:
        return found
    if reader not in READERS:
        return interp.unknown(f"an environment variable read as {reader} is not followed", "environment", name=str(name))
    try:
        return READERS[reader](found)
    except PYTHON_ERRORS as error:
        raise interp.raises(error) from None


class Env(Object):
    """`environs.Env()`."""

    __slots__ = ()

    def describe(self) -> str:
        return "environs.Env()"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return _read("str", interp, arguments)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("read_env", "seal", "add_parser"):
            return Inert(f"Env.{name}")
        return Native(f"Env.{name}", partial(_read, name))


def environs_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `environs`."""
    return {"Env": Native("Env", lambda i, _: Env()), "EnvError": ValueError, "env": Env()}


def _config(interp: Interpreter, arguments: Arguments) -> Value:
    found = environment(interp).look(interp, arguments.get(0, "option"), arguments.get(1, "default", MISSING))
    cast = arguments.get(2, "cast")
    if isinstance(found, Unknown) or cast is None:
        return found
    return _truth(found) if getattr(cast, "real", None) is bool and isinstance(found, str) else interp.call_values(cast, found)


def decouple_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `decouple`."""
    return natives({"config": _config})


def dotenv_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `dotenv`: what a `.env` file would add is not known."""
    return {
        **{name: Inert(f"dotenv.{name}") for name in ("load_dotenv", "find_dotenv", "set_key")},
        **natives({"dotenv_values": lambda i, _: i.unknown("the values of a .env file", "environment")}),
    }
