"""`enum`: members of plain enums are objects; those of enums over str or int are real texts and numbers that know their name."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate import operators
from dagcheck.evaluate.methods import Method
from dagcheck.evaluate.representations import representation
from dagcheck.evaluate.stdlib.builtin_types import TYPES, BuiltinType
from dagcheck.evaluate.stdlib.enum_flags import FLAG_METHODS, value_of
from dagcheck.evaluate.stdlib.modelling import Inert, natives
from dagcheck.evaluate.values import MISSING, Arguments, Class, Descriptor, Function, Instance, Native, NativeClass, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


class Auto(Object):
    """`auto()`; what is combined of several in the class body stands until their numbers are given."""

    __slots__ = ("number", "parts")

    def __init__(self, *parts: Value) -> None:
        self.parts = parts
        self.number: Value = None

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        return Auto(operator, other, self) if reflected else Auto(operator, self, other)

    def combined(self, interp: Interpreter) -> Value:
        """What `A | B` of two members is, now that they have numbers."""
        symbol, *sides = self.parts
        first, second = (side.settled(interp) if isinstance(side, Auto) else side for side in sides)
        return operators.binary(interp, symbol, first, second)

    def settled(self, interp: Interpreter) -> Value:
        """The number of a member, or what a combination within a larger one is."""
        return self.combined(interp) if self.parts and self.number is None else self.number


class Marked(Object):
    """`member(value)` or `nonmember(value)` in a class body."""

    __slots__ = ("is_member", "value")

    def __init__(self, value: Value, is_member: bool) -> None:
        self.value = value
        self.is_member = is_member


class MemberMixin:
    """What members that are texts or numbers have beside their value. They read as Python 3.11 and later have it."""

    enum_class: Class
    enum_attrs: dict[str, Value]
    shown: str

    def evaluator_method(self, interp: Interpreter, name: str) -> Value:
        """An attribute that the enum gives; MISSING for those of the text or number itself."""
        if name in self.enum_attrs:
            return self.enum_attrs[name]
        from dagcheck.evaluate.attributes import bind

        for cls in self.enum_class.mro:
            if isinstance(cls, Class) and name in cls.namespace:
                return bind(interp, cls.namespace[name], self, self.enum_class)
        return MISSING

    def evaluator_class(self) -> Class:
        return self.enum_class

    def evaluator_set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        interp.state.touch(self.enum_attrs)
        self.enum_attrs[name] = value

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return f"<{self.enum_class.name}.{self.enum_attrs['name']}: {self.enum_attrs['value']!r}>"

    def __format__(self, spec: str) -> str:
        return format(self.shown, spec)


class TextMember(MemberMixin, str):
    """A member of an enum over str."""


class NumberMember(MemberMixin, int):
    """A member of an enum over int. Those of flags are joined to such members again."""

    def __or__(self, other: int) -> int:
        return self._joined(int(self) | int(other))

    def __and__(self, other: int) -> int:
        return self._joined(int(self) & int(other))

    def __xor__(self, other: int) -> int:
        return self._joined(int(self) ^ int(other))

    __ror__, __rand__, __rxor__ = __or__, __and__, __xor__

    def __invert__(self) -> int:
        return self._joined(sum(one for one in self._single()) & ~int(self)) if is_flag(self.enum_class) else ~int(self)

    def __contains__(self, other: int) -> bool:
        return int(self) & int(other) == int(other)

    def _single(self) -> list[NumberMember]:
        members: Members = self.enum_class.special
        return [one for one in members.by_name.values() if isinstance(one, NumberMember) and int(one).bit_count() == 1]

    def _joined(self, value: int) -> int:
        if not is_flag(self.enum_class):
            return value
        members: Members = self.enum_class.special
        known = next((one for one in members.by_name.values() if isinstance(one, NumberMember) and int(one) == value), None)
        if known is not None:
            return known
        made = NumberMember(value)
        made.enum_class = self.enum_class
        name = "|".join(one.enum_attrs["name"] for one in self._single() if int(one) & value) or None
        made.enum_attrs = {"name": name, "value": value, "_name_": name, "_value_": value}
        plain = any(isinstance(base, EnumBase) and base.name == "IntFlag" for base in self.enum_class.mro)
        made.shown = str(value) if plain else f"{self.enum_class.name}.{name}" if name else f"<{self.enum_class.name}: {value}>"
        return made


class RealMember(MemberMixin, float):
    """A member of an enum over float."""


MIXED: dict[type, Any] = {str: TextMember, int: NumberMember, float: RealMember}


class Members:
    """The members of one enum class; kept as the class's `special`."""

    def __init__(self, cls: Class) -> None:
        self.cls = cls
        self.by_name: dict[str, Value] = {}

    def members(self, cls: Class) -> list[Value]:
        """The members in order, each once."""
        found: list[Value] = []
        for member in self.by_name.values():
            if not any(member is one for one in found):
                found.append(member)
        return found

    def member(self, interp: Interpreter, cls: Class, key: Value) -> Value:
        """`Color[name]`. Raises Raised(KeyError) for no such name."""
        if isinstance(key, Unknown):
            return key
        if key not in self.by_name:
            raise interp.raises(KeyError(key))
        return self.by_name[key]

    def construct(self, interp: Interpreter, cls: Class, arguments: Arguments) -> Value:
        """`Color(value)`. Raises Raised(ValueError) for no such value."""
        wanted = arguments.get(0, "value")
        if isinstance(wanted, Unknown):
            return wanted
        for member in self.members(cls):
            if member is wanted:
                return member
            equal = interp.truth(operators.binary(interp, "==", value_of(member), wanted))
            if equal is True:
                return member
            if isinstance(equal, Unknown):
                return equal
        fallback = written(cls, "_missing_")
        if fallback is not MISSING:
            found = interp.call_values(interp.class_attr(cls, "_missing_"), wanted)
            if found is not None:
                return found
        raise interp.raises(
            ValueError(f"{wanted!r} is not a valid {cls.name}" if not isinstance(wanted, Object) else f"not a valid {cls.name}")
        )


def is_flag(cls: Class) -> bool:
    """Whether the members of an enum are bits."""
    return any(isinstance(base, EnumBase) and base.flag for base in cls.mro)


def written(cls: Class, name: str) -> Value:
    """What the program's own classes define under a name; MISSING for nothing."""
    return next((base.namespace[name] for base in cls.mro if isinstance(base, Class) and name in base.namespace), MISSING)


class EnumBase(NativeClass):
    """`Enum` and its kin as bases. `real` is the data type of the members, `flag` makes `auto()` count in powers of two."""

    __slots__ = ("dotted", "flag", "name", "parent", "real")

    def __init__(self, name: str, real: type | None = None, flag: bool = False, parent: EnumBase | None = None) -> None:
        self.name = name
        self.dotted = f"enum.{name}"
        self.real = real
        self.flag = flag
        self.parent = parent

    def lookup(self, interp: Interpreter, name: str, owner: Value) -> Value:
        return Native(name, _converted) if name in ("_convert", "_convert_") else MISSING

    def ancestors(self) -> tuple[NativeClass, ...]:
        inherited: tuple[NativeClass, ...] = (TYPES[self.real.__name__],) if self.real is not None else ()
        return inherited if self.parent is None else (*inherited, self.parent)

    def adopt(self, interp: Interpreter, cls: Class, keywords: dict[str, Value]) -> None:
        """Make members of what the class body assigns."""
        if isinstance(cls.special, Members):
            return
        cls.special = members = Members(cls)
        real = next((base.real for base in cls.mro if isinstance(base, EnumBase | BuiltinType) and base.real in MIXED), None)
        values: list[Value] = []
        for name in assigned(cls):
            value = cls.namespace[name]
            if isinstance(value, Marked):
                value = value.value
            if isinstance(value, Auto):
                auto, value = value, value.combined(interp) if value.parts else self._next(interp, cls, name, values, real)
                auto.number = value
            values.append(value)
            members.by_name[name] = make_member(interp, cls, name, value, real)
        cls.namespace.update(members.by_name)
        cls.namespace["__members__"] = dict(members.by_name)

    def _next(self, interp: Interpreter, cls: Class, name: str, values: list[Value], real: type | None) -> Value:
        own = written(cls, "_generate_next_value_")
        if own is not MISSING:
            function = own.function if isinstance(own, Descriptor) else own
            return interp.call_values(function, name, 1, len(values), list(values))
        if real is str and self.name == "StrEnum":
            return name.lower()
        numbers = [value for value in values if isinstance(value, int)]
        if is_flag(cls):
            return 1 << max(numbers).bit_length() if numbers else 1
        return max(numbers) + 1 if numbers else 1

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        """`Enum("Color", "RED GREEN")`: a class made by a call."""
        name, given = arguments.get(0, "value"), arguments.get(1, "names")
        items = given.replace(",", " ").split() if isinstance(given, str) else interp.items(given)
        if not isinstance(name, str) or isinstance(items, Unknown):
            return interp.unknown("an enum whose names are not known")
        pairs = list(given.items()) if isinstance(given, dict) else [(item, Auto()) if isinstance(item, str) else item for item in items]
        if not all(isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs):
            return interp.unknown("an enum whose names are not known")
        node = ast.ClassDef(name, [], [], [], [])
        cls = Class(name, node, interp.frame.module, [self], dict(pairs))
        cls.mro = [cls, self, *self.ancestors()]
        self.adopt(interp, cls, {})
        return cls


def _converted(interp: Interpreter, arguments: Arguments) -> Value:
    """`IntEnum._convert_(name, module, filter)`: names of the module become members, and a name of it the class."""
    why = interp.unknown("an enum made of a module's names is not followed")
    interp.frame.module.partial = why
    return why


def assigned(cls: Class) -> list[str]:
    """The names of a class body that become members."""
    skipped = (Function, Descriptor, Class, Method, Native)
    plain = {name: value.value for name, value in cls.namespace.items() if isinstance(value, Marked) and not value.is_member}
    cls.namespace.update(plain)
    return [
        name for name, value in cls.namespace.items() if not name.startswith("_") and name not in plain and not isinstance(value, skipped)
    ]


def make_member(interp: Interpreter, cls: Class, name: str, value: Value, real: type | None) -> Value:
    """The member of that name; an earlier one with the same value is the same member."""
    special: Members = cls.special
    for earlier in special.by_name.values():
        if not isinstance(value, Unknown) and interp.truth(operators.binary(interp, "==", value_of(earlier), value)) is True:
            return earlier
    if real is not None and written(cls, "__new__") is MISSING and isinstance(value, real):
        return _mixed(interp, cls, name, value, real)
    member = Instance(cls)
    member.attrs.update({"name": name, "value": value, "_name_": name, "_value_": value})
    if written(cls, "__str__") is MISSING:
        cls.namespace.setdefault("__str__", Method("__str__", _shown))
    cls.namespace.setdefault("__repr__", Method("__repr__", _represented))
    if any(isinstance(base, EnumBase) and base.flag for base in cls.mro):
        for one, method in FLAG_METHODS.items():
            cls.namespace.setdefault(one, Method(one, method))
    maker, init = written(cls, "__new__"), written(cls, "__init__")
    given = list(value) if isinstance(value, tuple) else [value]
    if isinstance(maker, Function):
        made = interp.call_values(maker, cls, *given)
        if isinstance(made, Instance):
            member.attrs.update(made.attrs)
            member.attrs["value"] = made.attrs.get("_value_", value)
    if isinstance(init, Function):
        interp.call_values(interp.get_attr(member, "__init__"), *given)
    return member


def _mixed(interp: Interpreter, cls: Class, name: str, value: Value, real: type) -> Value:
    member = MIXED[real](value)
    member.enum_class = cls
    member.enum_attrs = {"name": name, "value": value, "_name_": name, "_value_": value}
    plain = any(isinstance(base, EnumBase) and base.real is real and base.name != "Flag" for base in cls.mro)
    member.shown = str(value) if plain else f"{cls.name}.{name}"
    own = written(cls, "__str__")
    if isinstance(own, Function):
        text = interp.text(interp.call_values(own, member))
        member.shown = text if isinstance(text, str) else member.shown
    if isinstance(written(cls, "__init__"), Function):
        interp.call_values(written(cls, "__init__"), member, value)
    return member


def _shown(interp: Interpreter, arguments: Arguments) -> Value:
    member = arguments.args[0]
    return f"{member.cls.name}.{member.attrs['name']}"


def _represented(interp: Interpreter, arguments: Arguments) -> Value:
    member = arguments.args[0]
    value = representation(interp, member.attrs["value"])
    return value if isinstance(value, Unknown) else f"<{member.cls.name}.{member.attrs['name']}: {value}>"


ENUM = EnumBase("Enum")
BASES = {
    "Enum": ENUM,
    "IntEnum": EnumBase("IntEnum", int, parent=ENUM),
    "StrEnum": EnumBase("StrEnum", str, parent=ENUM),
    "Flag": EnumBase("Flag", flag=True, parent=ENUM),
    "IntFlag": EnumBase("IntFlag", int, flag=True, parent=ENUM),
}


def _unique(interp: Interpreter, arguments: Arguments) -> Value:
    return arguments.get(0, "enumeration")


def enum_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `enum`."""
    functions: dict[str, Callable[[Any, Arguments], Value]] = {
        "auto": lambda i, _: Auto(),
        "member": lambda i, arguments: Marked(arguments.get(0, "value"), True),
        "nonmember": lambda i, arguments: Marked(arguments.get(0, "value"), False),
        "unique": _unique,
        "verify": lambda i, _: Native("verify", _unique),
    }
    extra = {name: Inert(f"enum.{name}") for name in ("UNIQUE", "CONTINUOUS", "EnumMeta", "EnumType", "KEEP", "STRICT")}
    return {
        **BASES,
        **natives(functions),
        **extra,
        "property": Native("property", lambda i, given: Descriptor("property", given.get(0, "fget"))),
    }
