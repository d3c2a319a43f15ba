"""Expressions to values, one function a kind of node."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate import items, operators
from dagcheck.evaluate.formatting import format_value, join_parts
from dagcheck.evaluate.keys import key_of
from dagcheck.evaluate.mappings import mapping_of
from dagcheck.evaluate.outside import OF_IMPORT
from dagcheck.evaluate.perhaps import Perhaps, joined
from dagcheck.evaluate.places import Places
from dagcheck.evaluate.values import MISSING, Arguments, Function, Lost, Module, Object, Raised, Super, Value, describe, first_of
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.LShift: "<<", ast.RShift: ">>",
    ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.MatMult: "@", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~", ast.Not: "not",
}  # fmt: skip


def evaluate(interp: Interpreter, node: ast.expr) -> Value:
    """The value of an expression. Raises Raised where the program would raise, Exhausted at the end of the budget."""
    budget = interp.budget
    budget.used += 1
    if not budget.used & 255:  # as `step` does, without a call for each expression
        budget.check()
    if isinstance(node, ast.Constant):
        return node.value
    handler = HANDLERS.get(type(node))
    if handler is None:
        return interp.unknown(f"{type(node).__name__} is not followed")
    return handler(interp, node)


def _name(interp: Interpreter, node: ast.Name) -> Value:
    scope = interp.frames[-1].scope
    found = scope.vars.get(node.id, MISSING)
    if found is not MISSING and node.id not in scope.global_names:
        return found
    holder = scope.holder(node.id)
    if holder is not scope.vars and node.id in scope.local_names:
        interp.node = node
        raise interp.raises(UnboundLocalError(f"cannot access local variable {node.id!r} where it is not associated with a value"))
    if holder is not None:
        return holder[node.id]
    if node.id in interp.builtins:
        return interp.builtins[node.id]
    module = interp.frame.module
    brought = module.from_stars(interp, node.id) if module.stars else MISSING
    if brought is not MISSING:
        return brought
    if module.partial is not None:
        return module.partial
    interp.node = node
    if hasattr(builtins, node.id) or node.id in OF_IMPORT:
        return interp.unknown(f"the built-in {node.id} is not followed")
    blurred = first_of(interp.state.blurry(scope.vars), interp.state.blurry(interp.scope.module.namespace))
    if blurred is not None:  # globals().update(…) of what is not known
        return blurred
    raise interp.raises(NameError(f"name {node.id!r} is not defined"))


def _attribute(interp: Interpreter, node: ast.Attribute) -> Value:
    value = evaluate(interp, node.value)
    interp.node = node
    return interp.get_attr(value, node.attr)


def _binary(interp: Interpreter, node: ast.BinOp) -> Value:
    chain = [node]
    while isinstance(chain[-1].left, ast.BinOp):
        chain.append(chain[-1].left)
    value = evaluate(interp, chain[-1].left)
    for part in reversed(chain):
        right = evaluate(interp, part.right)
        interp.node = part
        value = operators.binary(interp, SYMBOLS[type(part.op)], value, right)
    return value


def _unary(interp: Interpreter, node: ast.UnaryOp) -> Value:
    return operators.unary(interp, SYMBOLS[type(node.op)], evaluate(interp, node.operand))


def _boolean(interp: Interpreter, node: ast.BoolOp) -> Value:
    stops_at = isinstance(node.op, ast.Or)
    unknown: Unknown | None = None
    value: Value = None
    for part in node.values:
        value = evaluate(interp, part)
        verdict = interp.truth(value)
        if isinstance(verdict, Unknown):
            unknown = verdict if unknown is None else unknown
        elif verdict is stops_at:
            return value if unknown is None else _either(unknown, value, stops_at)
    return value if unknown is None else unknown


def _either(unknown: Unknown, value: Value, stops_at: bool) -> Value:
    """`unknown and False` is false whatever the unknown is; `unknown or True` is true only as a test."""
    return value if value is False and not stops_at else unknown


def _compare(interp: Interpreter, node: ast.Compare) -> Value:
    left = evaluate(interp, node.left)
    result: Value = True
    unknown: Unknown | None = None
    for symbol, comparator in zip(node.ops, node.comparators, strict=True):
        right = evaluate(interp, comparator)
        interp.node = node
        result = operators.compare(interp, SYMBOLS[type(symbol)], left, right)
        if len(node.ops) == 1:
            return result
        verdict = interp.truth(result)
        if verdict is False:
            return result
        unknown = verdict if isinstance(verdict, Unknown) and unknown is None else unknown
        left = right
    return result if unknown is None else unknown


def evaluate_test(interp: Interpreter, node: ast.expr) -> bool | Unknown:
    """The truth of an expression that is used as a test: there, one known part can settle an `and` or `or` whose other parts are unknown."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        verdict = evaluate_test(interp, node.operand)
        return verdict if isinstance(verdict, Unknown) else not verdict
    if not isinstance(node, ast.BoolOp):
        return interp.truth(evaluate(interp, node))
    stops_at = isinstance(node.op, ast.Or)
    unknown: Unknown | None = None
    for part in node.values:
        verdict = evaluate_test(interp, part)
        if isinstance(verdict, Unknown):
            unknown = verdict if unknown is None else unknown
        elif verdict is stops_at:
            return stops_at
    return (not stops_at) if unknown is None else unknown


def _conditional(interp: Interpreter, node: ast.IfExp) -> Value:
    test = evaluate_test(interp, node.test)
    if not isinstance(test, Unknown):
        return evaluate(interp, node.body if test else node.orelse)
    from dagcheck.evaluate.branches import play_values

    return play_values(interp, test, [lambda: evaluate(interp, node.body), lambda: evaluate(interp, node.orelse)])


def _call(interp: Interpreter, node: ast.Call) -> Value:
    function = evaluate(interp, node.func)
    if isinstance(node.func, ast.Name) and node.func.id == "super" and function is interp.builtins.get("super"):
        return _super(interp, node)
    arguments = evaluate_arguments(interp, node)
    interp.node = node
    try:
        value = interp.call(function, arguments)
    except Lost as lost:
        value = lost.why
    interp.node = node
    return value


def _super(interp: Interpreter, node: ast.Call) -> Value:
    for frame in reversed(interp.frames):
        if frame.function is not None and frame.function.owner is not None:
            return Super(frame.function.owner, frame.owner)
    if len(node.args) == 2:
        cls, owner = (evaluate(interp, arg) for arg in node.args)
        return Super(cls, owner)
    return interp.unknown("super() outside of a method")


def evaluate_arguments(interp: Interpreter, node: ast.Call) -> Arguments:
    """The arguments of a call, unpackings included, with their places."""
    source = interp.frames[-1].module.source
    places = Places(source)
    arguments = Arguments(span=node, places=places)
    kwargs = arguments.kwargs
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            items = interp.items(evaluate(interp, arg.value))
            if isinstance(items, Unknown):
                arguments.star = items
            else:
                arguments.args.extend(items)
        else:
            places.entries[len(arguments.args)] = arg
            arguments.args.append(evaluate(interp, arg))
    for keyword in node.keywords:
        value = evaluate(interp, keyword.value)
        name = keyword.arg
        if name is None:
            _unpack_mapping(interp, arguments, value)
        elif name in kwargs:
            raise _given_twice(interp, name)
        else:
            kwargs[name] = value
            places.entries[name] = keyword.value
    return arguments


def _given_twice(interp: Interpreter, name: str) -> Raised:
    return interp.raises(TypeError(f"got multiple values for keyword argument {name!r}"))


def _unpack_mapping(interp: Interpreter, arguments: Arguments, value: Value) -> None:
    if not isinstance(value, dict):
        value = first_of(mapping_of(interp, value), value)
    if not isinstance(value, dict):
        arguments.star_star = value if isinstance(value, Unknown) else interp.unknown(f"** of {describe(value)} is not followed")
        return
    blurred = interp.state.doubtful(value)
    if blurred is not None:
        arguments.star_star = joined(arguments.star_star, blurred)
    for key, item in value.items():
        if isinstance(blurred, Perhaps) and key in blurred.keys:
            continue
        if not isinstance(key, str):
            raise interp.raises(TypeError("keywords must be strings"))
        if key in arguments.kwargs:
            raise _given_twice(interp, key)
        arguments.kwargs[key] = item
        place = interp.origin(value, key)
        if place is not None:
            arguments.places.entries[key] = place


def _list(interp: Interpreter, node: ast.List) -> Value:
    return _elements(interp, node.elts, list)


def _tuple(interp: Interpreter, node: ast.Tuple) -> Value:
    return _elements(interp, node.elts, tuple)


def _set(interp: Interpreter, node: ast.Set) -> Value:
    found = _elements(interp, node.elts, list)
    if isinstance(found, Unknown):
        return found
    return make_set(interp, found)


def _elements(interp: Interpreter, nodes: list[ast.expr], kind: Callable[[list[Value]], Value]) -> Value:
    found: list[Value] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            items = interp.items(evaluate(interp, node.value))
            if isinstance(items, Unknown):
                return items
            found.extend(items)
        else:
            found.append(evaluate(interp, node))
    return kind(found)


def _dict(interp: Interpreter, node: ast.Dict) -> Value:
    found: dict[Value, Value] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = evaluate(interp, value_node)
        if key_node is None:
            _merge(interp, found, value)
            continue
        put(interp, found, evaluate(interp, key_node), value)
    interp.remember_origin(found, node)
    return found


def put(interp: Interpreter, found: dict[Value, Value], key: Value, value: Value) -> None:
    """Put an item into a dict that is being made; an unknown key makes the content unknown."""
    key = key_of(interp, key)
    if isinstance(key, Unknown):
        interp.state.blur(found, key)
        return
    try:
        found[key] = value
    except TypeError as error:
        raise interp.raises(error) from None


def make_set(interp: Interpreter, items: list[Value]) -> Value:
    """A set of these items; Unknown when one of them is."""
    keys = [key_of(interp, item) for item in items]
    unknown = next((key for key in keys if isinstance(key, Unknown)), None)
    try:
        return set(keys) if unknown is None else unknown
    except TypeError as error:
        raise interp.raises(error) from None


def _merge(interp: Interpreter, found: dict[Value, Value], value: Value) -> None:
    if isinstance(value, Object):
        value = first_of(mapping_of(interp, value), value)
    why: Unknown | None = interp.state.doubtful(value)
    if isinstance(value, dict):
        found.update(value)
    elif why is None:
        why = value if isinstance(value, Unknown) else interp.unknown("a mapping that is not followed")
    if why is not None:
        interp.state.blur(found, why)


def _subscript(interp: Interpreter, node: ast.Subscript) -> Value:
    value = evaluate(interp, node.value)
    key = evaluate(interp, node.slice)
    interp.node = node
    return items.get_item(interp, value, key)


def _slice(interp: Interpreter, node: ast.Slice) -> Value:
    return slice(*(evaluate(interp, part) if part is not None else None for part in (node.lower, node.upper, node.step)))


def _joined(interp: Interpreter, node: ast.JoinedStr) -> Value:
    return join_parts(interp, [_part(interp, part) for part in node.values])


def _part(interp: Interpreter, node: ast.expr) -> str | Unknown:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.FormattedValue)
    value = evaluate(interp, node.value)
    spec = evaluate(interp, node.format_spec) if node.format_spec is not None else ""
    if isinstance(spec, Unknown):
        return spec
    conversion = chr(node.conversion) if node.conversion >= 0 else None
    return format_value(interp, value, spec, conversion)


def _lambda(interp: Interpreter, node: ast.Lambda) -> Value:
    return make_function(interp, node, "<lambda>")


def make_function(interp: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str) -> Function:
    """The function that a definition makes, before its decorators."""
    defaults = [evaluate(interp, default) for default in node.args.defaults]
    kw_defaults = {
        parameter.arg: evaluate(interp, default)
        for parameter, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if default is not None
    }
    frame = interp.frames[-1]
    return Function(name, node, frame.module, frame.scope, defaults, kw_defaults, is_generator=_is_generator(frame.module, node))


def _is_generator(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    if module.source is not None and not module.source.may_yield:
        return False
    from dagcheck.evaluate.generators import is_generator

    return is_generator(node)


def _walrus(interp: Interpreter, node: ast.NamedExpr) -> Value:
    value = evaluate(interp, node.value)
    scope = interp.scope
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    target = scope.target(node.target.id)
    interp.state.touch(target)
    target[node.target.id] = value
    return value


def _await(interp: Interpreter, node: ast.Await) -> Value:
    from dagcheck.evaluate.stdlib.coroutines import awaited

    value = evaluate(interp, node.value)
    interp.node = node
    return awaited(interp, value)


def _yielded(interp: Interpreter, node: ast.Yield | ast.YieldFrom) -> Value:
    """What a `yield` gave; it was taken before the statement was evaluated."""
    return interp.frame.yielded.get(id(node))


def _starred(interp: Interpreter, node: ast.Starred) -> Value:
    return evaluate(interp, node.value)


HANDLERS: dict[type[ast.expr], Callable[[Interpreter, Any], Value]] = {
    ast.Name: _name, ast.Attribute: _attribute, ast.BinOp: _binary, ast.UnaryOp: _unary, ast.BoolOp: _boolean, ast.Compare: _compare,
    ast.IfExp: _conditional, ast.Call: _call, ast.List: _list, ast.Tuple: _tuple, ast.Set: _set, ast.Dict: _dict, ast.Subscript: _subscript, ast.Slice: _slice,
    ast.JoinedStr: _joined, ast.FormattedValue: _part, ast.Lambda: _lambda, ast.NamedExpr: _walrus,
     ast.Await: _await, ast.Starred: _starred, ast.Yield: _yielded, ast.YieldFrom: _yielded,
}  # fmt: skip


def _comprehension(name: str) -> Callable[[Interpreter, Any], Value]:
    def run(interp: Interpreter, node: Any) -> Value:
        from dagcheck.evaluate import comprehensions

        handler: Callable[[Interpreter, Any], Value] = getattr(comprehensions, name)
        HANDLERS[type(node)] = handler
        return handler(interp, node)

    return run


HANDLERS |= {
    ast.ListComp: _comprehension("list_of"),
    ast.SetComp: _comprehension("set_of"),
    ast.DictComp: _comprehension("dict_of"),
    ast.GeneratorExp: _comprehension("generator_of"),
}
