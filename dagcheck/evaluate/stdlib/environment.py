"""Environment variables: known where the configuration says so or the program sets them, else their default argument, else unknown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.evaluate.values import MISSING, Arguments, Native, Object, Value, describe
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


class Environment(Object):
    """`os.environ`. `known` are the variables whose values are known."""

    __slots__ = ("known",)

    def __init__(self, known: dict[str, Value]) -> None:
        self.known = known

    def describe(self) -> str:
        return "os.environ"

    def look(self, interp: Interpreter, name: Value, default: Value = MISSING) -> Value:
        """The variable's value, else the default, else an Unknown that names the variable."""
        if isinstance(name, Unknown):
            return name
        if not isinstance(name, str):
            raise interp.raises(TypeError(f"str expected, not {describe(name)}"))
        if name in self.known:
            return self.known[name]
        return unset(interp, name) if default is MISSING else default

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        method = {"get": self._get, "pop": self._pop, "setdefault": self._setdefault, "update": self._update, "copy": self._copy}.get(name)
        if method is not None:
            return Native(f"os.environ.{name}", method)
        if name in ("keys", "values", "items"):
            return Native(f"os.environ.{name}", lambda i, _: i.unknown("all environment variables", "environment"))
        return super().get_attr(interp, name)

    def _get(self, interp: Interpreter, arguments: Arguments) -> Value:
        return self.look(interp, arguments.get(0, "key"), arguments.get(1, "default", MISSING))

    def _pop(self, interp: Interpreter, arguments: Arguments) -> Value:
        found = self._get(interp, arguments)
        self.delete_item(interp, arguments.get(0, "key"))
        return found

    def _setdefault(self, interp: Interpreter, arguments: Arguments) -> Value:
        value = self.look(interp, arguments.get(0, "key"), arguments.get(1, "value"))
        self.set_item(interp, arguments.get(0, "key"), value)
        return value

    def _update(self, interp: Interpreter, arguments: Arguments) -> Value:
        given = arguments.get(0, "other", {})
        for key, value in {**(given if isinstance(given, dict) else {}), **arguments.kwargs}.items():
            self.set_item(interp, key, value)
        return None

    def _copy(self, interp: Interpreter, arguments: Arguments) -> Value:
        return Environment(dict(self.known))

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return self.look(interp, key)

    def set_item(self, interp: Interpreter, key: Value, value: Value) -> None:
        if isinstance(key, str):
            interp.state.touch(self.known)
            self.known[key] = value

    def delete_item(self, interp: Interpreter, key: Value) -> None:
        if key in self.known:
            interp.state.touch(self.known)
            del self.known[key]

    def contains(self, interp: Interpreter, item: Value) -> Value:
        value = self.look(interp, item)
        return value if isinstance(value, Unknown) else True

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return interp.unknown("all environment variables", "environment")

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        return interp.unknown("all environment variables", "environment") if operator == "|" else NotImplemented


def environment(interp: Interpreter) -> Environment:
    """The environment variables of this evaluation, one object for all who ask."""
    found = getattr(interp, "environment", None)
    if not isinstance(found, Environment):
        found = Environment(dict(interp.env))
        interp.environment = found
    return found


def unset(interp: Interpreter, name: Value) -> Unknown:
    """The value of a variable that nobody told us."""
    return interp.unknown(f"the environment variable {name} is not known", "environment", name=str(name))


def getenv(interp: Interpreter, arguments: Arguments) -> Value:
    """`os.getenv`."""
    return environment(interp).look(interp, arguments.get(0, "key"), arguments.get(1, "default", MISSING))
