"""`yaml` and `ruamel.yaml`: loaded with PyYAML's safe loader whatever loader is named; tags of the program's own give unknown values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.stdlib.data_formats import parsed
from dagcheck.evaluate.stdlib.modelling import Inert, InertClass, natives
from dagcheck.evaluate.stdlib.open_files import read_all
from dagcheck.evaluate.values import Arguments, Lazy, Module, Native, Object, Value, first_of
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

MAX_MERGED = 100_000
"""Pairs that the merge keys (`<<`) of one document may bring in."""


class TooMuch(Exception):
    """A document whose merge keys multiply beyond all bounds."""


def _loader(interp: Interpreter) -> type[Any]:
    """A safe loader that bounds merges and gives an Unknown for a tag that it does not know."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc] # one of two classes of PyYAML
        merged = 0

        def flatten_mapping(self, node: Any) -> None:
            super().flatten_mapping(node)
            self.merged += len(node.value)
            if self.merged > MAX_MERGED:
                raise TooMuch("merge keys bring in too many pairs")

    Loader.add_multi_constructor("", lambda loader, tag, node: interp.unknown(f"the YAML tag !{tag.lstrip('!')} is not followed"))
    return Loader


def too_deep(text: str | bytes, limit: int = 200) -> bool:
    """True if a document may be nested deeper than a parser in C can bear: by brackets, by dashes in a row or by indentation."""
    source = text if isinstance(text, str) else text.decode("utf-8", "replace")
    depth = deepest = 0
    for char in re.findall(r"[\[\]{}]", source):
        depth += 1 if char in "[{" else -1
        deepest = max(deepest, depth)
    columns = {len(line) - len(line.lstrip(" ")) for line in source.split("\n")}
    return deepest > limit or len(columns) > limit or "- " * limit in source or "? " * limit in source


def _load_text(interp: Interpreter, text: Value, many: bool) -> Value:
    import yaml

    if isinstance(text, Unknown):
        return text
    if too_deep(text):
        return interp.unknown("a YAML document that is nested too deeply", "budget")
    loader = _loader(interp)

    def parse(data: str | bytes) -> Any:
        return list(yaml.load_all(data, loader)) if many else yaml.load(data, loader)

    try:
        return parsed(interp, text, parse, (yaml.YAMLError,))
    except RecursionError:
        return interp.unknown("a YAML document that is nested too deeply", "budget")


def _load(interp: Interpreter, arguments: Arguments) -> Value:
    try:
        return _load_text(interp, read_all(interp, arguments.get(0, "stream")), many=False)
    except TooMuch as error:
        return interp.unknown(f"YAML: {error}", "budget")


def _load_all(interp: Interpreter, arguments: Arguments) -> Value:
    found = _load_text(interp, read_all(interp, arguments.get(0, "stream")), many=True)
    return Lazy(iter(found), "yaml documents") if isinstance(found, list) else found


def _dump(interp: Interpreter, arguments: Arguments) -> Value:
    from dagcheck.evaluate.operators import first_unknown, is_known

    data = arguments.get(0, "data")
    why = first_unknown(interp, data)
    if why is not None or not is_known(data) or len(arguments.args) > 1:
        return first_of(why, interp.unknown("yaml.dump() of objects is not followed"))
    import yaml

    options = {name: value for name, value in arguments.kwargs.items() if not isinstance(value, Object | Unknown)}
    return parsed(interp, "", lambda _: yaml.safe_dump(data, **options), (yaml.YAMLError,))


def yaml_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `yaml`."""
    import yaml

    loaders = (
        "SafeLoader",
        "FullLoader",
        "Loader",
        "UnsafeLoader",
        "CSafeLoader",
        "CLoader",
        "BaseLoader",
        "CFullLoader",
        "Dumper",
        "SafeDumper",
        "CSafeDumper",
    )
    inert = ("add_constructor", "add_multi_constructor", "add_representer", "add_implicit_resolver", "YAMLObject")
    errors = {name: getattr(yaml, name) for name in ("YAMLError",)} | {
        name: getattr(getattr(yaml, module), name)
        for module, name in (("scanner", "ScannerError"), ("parser", "ParserError"), ("constructor", "ConstructorError"))
    }
    modules = {name: Module(f"yaml.{name}", dict(errors)) for name in ("scanner", "parser", "constructor", "error")}
    loads = dict.fromkeys(("load", "safe_load", "full_load", "unsafe_load"), _load)
    return {
        **natives({**loads, **dict.fromkeys(("load_all", "safe_load_all", "full_load_all"), _load_all), "dump": _dump, "safe_dump": _dump}),
        **{name: InertClass(f"yaml.{name}") for name in loaders},
        **{name: Inert(f"yaml.{name}") for name in inert},
        **errors,
        **modules,
    }


class RuamelYaml(Object):
    """`ruamel.yaml.YAML()`."""

    __slots__ = ()

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("load", "load_all"):
            return Native(name, _ruamel_load if name == "load" else _load_all)
        return Inert(f"YAML.{name}")


def _ruamel_load(interp: Interpreter, arguments: Arguments) -> Value:
    from pathlib import PurePath

    from dagcheck.evaluate.stdlib import files

    source = arguments.get(0, "stream")
    return _load_text(interp, files.read_text(interp, source), many=False) if isinstance(source, PurePath) else _load(interp, arguments)


def ruamel_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `ruamel.yaml`."""
    return {**yaml_names(interp), "YAML": Native("YAML", lambda i, _: RuamelYaml())}
