"""Reads facts off statements that write: what goes into which column, and by which keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.harness.sql.facts import Cell, Guard, Operand, Output, Upsert
from dagcheck.harness.sql.idioms import swapped_with, template_of
from dagcheck.harness.sql.reading import Reader, Scope, Source, volatile_of
from dagcheck.harness.sql.statements import Statement

if TYPE_CHECKING:
    from sqlglot import exp


def read_statement(reader: Reader, statement: Statement) -> None:
    """Read one statement of any kind into the reader's facts."""
    from sqlglot import exp

    tree = statement.tree
    if isinstance(tree, exp.Create):
        _create(reader, tree, statement)
    elif isinstance(tree, exp.Insert):
        _insert(reader, tree, statement)
    elif isinstance(tree, exp.Merge):
        _merge(reader, tree)
    elif isinstance(tree, exp.Update):
        _update(reader, tree)
    elif isinstance(tree, exp.Delete):
        scope = reader.scope_of([tree.this, *(tree.args.get("using") or ())], Scope())
        reader.visit(tree.args.get("where"), scope)
    elif isinstance(tree, exp.Alter):
        _swap(reader, tree)
    elif isinstance(tree, exp.Query):
        reader.query(tree, None)


def _swap(reader: Reader, tree: exp.Alter) -> None:
    """Tables that change places have the same columns."""
    other = swapped_with(tree)
    if other is not None:
        _take_over(reader, tree.this.name, other)


def _take_over(reader: Reader, table: str, model: str) -> None:
    reader.facts.table(table).layouts.append([Output(None, None, model)])
    reader.facts.table(model).starred = True


def _create(reader: Reader, tree: exp.Create, statement: Statement) -> None:
    from sqlglot import exp

    if statement.target is None:
        return
    table = reader.facts.table(statement.target)
    if tree.expression is not None:
        _positional(reader, statement.target, reader.query(tree.expression, None))
    elif (model := template_of(tree)) is not None:
        _take_over(reader, statement.target, model)
    elif isinstance(tree.this, exp.Schema) and not table.declared:
        table.declared, table.ddl = True, tree
        for definition in tree.find_all(exp.ColumnDef):
            if definition.args.get("kind") is not None:
                reader.facts.cell(statement.target, definition.name).find().declared = definition.args["kind"].sql("duckdb")
        table.unique += _declared_keys(tree)


# -- INSERT


def _insert(reader: Reader, tree: exp.Insert, statement: Statement) -> None:
    from sqlglot import exp

    target = statement.target
    if target is None or tree.expression is None:
        return
    outer = Scope()
    reader.with_clause(tree, outer)
    outputs = reader.query(tree.expression, outer)
    partition = tree.find(exp.Partition)
    fixed = [part for part in (partition.expressions if partition else ()) if isinstance(part, exp.EQ)]
    for part in fixed:
        reader.facts.relate(reader.facts.cell(target, part.this.name), reader.visit(part.expression, outer))
    outputs += [Output(part.this.name.lower(), None) for part in fixed]
    if isinstance(tree.this, exp.Schema):
        names = [item.name.lower() for item in tree.this.expressions]
        for name, output in zip(names, outputs):
            _copy(reader, reader.facts.cell(target, name), output)
    else:
        _positional(reader, target, outputs)
        names = [output.name or "" for output in outputs]
    reader.visit(tree.args.get("where"), Scope([Source(target, target)]))
    _conflict(reader, tree, target, names, outputs)
    _guard(reader, tree, target, names)


def _conflict(reader: Reader, tree: exp.Insert, target: str, names: list[str], outputs: list[Output]) -> None:
    conflict = tree.args.get("conflict")
    if conflict is None:
        return
    keys = tuple(key.name.lower() or key.this.name.lower() for key in conflict.args.get("conflict_keys") or ())
    by_name = {name: output.operand for name, output in zip(names, outputs)}
    if keys:
        reader.facts.table(target).unique.append(keys)
        cells = tuple(_cell_or_none(by_name.get(key)) for key in keys)
        reader.facts.upserts.append(Upsert(target, keys, cells, _reduced(tree.expression)))
        for key in keys:
            reader.facts.cell(target, key)
    scope = Scope([Source(target.rpartition(".")[2], target), Source("excluded", target), Source(tree.this.alias_or_name, target)])
    for assignment in conflict.expressions:
        _assignment(reader, assignment, target, scope)


def _guard(reader: Reader, tree: exp.Insert, target: str, names: list[str]) -> None:
    """Note a write that minds keys without saying which."""
    conflict = tree.args.get("conflict")
    minds = tree.args.get("ignore") or tree.args.get("alternative") in ("IGNORE", "REPLACE")
    if minds or (conflict is not None and not conflict.args.get("conflict_keys")):
        assigned = {item.this.name.lower() for item in (conflict.expressions if conflict is not None else ()) if item.this is not None}
        reader.facts.guards.setdefault(target, Guard(tuple(name for name in names if name), frozenset(assigned)))


def _cell_or_none(operand: Operand) -> Cell | None:
    return operand if isinstance(operand, Cell) else None


def _copy(reader: Reader, cell: Cell, output: Output) -> None:
    if output.volatile:
        cell.volatile = output.volatile
    reader.facts.relate(cell, output.operand)


def _positional(reader: Reader, target: str, outputs: list[Output]) -> None:
    facts = reader.facts
    table = facts.table(target)
    if not table.declared:
        table.layouts.append(outputs)
        return
    names = list(table.columns)
    missing = len(names) - len(outputs) + 1
    for output in outputs:
        taken, names = (names[:missing], names[missing:]) if output.star else (names[:1], names[1:])
        for name in taken:
            _copy(reader, facts.cell(target, name), Output(name, facts.cell(output.star, name)) if output.star else output)


# -- MERGE and UPDATE


def _merge(reader: Reader, tree: exp.Merge) -> None:
    outer = Scope()
    reader.with_clause(tree, outer)
    scope = reader.scope_of([tree.this, tree.args["using"]], outer)
    reader.visit(tree.args.get("on"), scope)
    for when in tree.args["whens"].expressions:
        reader.visit(when.args.get("condition"), scope)
        _when(reader, when.args.get("then"), tree.this.name, scope)
    _merge_keys(reader, tree, scope)


def _when(reader: Reader, then: exp.Expr | None, target: str, scope: Scope) -> None:
    from sqlglot import exp

    if isinstance(then, exp.Insert) and (
        isinstance(then.this, exp.Star) or (isinstance(then.this, exp.Var) and then.this.name.upper() == "ROW")
    ):
        _positional(reader, target, reader.star(scope.sources[1]))
    elif isinstance(then, exp.Update):
        for assignment in then.expressions:
            _assignment(reader, assignment, target, scope)
    elif isinstance(then, exp.Insert) and isinstance(then.this, exp.Tuple) and isinstance(then.expression, exp.Tuple):
        for column, value in zip(then.this.expressions, then.expression.expressions):
            _copy(reader, reader.facts.cell(target, column.name), Output(None, reader.visit(value, scope), volatile=volatile_of(value)))


def _merge_keys(reader: Reader, tree: exp.Merge, scope: Scope) -> None:
    from sqlglot import exp

    keys, sources = [], []
    target_alias = tree.this.alias_or_name.lower()
    for pair in tree.args["on"].find_all(exp.EQ) if tree.args.get("on") is not None else ():
        sides = [side for side in (pair.this, pair.expression) if isinstance(side, exp.Column)]
        mine = [side for side in sides if side.table.lower() in (target_alias, tree.this.name)]
        other = [side for side in sides if side not in mine]
        if len(mine) == 1 and len(other) == 1:
            keys.append(mine[0].name.lower())
            sources.append(_cell_or_none(reader.column(other[0], scope)))
    if keys:
        reader.facts.upserts.append(Upsert(tree.this.name, tuple(keys), tuple(sources), _reduced(tree.args["using"])))


def _update(reader: Reader, tree: exp.Update) -> None:
    outer = Scope()
    reader.with_clause(tree, outer)
    origin = tree.args.get("from_") or tree.args.get("from")
    scope = reader.scope_of([tree.this, *([origin.this] if origin is not None else [])], outer)
    for assignment in tree.expressions:
        _assignment(reader, assignment, tree.this.name, scope)
    reader.visit(tree.args.get("where"), scope)


def _assignment(reader: Reader, assignment: exp.Expr, target: str, scope: Scope) -> None:
    from sqlglot import exp

    if isinstance(assignment, exp.EQ) and isinstance(assignment.this, exp.Column):
        cell = reader.facts.cell(target, assignment.this.name)
        value = assignment.expression
        _copy(reader, cell, Output(None, reader.visit(value, scope), volatile=volatile_of(value)))


def _reduced(node: exp.Expr | None) -> bool:
    from sqlglot import exp

    return node is not None and (node.find(exp.Group, exp.Distinct, exp.RowNumber, exp.Qualify) is not None)


def _declared_keys(tree: exp.Create) -> list[tuple[str, ...]]:
    """The primary and unique keys of a CREATE TABLE."""
    from sqlglot import exp

    keys: list[tuple[str, ...]] = []
    for definition in tree.find_all(exp.ColumnDef):
        if definition.find(exp.PrimaryKeyColumnConstraint, exp.UniqueColumnConstraint) is not None:
            keys.append((definition.name.lower(),))
    keys += [tuple((item.name or item.this.name).lower() for item in key.expressions) for key in tree.find_all(exp.PrimaryKey)]
    constraints = [constraint.this for constraint in tree.find_all(exp.UniqueColumnConstraint)]
    keys += [tuple(item.name.lower() for item in named.expressions) for named in constraints if isinstance(named, exp.Schema)]
    return keys
