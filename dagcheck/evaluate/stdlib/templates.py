"""`jinja2`: templates rendered in Jinja's sandbox, with loops, powers and texts bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.operators import first_unknown, is_known
from dagcheck.evaluate.stdlib import files
from dagcheck.evaluate.stdlib.modelling import InertClass, Maker, natives
from dagcheck.evaluate.values import PYTHON_ERRORS, Arguments, Native, NativeClass, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

MAX_ROUNDS = 100_000
MAX_LENGTH = 2_000_000
OPTIONS = frozenset({
    "trim_blocks", "lstrip_blocks", "keep_trailing_newline", "variable_start_string", "variable_end_string", "block_start_string", "block_end_string",
    "comment_start_string", "comment_end_string", "line_statement_prefix", "line_comment_prefix", "newline_sequence", "autoescape",
})  # fmt: skip


class TooMuch(Exception):
    """A template that loops or grows beyond all bounds."""


def environment(interp: Interpreter, options: dict[str, Any]) -> Any:
    """A sandboxed Jinja environment whose loops count their rounds."""
    import jinja2
    from jinja2 import nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Bounded(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"**", "*", "+"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            return _binary(super().call_binop, context, operator, left, right)

        def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
            tree = super()._parse(source, name, filename)
            for loop in list(tree.find_all(nodes.For)):
                loop.iter = nodes.Filter(loop.iter, "bounded_loop", [], [], None, None)
            if any(True for _ in tree.find_all(nodes.Concat)):
                raise TooMuch("a template that joins texts with ~ is not followed")
            tree.set_environment(self)
            return tree

    made = Bounded(undefined=jinja2.Undefined, **options)
    rounds = [0]

    def bounded_loop(items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            rounds[0] += 1
            interp.budget.step(20)
            if rounds[0] > MAX_ROUNDS:
                raise TooMuch("a template that loops very often")
            yield item

    made.filters["bounded_loop"] = bounded_loop
    for name in ("center", "random", "indent", "format"):
        del made.filters[name]
    del made.globals["lipsum"]
    return made


def _binary(compute: Any, context: Any, operator: str, left: Any, right: Any) -> Any:
    size = (len(left) if isinstance(left, str | list | tuple) else 1) * (right if isinstance(right, int) else 1)
    if operator == "**" or size > MAX_LENGTH or (isinstance(left, str) and isinstance(right, str) and len(left) + len(right) > MAX_LENGTH):
        raise TooMuch("a template that computes very large values")
    return compute(context, operator, left, right)


def render(interp: Interpreter, jinja: Any, text: str, values: dict[str, Value]) -> Value:
    """The text of a template with these values; Unknown where it needs something unknown. Raises Raised where rendering would raise."""
    import jinja2
    from jinja2 import meta

    try:
        used = meta.find_undeclared_variables(jinja.parse(text))
    except (jinja2.TemplateError, TooMuch) as error:
        return _failed(interp, error)
    for name in used:
        why = first_unknown(interp, values.get(name))
        if why is not None:
            return why
    known = {name: values[name] for name in used if name in values}
    if not all(is_known(value) for value in known.values()):
        return interp.unknown("a template over objects is not followed")
    if {"caller", "super"} & used:
        return interp.unknown("a template with macros of other files is not followed")
    try:
        parts = []
        for part in jinja.from_string(text).generate(known):
            parts.append(part)
            interp.budget.step()
            if len(parts) % 64 == 0 and sum(map(len, parts)) > MAX_LENGTH:
                return interp.unknown("a very long text", "budget")
        return "".join(parts)
    except (*PYTHON_ERRORS, TooMuch, jinja2.TemplateError) as error:
        return _failed(interp, error)


def _failed(interp: Interpreter, error: Exception) -> Value:
    from jinja2 import TemplateSyntaxError, UndefinedError

    if isinstance(error, TooMuch):
        return interp.unknown(str(error), "budget")
    if isinstance(error, (UndefinedError, TemplateSyntaxError, *PYTHON_ERRORS)):
        raise interp.raises(error)
    return interp.unknown(f"jinja2: {type(error).__name__}")


class Template(Object):
    """A Jinja template of known text."""

    __slots__ = ("jinja", "text_of", "variables")

    def __init__(self, jinja: Any, text: str, variables: dict[str, Value]) -> None:
        self.jinja = jinja
        self.text_of = text
        self.variables = variables

    def describe(self) -> str:
        return "a template"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return Native("render", self._render) if name == "render" else super().get_attr(interp, name)

    def _render(self, interp: Interpreter, arguments: Arguments) -> Value:
        why = arguments.unknown_unpacking()
        if why is not None:
            return why
        given = arguments.args[0] if arguments.args else {}
        values = {**self.variables, **(given if isinstance(given, dict) else {}), **arguments.kwargs}
        return render(interp, self.jinja, self.text_of, values)


def _options(interp: Interpreter, arguments: Arguments) -> dict[str, Any]:
    return {name: value for name, value in arguments.kwargs.items() if name in OPTIONS and not isinstance(value, Object | Unknown)}


class TemplateClass(NativeClass):
    """`jinja2.Template`."""

    __slots__ = ()
    name = "Template"
    dotted = "jinja2.Template"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        text = arguments.get(0, "source")
        if not isinstance(text, str):
            return text if isinstance(text, Unknown) else interp.unknown("a template whose text is not known")
        return Template(environment(interp, _options(interp, arguments)), text, {})


class Environment(Object):
    """`jinja2.Environment` with a loader over folders or a dict."""

    __slots__ = ("filters", "jinja", "loader", "variables")

    def __init__(self, jinja: Any, loader: Value) -> None:
        self.jinja = jinja
        self.loader = loader
        self.variables: dict[str, Value] = {}
        self.filters: dict[str, Value] = {}

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        methods = {"get_template": self._get_template, "from_string": self._from_string}
        if name in methods:
            return Native(name, methods[name])
        return (
            {"globals": self.variables, "filters": self.filters}.get(name)
            if name in ("globals", "filters")
            else super().get_attr(interp, name)
        )

    def _from_string(self, interp: Interpreter, arguments: Arguments) -> Value:
        return self._template(interp, arguments.get(0, "source"))

    def _template(self, interp: Interpreter, text: Value) -> Value:
        if not isinstance(text, str) or self.filters:
            return text if isinstance(text, Unknown) else interp.unknown("a template with filters of the program is not followed")
        if any(tag in text for tag in ("include", "extends", "import")) and "{%" in text:
            return interp.unknown("a template that includes others is not followed")
        return Template(self.jinja, text, self.variables)

    def _get_template(self, interp: Interpreter, arguments: Arguments) -> Value:
        name = arguments.get(0, "name")
        if not isinstance(name, str) or self.loader is None:
            return name if isinstance(name, Unknown) else interp.unknown("a template of an unknown loader")
        if isinstance(self.loader, dict):
            return self._template(interp, self.loader.get(name))
        for folder in self.loader if isinstance(self.loader, list) else []:
            place = folder if isinstance(folder, Unknown) else f"{files.path_text(interp, folder)}/{name}"
            kind = files.kind_of(interp, place)
            if isinstance(kind, Unknown):
                return kind
            if kind == "file":
                text = files.read_text(interp, place)
                return self._template(interp, text.removesuffix("\n") if isinstance(text, str) else text)
        raise interp.raises(LookupError(name))


class EnvironmentClass(NativeClass):
    """`jinja2.Environment` and its sandboxed kin."""

    __slots__ = ()
    name = "Environment"
    dotted = "jinja2.Environment"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return Environment(environment(interp, _options(interp, arguments)), arguments.get(None, "loader"))


def _file_loader(interp: Interpreter, arguments: Arguments) -> Value:
    path = arguments.get(0, "searchpath")
    return list(path) if isinstance(path, list | tuple) else [path]


def _dict_loader(interp: Interpreter, arguments: Arguments) -> Value:
    return arguments.get(0, "mapping")


def _base_loader(interp: Interpreter, arguments: Arguments) -> Value:
    return []


def jinja_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `jinja2`."""
    import jinja2

    loaders: dict[str, Maker] = {"FileSystemLoader": _file_loader, "DictLoader": _dict_loader, "BaseLoader": _base_loader}
    errors = {name: getattr(jinja2, name) for name in ("TemplateError", "TemplateNotFound", "UndefinedError", "TemplateSyntaxError")}
    return {
        "Template": TemplateClass(),
        "Environment": EnvironmentClass(),
        **natives(loaders),
        **errors,
        **{name: InertClass(f"jinja2.{name}") for name in ("Undefined", "StrictUndefined", "ChainableUndefined", "DebugUndefined")},
        "select_autoescape": Native("select_autoescape", lambda i, _: False),
        "PackageLoader": Native("PackageLoader", lambda i, _: None),
        "pass_context": Native("pass_context", lambda i, arguments: arguments.args[0]),
    }


def sandbox_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `jinja2.sandbox`."""
    return {name: EnvironmentClass() for name in ("SandboxedEnvironment", "ImmutableSandboxedEnvironment")}


def native_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `jinja2.nativetypes`."""
    return natives({name: lambda i, _: i.unknown("native templates are not followed") for name in ("NativeEnvironment", "NativeTemplate")})
