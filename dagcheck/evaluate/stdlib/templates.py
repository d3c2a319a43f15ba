"""`jinja2`: templates rendered in Jinja's sandbox, with loops, powers and texts bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.operators import first_unknown, is_known
from dagcheck.evaluate.stdlib import files
from dagcheck.evaluate.stdlib.modelling import InertClass, Maker, natives, taken
from dagcheck.evaluate.values import PYTHON_ERRORS, Arguments, BoundMethod, Function, Native, NativeClass, Object, Value, first_of
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

MAX_LENGTH = 2_000_000
OPTIONS = frozenset({
    "trim_blocks", "lstrip_blocks", "keep_trailing_newline", "variable_start_string", "variable_end_string", "block_start_string", "block_end_string",
    "comment_start_string", "comment_end_string", "line_statement_prefix", "line_comment_prefix", "newline_sequence", "autoescape",
})  # fmt: skip


WITHOUT_EFFECT = frozenset({"loader", "undefined", "cache_size", "auto_reload", "bytecode_cache", "optimized", "enable_async"})
"""Options of an environment that are followed elsewhere, or change nothing of what a template gives."""
UNDEFINED = ("Undefined", "StrictUndefined", "ChainableUndefined", "DebugUndefined")


class NotKnown(Exception):
    """A template asks for something that is not known."""

    def __init__(self, why: Unknown) -> None:
        super().__init__(why.reason)
        self.why = why


def environment(interp: Interpreter, options: dict[str, Any]) -> Any:
    """A sandboxed Jinja environment in which whatever takes time or memory is counted."""
    import jinja2

    from dagcheck.evaluate.jinja_bounds import bounded_environment

    made: Any = bounded_environment()(**{"undefined": jinja2.Undefined, **options})
    made.on_round = lambda: interp.budget.step(20)
    del made.filters["random"], made.globals["lipsum"]
    return made


def render(interp: Interpreter, jinja: Any, text: str, values: dict[str, Value]) -> Value:
    """The text of a template with these values; Unknown where it needs something unknown. Raises Raised where rendering would raise."""
    import jinja2

    try:
        jinja.begin()
        used = _names_used(interp, jinja, text, ())
        for name in used:
            why = first_unknown(interp, values.get(name))
            if why is not None:
                return why
        known = {name: _as_jinja_sees(interp, values[name]) for name in used if name in values}
        if not all(is_known(value) for value in known.values()):
            return interp.unknown("a template over objects is not followed")
        parts = []
        for part in jinja.from_string(text).generate(known):
            parts.append(part)
            interp.budget.step()
            if len(parts) % 64 == 0 and sum(map(len, parts)) > MAX_LENGTH:
                return interp.unknown("a very long text", "budget")
        return "".join(parts)
    except (*PYTHON_ERRORS, NotKnown, RecursionError, jinja2.TemplateError) as error:
        return _failed(interp, error)


def _names_used(interp: Interpreter, jinja: Any, text: str, above: tuple[str, ...]) -> set[str]:
    """The names that a template, and those that it includes, imports or extends, take from outside."""
    from jinja2 import meta

    interp.budget.step(50)
    tree = jinja.parse(text)
    used: set[str] = meta.find_undeclared_variables(tree) - {"super", "caller"}
    for name in dict.fromkeys(meta.find_referenced_templates(tree)):
        if name is None or name in above or jinja.loader is None:
            raise NotKnown(interp.unknown("a template that includes others by a name that is not known, or itself, is not followed"))
        used |= _names_used(interp, jinja, jinja.loader.get_source(jinja, name)[0], (*above, name))
    return used


def _as_jinja_sees(interp: Interpreter, value: Value) -> Any:
    return callable_by_templates(interp, value) if isinstance(value, Function | BoundMethod) else value


def callable_by_templates(interp: Interpreter, function: Value) -> Any:
    """A function of the program as one that Jinja can call with values that are known."""

    def run(*args: Any, **kwargs: Any) -> Any:
        from jinja2 import Undefined

        if any(isinstance(value, Undefined) for value in (*args, *kwargs.values())):
            raise NotKnown(interp.unknown("a function that a template gives an undefined value is not followed"))
        found = interp.call(function, Arguments(list(args), kwargs, span=interp.spot))
        why = first_unknown(interp, found)
        if why is None and not is_known(found):
            why = interp.unknown("a function that gives a template an object is not followed")
        if why is not None:
            raise NotKnown(why)
        return found

    return run


def _failed(interp: Interpreter, error: Exception) -> Value:
    from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError

    if isinstance(error, NotKnown):
        return error.why
    if isinstance(error, SecurityError):
        return interp.unknown(str(error), "budget")
    if isinstance(error, RecursionError):
        return interp.unknown("a template that is nested very deeply", "budget")
    if isinstance(error, (UndefinedError, TemplateSyntaxError, *PYTHON_ERRORS)):
        raise interp.raises(error)
    return interp.unknown(f"jinja2: {type(error).__name__}")


class Template(Object):
    """A Jinja template of known text."""

    __slots__ = ("escaping", "jinja", "text_of", "variables")

    def __init__(self, jinja: Any, text: str, variables: dict[str, Value], escaping: Any = None) -> None:
        self.jinja = jinja
        self.text_of = text
        self.variables = variables
        self.escaping = escaping
        """The same environment with escaping, where it hangs on the template's name whether it escapes."""

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
        text = render(interp, self.jinja, self.text_of, values)
        if self.escaping is not None and not isinstance(text, Unknown) and render(interp, self.escaping, self.text_of, values) != text:
            return interp.unknown("a template that escapes by its name is not followed")
        return text


class EscapingByName(Object):
    """What `select_autoescape()` gives."""

    __slots__ = ()


def _options(interp: Interpreter, arguments: Arguments) -> dict[str, Any]:
    """The options of an environment that are followed."""
    import jinja2

    found = {name: value for name, value in arguments.kwargs.items() if name in OPTIONS and not isinstance(value, Object | Unknown)}
    undefined = arguments.kwargs.get("undefined")
    if isinstance(undefined, InertClass) and undefined.name in UNDEFINED:
        found["undefined"] = getattr(jinja2, undefined.name)
    return found


def _unfollowed(interp: Interpreter, arguments: Arguments) -> Unknown | None:
    """Why it is not known what templates of an environment with these options give, or None."""
    for name, value in arguments.kwargs.items():
        if isinstance(value, Unknown) and name != "loader":
            return value
        if name not in WITHOUT_EFFECT and not isinstance(value, EscapingByName) and (name not in OPTIONS or isinstance(value, Object)):
            return interp.unknown(f"the option {name} of a template environment is not followed")
    return arguments.unknown_unpacking()


class TemplateClass(NativeClass):
    """`jinja2.Template`."""

    __slots__ = ()
    name = "Template"
    dotted = "jinja2.Template"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        text = arguments.get(0, "source")
        why = _unfollowed(interp, Arguments([], {name: value for name, value in arguments.kwargs.items() if name != "source"}))
        if not isinstance(text, str) or why is not None:
            return text if isinstance(text, Unknown) else first_of(why, interp.unknown("a template whose text is not known"))
        return Template(environment(interp, _options(interp, arguments)), text, {})


class Environment(Object):
    """`jinja2.Environment` with a loader over folders or a dict."""

    __slots__ = ("escaping", "filters", "jinja", "loader", "variables", "why")

    def __init__(self, jinja: Any, loader: Value, escaping: Any = None, why: Unknown | None = None) -> None:
        self.jinja = jinja
        self.loader = loader
        self.escaping = escaping
        self.why = why
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

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        """`environment.trim_blocks = True`."""
        if name not in OPTIONS or isinstance(value, Object | Unknown) or interp.state.uncertain:
            self.why = interp.unknown(f"the option {name} of a template environment is not followed")
            return
        for jinja in self.both():
            setattr(jinja, name, value)

    def both(self) -> list[Any]:
        return [self.jinja] if self.escaping is None else [self.jinja, self.escaping]

    def _from_string(self, interp: Interpreter, arguments: Arguments) -> Value:
        return self._template(interp, arguments.get(0, "source"))

    def _template(self, interp: Interpreter, text: Value) -> Value:
        if not isinstance(text, str) or self.why is not None:
            return text if isinstance(text, Unknown) else first_of(self.why, interp.unknown("a template whose text is not known"))
        for name, function in self.filters.items():
            if not isinstance(function, Function | BoundMethod):
                return interp.unknown("a template with filters that are no functions of the program is not followed")
            for jinja in self.both():
                jinja.filters[name] = callable_by_templates(interp, function)
        return Template(self.jinja, text, self.variables, self.escaping)

    def _get_template(self, interp: Interpreter, arguments: Arguments) -> Value:
        name = arguments.get(0, "name")
        if not isinstance(name, str) or self.loader is None:
            return name if isinstance(name, Unknown) else interp.unknown("a template of an unknown loader")
        text = self.load(interp, name)
        if text is None:
            raise interp.raises(LookupError(name))
        return self._template(interp, text)

    def load(self, interp: Interpreter, name: str) -> Value:
        """The text of the template of that name; None where the loader has none."""
        if isinstance(self.loader, dict):
            return self.loader.get(name)
        for folder in self.loader if isinstance(self.loader, list) else []:
            place = folder if isinstance(folder, Unknown) else f"{files.path_text(interp, folder)}/{name}"
            kind = files.kind_of(interp, place)
            if isinstance(kind, Unknown):
                return kind
            if kind == "file":
                text = files.read_text(interp, place)
                return text.removesuffix("\n") if isinstance(text, str) else text
        return None


class EnvironmentClass(NativeClass):
    """`jinja2.Environment` and its sandboxed kin."""

    __slots__ = ()
    name = "Environment"
    dotted = "jinja2.Environment"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        import jinja2

        options = _options(interp, arguments)
        by_name = isinstance(arguments.kwargs.get("autoescape"), EscapingByName)
        escaping = environment(interp, {**options, "autoescape": True}) if by_name else None
        made = Environment(environment(interp, options), arguments.get(None, "loader"), escaping, _unfollowed(interp, arguments))

        def load(name: str) -> str | None:
            text = made.load(interp, name)
            if isinstance(text, Unknown):
                raise NotKnown(text)
            return text if isinstance(text, str) else None

        for jinja in made.both():
            jinja.loader = jinja2.FunctionLoader(load) if made.loader is not None else None
        return made


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
        **{name: InertClass(f"jinja2.{name}") for name in UNDEFINED},
        "select_autoescape": Native("select_autoescape", lambda i, _: EscapingByName()),
        "PackageLoader": Native("PackageLoader", lambda i, _: None),
        "pass_context": Native("pass_context", lambda i, arguments: taken(i, arguments, 1)[0]),
    }


def sandbox_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `jinja2.sandbox`."""
    return {name: EnvironmentClass() for name in ("SandboxedEnvironment", "ImmutableSandboxedEnvironment")}


def native_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `jinja2.nativetypes`."""
    return natives({name: lambda i, _: i.unknown("native templates are not followed") for name in ("NativeEnvironment", "NativeTemplate")})
