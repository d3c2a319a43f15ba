"""`importlib`, `inspect`, `types`, `abc` and `gc`: modules by name, and what functions and classes say of themselves."""

from __future__ import annotations

import types
from pathlib import Path
from typing import TYPE_CHECKING

from dagcheck.evaluate.representations import representation
from dagcheck.evaluate.stdlib import files
from dagcheck.evaluate.stdlib.builtin_types import BuiltinType
from dagcheck.evaluate.stdlib.modelling import Inert, Maker, natives, unknown_names
from dagcheck.evaluate.stdlib.typing_names import InertBase
from dagcheck.evaluate.values import (
    MISSING,
    Arguments,
    BoundMethod,
    Class,
    Descriptor,
    External,
    Function,
    Instance,
    Module,
    Native,
    NativeClass,
    Object,
    Value,
)
from dagcheck.model.values import Unknown
from dagcheck.source.text import SourceError

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def _import_module(interp: Interpreter, arguments: Arguments) -> Value:
    name, package = arguments.get(0, "name"), arguments.get(1, "package")
    if not isinstance(name, str):
        return name if isinstance(name, Unknown) else interp.unknown("a module whose name is not known", "import")
    if name.startswith("."):
        if not isinstance(package, str):
            return interp.unknown("a relative import without its package", "import")
        level = len(name) - len(name.lstrip("."))
        parts = package.split(".")
        name = ".".join([*parts[: len(parts) - level + 1], name.lstrip(".")]).rstrip(".")
    return interp.import_module(name)


class Spec(Object):
    """What `importlib.util` finds: a module of the project by name, or a file to be loaded as one."""

    __slots__ = ("module", "name", "path")

    def __init__(self, name: str, path: Path | None) -> None:
        self.name = name
        self.path = path
        self.module: Module | None = None

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("name", "origin"):
            return self.name if name == "name" else str(self.path)
        if name == "loader":
            return self
        if name in ("exec_module", "load_module"):
            return Native(name, self._execute)
        return super().get_attr(interp, name)

    def _execute(self, interp: Interpreter, arguments: Arguments) -> Value:
        target = arguments.get(0, "module")
        if self.path is None:
            return interp.unknown("the file of a module is not known", "import")
        kind = files.kind_of(interp, str(self.path))
        if isinstance(kind, Unknown):
            return self._lose(target, kind)
        if kind != "file":
            raise interp.raises(FileNotFoundError(2, "No such file or directory", str(self.path)))
        try:
            source = interp.project.source(self.path)
        except SourceError as error:
            raise interp.raises(SyntaxError(error.message)) from None
        loaded = interp.run_module(source, self.name)
        if isinstance(target, Module):
            target.namespace.update(loaded.namespace)
            target.path, target.source = loaded.path, loaded.source
        return loaded

    @staticmethod
    def _lose(target: Value, why: Unknown) -> Unknown:
        if isinstance(target, Module):
            target.partial = why
        return why


def _spec_from_file(interp: Interpreter, arguments: Arguments) -> Value:
    name, place = arguments.get(0, "name"), files.locate(interp, arguments.get(1, "location"))
    if isinstance(place, Unknown) or not isinstance(name, str):
        return place if isinstance(place, Unknown) else interp.unknown("a module whose name is not known", "import")
    return Spec(name, place)


def _module_from_spec(interp: Interpreter, arguments: Arguments) -> Value:
    spec = arguments.get(0, "spec")
    return (
        Module(spec.name, {"__name__": spec.name}) if isinstance(spec, Spec) else interp.unknown("a module that is not followed", "import")
    )


def _find_spec(interp: Interpreter, arguments: Arguments) -> Value:
    name = arguments.get(0, "name")
    if not isinstance(name, str):
        return interp.unknown("a module whose name is not known", "import")
    found = interp.import_module(name)
    if isinstance(found, External):
        return interp.unknown(f"whether {name} is installed", "import", name=name)
    return Spec(name, None)


def importlib_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `importlib`."""
    return {
        **natives({"import_module": _import_module, "reload": lambda i, arguments: arguments.get(0, "module")}),
        "invalidate_caches": Inert("importlib.invalidate_caches"),
        "util": Module("importlib.util", util_names(interp)),
        "machinery": Module("importlib.machinery", machinery_names(interp)),
        "metadata": Module("importlib.metadata", metadata_names(interp)),
    }


def util_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `importlib.util`."""
    return natives({"spec_from_file_location": _spec_from_file, "module_from_spec": _module_from_spec, "find_spec": _find_spec})


def machinery_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `importlib.machinery`."""
    return natives({"SourceFileLoader": _spec_from_file})


def metadata_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `importlib.metadata`."""
    return {
        **unknown_names("version distribution metadata entry_points distributions", "environment", "importlib.metadata"),
        "PackageNotFoundError": ImportError,
    }


def _is(*kinds: type) -> Maker:
    def run(interp: Interpreter, arguments: Arguments) -> Value:
        value = arguments.get(0, "object")
        return value if isinstance(value, Unknown) else isinstance(value, kinds)

    return run


def _get_members(interp: Interpreter, arguments: Arguments) -> Value:
    owner, test = arguments.get(0, "object"), arguments.get(1, "predicate")
    found = _members(owner)
    if found is None:
        return interp.unknown("inspect.getmembers() of this value is not followed")
    kept = []
    for name, value in sorted(found.items()):
        verdict = True if test is None else interp.truth(interp.call_values(test, value))
        if isinstance(verdict, Unknown):
            return verdict
        if verdict:
            kept.append((name, value))
    return kept


def _members(owner: Value) -> dict[str, Value] | None:
    if isinstance(owner, Module):
        return {name: value for name, value in owner.namespace.items() if name != "__builtins__"}
    if isinstance(owner, Class):
        return {name: value for cls in reversed(owner.mro) if isinstance(cls, Class) for name, value in cls.namespace.items()}
    if isinstance(owner, Instance) and isinstance(owner.cls, Class):
        return {**(_members(owner.cls) or {}), **owner.attrs}
    return None


class Signature(Object):
    """`inspect.signature(f)`: the names of its parameters."""

    __slots__ = ("names",)

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name == "parameters":
            return {one: interp.unknown("a parameter is not followed") for one in self.names}
        return super().get_attr(interp, name)


def _signature(interp: Interpreter, arguments: Arguments) -> Value:
    value, skip = arguments.get(0, "obj"), 0
    while isinstance(value, BoundMethod):
        value, skip = value.function, 1
    if not isinstance(value, Function):
        return interp.unknown("the signature of this value is not followed")
    spec = value.node.args
    extra = [one for one in (spec.vararg, spec.kwarg) if one is not None]
    names = [one.arg for one in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *extra)]
    return Signature(names[skip:])


def _get_doc(interp: Interpreter, arguments: Arguments) -> Value:
    import inspect

    text = interp.get_attr(arguments.get(0, "object"), "__doc__")
    return inspect.cleandoc(text) if isinstance(text, str) else text


def _get_module(interp: Interpreter, arguments: Arguments) -> Value:
    value = arguments.get(0, "object")
    return value.module if isinstance(value, Function | Class) else interp.unknown("the module of this value is not followed")


def _get_file(interp: Interpreter, arguments: Arguments) -> Value:
    value = arguments.get(0, "object")
    module = value if isinstance(value, Module) else getattr(value, "module", None)
    path = module.path if isinstance(module, Module) else None
    return interp.unknown("the file of this value is not followed", "environment") if path is None else path


def inspect_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `inspect`."""
    return {
        **natives(
            {
                "isclass": _is(Class, NativeClass, type), "isfunction": _is(Function), "ismethod": _is(BoundMethod), "ismodule": _is(Module),
                "isroutine": _is(Function, BoundMethod, Native), "isdatadescriptor": _is(Descriptor), "getmembers": _get_members,
                "signature": _signature, "getdoc": _get_doc, "getmodule": _get_module, "getfile": _get_file, "getsourcefile": _get_file,
                "isgeneratorfunction": lambda i, arguments: getattr(arguments.get(0, "object"), "is_generator", False),
                "cleandoc": lambda i, arguments: i.get_attr(arguments.get(0, "doc"), "strip"),
            }
        ),
        **unknown_names("currentframe stack getsource getsourcelines getframeinfo trace isabstract iscoroutinefunction", "environment", "inspect"),
    }  # fmt: skip


def _shown_namespace(interp: Interpreter, arguments: Arguments) -> Value:
    value = arguments.get(0, "self")
    shown = {name: representation(interp, item) for name, item in value.attrs.items()}
    why = next((one for one in shown.values() if isinstance(one, Unknown)), None)
    return f"namespace({', '.join(f'{name}={text}' for name, text in shown.items())})" if why is None else why


class NamespaceClass(NativeClass):
    """`types.SimpleNamespace`, `argparse.Namespace`: an object with the given attributes."""

    __slots__ = ()
    name = "SimpleNamespace"
    dotted = "types.SimpleNamespace"

    def new(self, interp: Interpreter, cls: Class | NativeClass, arguments: Arguments) -> Value:
        instance = Instance(cls)
        instance.attrs.update(arguments.kwargs)
        return instance

    def lookup(self, interp: Interpreter, name: str, owner: Value) -> Value:
        return Native(name, _shown_namespace) if name == "__repr__" else MISSING


def _module_type(interp: Interpreter, arguments: Arguments) -> Value:
    name = arguments.get(0, "name")
    return Module(str(name), {"__name__": name})


class KindOf(NativeClass):
    """`types.FunctionType` and its kin: a type to ask for."""

    __slots__ = ("dotted", "kinds", "name")

    def __init__(self, name: str, *kinds: type) -> None:
        self.name = name
        self.dotted = f"types.{name}"
        self.kinds = kinds

    def tests(self, interp: Interpreter, value: Value) -> bool | Unknown:
        """isinstance(value, this type)."""
        return value if isinstance(value, Unknown) else isinstance(value, self.kinds)


NONE = BuiltinType(types.NoneType)


def types_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `types`."""
    return {
        "SimpleNamespace": NamespaceClass(),
        "MappingProxyType": Native("MappingProxyType", lambda i, arguments: arguments.get(0, "mapping")),
        "ModuleType": KindOf("ModuleType", Module),
        "FunctionType": KindOf("FunctionType", Function),
        "LambdaType": KindOf("LambdaType", Function),
        "MethodType": KindOf("MethodType", BoundMethod),
        "BuiltinFunctionType": KindOf("BuiltinFunctionType", Native),
        "NoneType": NONE,
        "TracebackType": KindOf("TracebackType"),
        "GeneratorType": KindOf("GeneratorType"),
        "UnionType": KindOf("UnionType"),
        "GenericAlias": KindOf("GenericAlias"),
    }


def _abstract(interp: Interpreter, arguments: Arguments) -> Value:
    function = arguments.get(0, "funcobj")
    if isinstance(function, Function):
        function.attrs["__isabstractmethod__"] = True
    return function


class AbstractBase(InertBase):
    """`ABC`, `ABCMeta`: what derives from it and leaves something abstract makes no objects."""

    refuses_abstract = True


def abc_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `abc`."""
    kinds = {"abstractproperty": "property", "abstractclassmethod": "classmethod", "abstractstaticmethod": "staticmethod"}
    return {
        "ABC": AbstractBase("ABC"),
        "ABCMeta": AbstractBase("ABCMeta"),
        "abstractmethod": Native("abstractmethod", _abstract),
        **natives({name: _described(kind) for name, kind in kinds.items()}),
    }


def _described(kind: str) -> Maker:
    return lambda interp, arguments: Descriptor(kind, arguments.get(0, "fget"))
