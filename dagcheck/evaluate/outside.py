"""Modules, and what is outside of the project: known by its import path, or made by a call of such."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.objects import MISSING, Arguments, Object, Raised, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


OF_IMPORT = frozenset({"__cached__", "__loader__", "__spec__"})
"""What Python's import gives to every module."""

_MAKERS = dict.fromkeys(
    ("sqlalchemy.orm.sessionmaker", "sqlalchemy.orm.scoped_session", "sqlalchemy.orm.session.sessionmaker"), "sqlalchemy.orm.Session"
)
"""What calling an object of a library makes, where that matters."""


class External(Object):
    """Something of a module that is not in the project and that we do not model, known by its import path alone."""

    __slots__ = ("dotted",)

    def __init__(self, dotted: str) -> None:
        self.dotted = dotted

    def describe(self) -> str:
        return self.dotted

    @property
    def name(self) -> str:
        return self.dotted.rpartition(".")[2]

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("__name__", "__qualname__"):
            return self.name
        return External(f"{self.dotted}.{name}")

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.call_external(self, arguments)

    def truth(self, interp: Interpreter) -> bool | Unknown:
        if interp.knowledge.installed(self.dotted) and not self.name.isupper():
            return True
        return interp.unknown(f"{self.dotted} is not in the project", "import", name=self.dotted)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return interp.unknown(f"{self.dotted} is not in the project", "import", name=self.dotted)

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return self if self.name[:1].isupper() else interp.unknown(f"{self.dotted} is not in the project", "import", name=self.dotted)

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        return interp.unknown(f"{self.dotted} is not in the project", "import", name=self.dotted)

    def enter(self, interp: Interpreter) -> Value:
        return interp.unknown(f"{self.dotted} is not in the project", "import", name=self.dotted)


class Opaque(Object):
    """An object made by calling something external: its class and arguments are known, what it does is not."""

    __slots__ = ("arguments", "dotted")

    def __init__(self, dotted: str, arguments: Arguments) -> None:
        self.dotted = dotted
        self.arguments = arguments

    def describe(self) -> str:
        return f"an object of {self.dotted}"

    def _unknown(self, interp: Interpreter) -> Unknown:
        return interp.unknown(f"{self.dotted} is not in the project", "import", name=self.dotted)

    def text(self, interp: Interpreter) -> str | Unknown:
        if self.dotted.startswith("airflow.") and self.dotted.endswith("Exception") and len(self.arguments.args) == 1:
            return interp.text(self.arguments.args[0])  # as of every exception
        return super().text(interp)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return OpaqueMethod(self, name)

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        made = _MAKERS.get(self.dotted)
        return super().call(interp, arguments) if made is None else Opaque(made, arguments)

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return self._unknown(interp)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return self._unknown(interp)

    def enter(self, interp: Interpreter) -> Value:
        return self

    def truth(self, interp: Interpreter) -> bool | Unknown:
        return self._unknown(interp)

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        return self._unknown(interp)


class OpaqueMethod(Object):
    """An attribute of an opaque object: calling it gives an Unknown (and tells the interpreter what was passed along)."""

    __slots__ = ("name", "owner")

    def __init__(self, owner: Opaque, name: str) -> None:
        self.owner = owner
        self.name = name

    def describe(self) -> str:
        return f"{self.owner.dotted}().{self.name}"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        from dagcheck.evaluate.stdlib.effects import effect_of_method

        effect = effect_of_method(self.owner.dotted, self.name, self.owner.arguments)
        if effect is not None:
            interp.note(effect, f"{self.owner.dotted}.{self.name}")
        interp.escape(arguments, self.describe(), self.owner.dotted)
        return interp.unknown(f"{self.describe()} is not in the project", "import", name=self.owner.dotted)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return OpaqueMethod(self.owner, f"{self.name}.{name}")

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return interp.unknown(f"{self.describe()} is not in the project", "import", name=self.owner.dotted)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return interp.unknown(f"{self.describe()} is not in the project", "import", name=self.owner.dotted)

    def truth(self, interp: Interpreter) -> bool | Unknown:
        return interp.unknown(f"{self.describe()} is not in the project", "import", name=self.owner.dotted)

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        return self.truth(interp)


class Module(Object):
    """A module: one of the project (with a path), or one that we model."""

    __slots__ = ("name", "namespace", "partial", "path", "resolve", "source", "stars")

    def __init__(
        self,
        name: str,
        namespace: dict[str, Value],
        path: str | None = None,
        resolve: Callable[[Interpreter, str], Value] | None = None,
    ) -> None:
        self.name = name
        self.namespace = namespace
        self.path = path
        self.resolve = resolve
        self.source: Any = None
        """The `Source` of a module of the project, for places."""
        self.stars: list[Value] = []
        """What was imported with `*` and cannot list its names: External, and modelled modules that resolve names one by one."""
        self.partial: Unknown | None = None
        """Set when the module's evaluation was cut short: names that are not there are then unknown."""

    def describe(self) -> str:
        return f"module {self.name}"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in self.namespace:
            return self.namespace[name]
        if name == "__dict__" and self.path is not None:
            return self.namespace
        if self.resolve is not None:
            value = self.resolve(interp, name)
            if value is not MISSING:
                self.namespace[name] = value
                return value
        found = self.from_stars(interp, name)
        if found is not MISSING:
            return found
        found = interp.submodule(self, name)
        if found is not None:
            return found
        getter = self.namespace.get("__getattr__")
        if isinstance(getter, Object):
            return interp.call_values(getter, name)
        if self.partial is not None:
            return self.partial
        blurred = interp.state.blurry(self.namespace)
        if blurred is not None:
            return blurred
        if name in OF_IMPORT:
            return interp.unknown(f"{name} of a module is not followed")
        from dagcheck.evaluate.stdlib import is_standard

        if is_standard(self.name):
            return interp.unknown(f"{self.name}.{name} is not followed")
        if self.path is not None and interp.knowledge.installed(self.name):  # Airflow looks into the folders of DAGs and plugins last
            return External(f"{self.name}.{name}")
        raise Raised(AttributeError(f"module {self.name!r} has no attribute {name!r}"), interp.here)

    def from_stars(self, interp: Interpreter, name: str) -> Value:
        """A name that an import with `*` may have brought; MISSING for none."""
        for star in reversed(self.stars):
            value = star.resolve(interp, name) if isinstance(star, Module) and star.resolve is not None else MISSING
            if isinstance(star, External) and not name.startswith("_"):
                value = External(f"{star.dotted}.{name}")
            if value is not MISSING:
                return value
        return MISSING

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        interp.state.touch(self.namespace)
        self.namespace[name] = value
