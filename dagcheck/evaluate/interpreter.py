"""The interpreter: one evaluation of one file, with its frames, modules, budget and what is known of libraries."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from dagcheck.evaluate import attributes, calls, classes, imports, iteration
from dagcheck.evaluate.budget import Budget, Exhausted, deep_recursion
from dagcheck.evaluate.notes import Note, NoteKind
from dagcheck.evaluate.places import Spot, span_of
from dagcheck.evaluate.state import Either, Frame, Scope, State
from dagcheck.evaluate.values import (
    Arguments,
    BoundMethod,
    Class,
    External,
    Function,
    Instance,
    Lazy,
    Module,
    NativeClass,
    Object,
    Opaque,
    Raised,
    Value,
    first_of,
)
from dagcheck.model.values import Cause, Span, Unknown

if TYPE_CHECKING:
    from pathlib import Path

    from dagcheck.source.project import ProjectFiles
    from dagcheck.source.text import Source


class Knowledge(Protocol):
    """What the evaluator asks of those who know a framework (Airflow): the framework's modules, and what becomes of values that leave our sight."""

    def module(self, interp: Interpreter, dotted: str) -> Module | None:
        """The modelled module of that name; None when it is not the framework's. Raises Raised(ModuleNotFoundError) when this version has no such module."""
        ...

    def call_external(self, interp: Interpreter, external: External, arguments: Arguments) -> Value:
        """The value of calling something that is not in the project."""
        ...

    def base_class(self, interp: Interpreter, external: External) -> NativeClass | None:
        """A modelled class to stand for an external one that a project class derives from, or None."""
        ...

    def escape(self, interp: Interpreter, arguments: Arguments, description: str, dotted: str | None = None) -> None:
        """Code that is not followed runs here with these values; `dotted` is its import path where that is known."""
        ...

    def statement(self, interp: Interpreter, node: ast.Expr, value: Value) -> None:
        """A bare expression statement was evaluated."""
        ...

    def installed(self, dotted: str) -> bool:
        """Whether a module that is neither modelled nor in the project may be taken as installed, so that importing it does not fail."""
        ...


class Interpreter:
    """Evaluates the modules of a project abstractly. Not reusable: one instance an extraction.

    `env` are the environment variables that may be taken as known. `doubts` collects what makes the whole file inexact, `notes` what the program does
    at parse time beside making values.
    """

    def __init__(
        self, project: ProjectFiles, knowledge: Knowledge, env: dict[str, str] | None = None, budget: Budget | None = None
    ) -> None:
        from dagcheck.evaluate.stdlib import builtins_namespace

        self.project = project
        self.knowledge = knowledge
        self.env = env or {}
        self.environment: Object | None = None
        """`os.environ` as the program sees and changes it; made by its model at the first use."""
        self.directory: Path | None = None
        """The folder that the program is in; its model finds it out at the first use, and `directory_known` says that it has."""
        self.directory_known = False
        self.budget = budget or Budget()
        self.state = State()
        self.frames: list[Frame] = []
        self.modules: dict[str, Module] = {}
        self.doubts: list[Unknown] = []
        self.notes: list[Note] = []
        self.handling: list[Raised] = []
        self.interned: dict[Value, list[Instance | External]] = {}
        """Objects of the program that were used as keys and say themselves what equals them, by their hash."""
        self.hashing = 0
        """Above zero while the hash of a key is asked for, which no one sees."""
        self.cut: Span | None = None
        """Where the evaluation was when its budget ran out."""
        self.making: list[Class] = []
        """Classes whose metaclass is at work."""
        self.unknowns = 0
        self.node: ast.AST | None = None
        self.origins: dict[int, tuple[dict[Any, Any], ast.Dict, Any]] = {}
        self.builtins = builtins_namespace()

    # Where we are

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    @property
    def scope(self) -> Scope:
        return self.frames[-1].scope

    @property
    def trying(self) -> bool:
        """Whether an error that is raised now may be caught by the program."""
        return any(frame.trying for frame in self.frames)

    @property
    def here(self) -> Span | None:
        """The place of the statement or call that is being evaluated."""
        return self.place(self.node)

    @property
    def outermost_call(self) -> Span | None:
        """The place in the file itself of the call that all that is going on is inside of; None for what the file does on its own, and while it imports."""
        if len(self.frames) < 2 or self.frames[1].function is None:
            return None
        return span_of(self.frames[0].module.source, self.frames[1].site)

    def place(self, node: ast.AST | None) -> Span | None:
        """The place of a node of the module that is being evaluated."""
        return span_of(self.frames[-1].module.source if self.frames else None, node)

    @property
    def spot(self) -> Spot:
        """`here`, not worked out yet."""
        return Spot(self.frames[-1].module.source if self.frames else None, self.node)

    def note(self, kind: NoteKind, name: str) -> None:
        """Something that happens at parse time, here."""
        in_function = any(frame.function is not None for frame in self.frames)
        self.notes.append(Note(kind, name, self.here, in_function))

    def unknown(self, reason: str, cause: Cause = "unsupported", name: str | None = None, parts: tuple[str | None, ...] = ()) -> Unknown:
        """A new Unknown with the present place."""
        self.unknowns += 1
        return Unknown(reason, cause, self.here, name, parts)

    def doubt(self, why: Unknown) -> None:
        """The whole file is inexact from here on."""
        if not any(known.reason == why.reason and known.span == why.span for known in self.doubts):
            self.doubts.append(why)

    def note_statement(self, node: ast.Expr, value: Value) -> None:
        """A bare expression statement was evaluated to a value: the framework may have something to say of it."""
        self.knowledge.statement(self, node, value)

    def remember_origin(self, found: dict[Any, Any], node: ast.Dict) -> None:
        """Remember where a dict was written, for the places of its values."""
        self.origins[id(found)] = (found, node, self.frames[-1].module.source if self.frames else None)

    def origin(self, found: Any, key: str) -> Span | None:
        """The place of a value in the dict display that made `found`, or None."""
        entry = self.origins.get(id(found))
        if entry is None or entry[0] is not found or entry[2] is None:
            return None
        for key_node, value_node in zip(entry[1].keys, entry[1].values, strict=True):
            if isinstance(key_node, ast.Constant) and key_node.value == key:
                span: Span = entry[2].span(value_node)
                return span
        return None

    # Running

    def run_module(self, source: Source, name: str) -> Module:
        """Evaluate a file as the module `name`; what it raises is left in `doubts` of the caller as Raised."""
        from dagcheck.evaluate.statements import run_block

        namespace: dict[str, Value] = {
            "__name__": name,
            "__file__": str(source.absolute),
            "__doc__": ast.get_docstring(source.tree, clean=False),
            "__builtins__": self.unknown("__builtins__"),
        }
        module = Module(name, namespace, str(source.absolute))
        module.source = source
        self.modules[name] = module
        is_package = source.absolute.name == "__init__.py"
        namespace["__package__"] = name if is_package else name.rpartition(".")[0]
        if is_package:
            namespace["__path__"] = [str(source.absolute.parent)]
        scope = Scope(namespace, None, module, kind="module")
        node = self.node
        self.frames.append(Frame(module, scope))
        try:
            with deep_recursion():
                run_block(self, source.tree.body)
        except (Exhausted, RecursionError) as error:
            self.cut = first_of(self.cut, self.here)
            module.partial = self.unknown("the evaluation was cut short in this module", "budget")
            raise error if isinstance(error, Exhausted) else Exhausted("code that is nested too deeply") from None
        finally:
            self.frames.pop()
            self.node = node
        return module

    # What values do; the work is in the modules beside this one

    def call(self, function: Value, arguments: Arguments) -> Value:
        """The value of a call."""
        return calls.call(self, function, arguments)

    def call_values(self, function: Value, *args: Value, **kwargs: Value) -> Value:
        """The value of a call with plain positional and keyword values."""
        return calls.call(self, function, Arguments(list(args), kwargs, span=self.spot))

    def call_function(self, function: Function, arguments: Arguments) -> Value:
        return calls.call_function(self, function, arguments)

    def instantiate(self, cls: Class | NativeClass, arguments: Arguments) -> Value:
        return classes.instantiate(self, cls, arguments)

    def get_attr(self, value: Value, name: str) -> Value:
        return attributes.get_attr(self, value, name)

    def set_attr(self, value: Value, name: str, new: Value) -> None:
        attributes.set_attr(self, value, name, new)

    def class_attr(self, cls: Class, name: str) -> Value:
        return attributes.class_attr(self, cls, name)

    def class_item(self, cls: Class, key: Value) -> Value:
        return classes.class_item(self, cls, key)

    def class_items(self, cls: Class) -> Iterator[Value] | Unknown:
        return classes.class_items(self, cls)

    def instance_attr(self, instance: Instance, name: str) -> Value:
        return attributes.instance_attr(self, instance, name)

    def set_instance_attr(self, instance: Instance, name: str, value: Value) -> None:
        attributes.set_instance_attr(self, instance, name, value)

    def super_attr(self, cls: Class, owner: Value, name: str) -> Value:
        return attributes.super_attr(self, cls, owner, name)

    def iterate(self, value: Value) -> Iterator[Value] | Unknown:
        """The items of a value, each counted against the budget; Unknown when they are not known."""
        return iteration.iterate(self, value)

    def items(self, value: Value) -> list[Value] | Unknown:
        """All items of a value at once, bounded by the budget; Unknown when they are not known."""
        return iteration.items(self, value)

    def next_item(self, iterator: Lazy, default: Value) -> Value:
        return iteration.next_item(self, iterator, default)

    def send(self, generator: Lazy, value: Value) -> Value:
        """`generator.send(value)`."""
        from dagcheck.evaluate.generators import send

        return send(self, generator, value)

    def truth(self, value: Value) -> bool | Unknown:
        """bool(value), or Unknown."""
        from dagcheck.evaluate.operators import truth

        return truth(self, value)

    def text(self, value: Value) -> str | Unknown:
        """str(value), or Unknown."""
        from dagcheck.evaluate.operators import text

        return text(self, value)

    @staticmethod
    def special_name(operator: str, reflected: bool) -> str:
        from dagcheck.evaluate.operators import special_name

        return special_name(operator, reflected)

    def call_external(self, external: External, arguments: Arguments) -> Value:
        self.unknowns += 1
        from dagcheck.evaluate.stdlib.effects import effect_of

        effect = effect_of(external.dotted)
        if effect is not None:
            self.note(effect, external.dotted)
        if external.name[:1].islower():
            self._may_change(arguments, external.dotted)
        return self.knowledge.call_external(self, external, arguments)

    def escape(self, arguments: Arguments, description: str, dotted: str | None = None) -> None:
        """Code that is not followed runs here with these values."""
        if dotted is not None:
            self._may_change(arguments, dotted)
        self.knowledge.escape(self, arguments, description, dotted)

    def _may_change(self, arguments: Arguments, dotted: str) -> None:
        """A function of a module that nobody knows was called: the lists, dicts and sets that it was given may be others now."""
        if self.knowledge.installed(dotted):
            return
        for value in (*arguments.args, *arguments.kwargs.values()):
            if isinstance(value, list | dict | set):
                self.state.touch(value)
                self.state.blur(
                    value, self.unknown(f"{dotted} is not in the project, and may change what it is given", "import", name=dotted)
                )

    def escape_unknown(self, value: Unknown, arguments: Arguments) -> None:
        """An unknown value is called, or entered: what is mere data does nothing then, anything else may do whatever it likes."""
        if isinstance(value, Either):
            self.doubt(value)
        elif value.cause in ("import", "unsupported", "condition", "budget", "error"):
            self.escape(arguments, "code that is not known", value.name if value.cause == "import" else None)

    def import_module(self, dotted: str) -> Value:
        """The module of an absolute dotted name, evaluated once; External when it is nowhere."""
        return imports.import_module(self, dotted)

    def submodule(self, module: Module, name: str) -> Value | None:
        return imports.loaded_submodule(self, module, name)

    def raises(self, error: Exception) -> Raised:
        """The Raised for a real exception at the present place."""
        return Raised(error, self.here)


class NoKnowledge:
    """Knows no framework: for evaluating plain Python."""

    def module(self, interp: Interpreter, dotted: str) -> Module | None:
        return None

    def call_external(self, interp: Interpreter, external: External, arguments: Arguments) -> Value:
        return Opaque(external.dotted, arguments)

    def base_class(self, interp: Interpreter, external: External) -> NativeClass | None:
        return None

    def escape(self, interp: Interpreter, arguments: Arguments, description: str, dotted: str | None = None) -> None:
        """Nothing is lost that anybody would miss."""

    def statement(self, interp: Interpreter, node: ast.Expr, value: Value) -> None:
        """Nothing to say."""

    def installed(self, dotted: str) -> bool:
        return False


Handler = Callable[[Interpreter, Any], Value]

__all__ = ["BoundMethod", "Handler", "Interpreter", "Knowledge", "NoKnowledge", "Object"]
