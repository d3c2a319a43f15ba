"""Reads facts off one statement: which column is whose, and what it must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dagcheck.harness.sql.facts import Cell, Facts, Operand, Output, Upsert, Volatile
from dagcheck.harness.sql.idioms import template_of
from dagcheck.harness.sql.statements import CHANCE, CLOCK, DAY, Statement

if TYPE_CHECKING:
    from sqlglot import exp


@dataclass
class Source:
    """Something in a FROM clause: a table of the world (`table`), or a query with `outputs` by name; `stars` are tables all of whose columns it passes on."""

    alias: str
    table: str | None = None
    outputs: dict[str, Operand] = field(default_factory=dict)
    stars: tuple[str, ...] = ()


@dataclass
class Scope:
    sources: list[Source] = field(default_factory=list)
    parent: Scope | None = None
    ctes: dict[str, Source] = field(default_factory=dict)
    names: dict[str, Operand] = field(default_factory=dict)

    def chain(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def cte(self, name: str) -> Source | None:
        return next((scope.ctes[name] for scope in self.chain() if name in scope.ctes), None)


class Reader:
    """Reads statements into `facts`."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    # -- statements

    def statement(self, statement: Statement) -> None:
        from sqlglot import exp

        tree = statement.tree
        if isinstance(tree, exp.Create):
            self._create(tree, statement)
        elif isinstance(tree, exp.Insert):
            self._insert(tree, statement)
        elif isinstance(tree, exp.Merge):
            self._merge(tree)
        elif isinstance(tree, exp.Update):
            self._update(tree)
        elif isinstance(tree, exp.Delete):
            scope = self._scope_of([tree.this, *(tree.args.get("using") or ())], Scope())
            self.visit(tree.args.get("where"), scope)
        elif isinstance(tree, exp.Query):
            self.query(tree, None)

    def _create(self, tree: exp.Create, statement: Statement) -> None:
        from sqlglot import exp

        if statement.target is None:
            return
        table = self.facts.table(statement.target)
        if tree.expression is not None:
            self._positional(statement.target, self.query(tree.expression, None))
        elif (model := template_of(tree)) is not None:
            table.layouts.append([Output(None, None, model)])
            self.facts.table(model).starred = True
        elif isinstance(tree.this, exp.Schema) and not table.declared:
            table.declared, table.ddl = True, tree
            for definition in tree.find_all(exp.ColumnDef):
                if definition.args.get("kind") is not None:
                    self.facts.cell(statement.target, definition.name).find().declared = definition.args["kind"].sql("duckdb")
            table.unique += _declared_keys(tree)

    def _insert(self, tree: exp.Insert, statement: Statement) -> None:
        from sqlglot import exp

        target = statement.target
        if target is None or tree.expression is None:
            return
        outer = Scope()
        self._with(tree, outer)
        outputs = self.query(tree.expression, outer)
        partition = tree.find(exp.Partition)
        fixed = [part for part in (partition.expressions if partition else ()) if isinstance(part, exp.EQ)]
        for part in fixed:
            self.facts.relate(self.facts.cell(target, part.this.name), self.visit(part.expression, outer))
        outputs += [Output(part.this.name.lower(), None) for part in fixed]
        if isinstance(tree.this, exp.Schema):
            names = [item.name.lower() for item in tree.this.expressions]
            self._named(target, names, outputs)
        else:
            self._positional(target, outputs)
            names = [output.name or "" for output in outputs]
        self.visit(tree.args.get("where"), Scope([Source(target, target)]))
        self._conflict(tree, target, names, outputs)

    def _conflict(self, tree: exp.Insert, target: str, names: list[str], outputs: list[Output]) -> None:
        conflict = tree.args.get("conflict")
        if conflict is None:
            return
        keys = tuple(key.name.lower() or key.this.name.lower() for key in conflict.args.get("conflict_keys") or ())
        by_name = {name: output.operand for name, output in zip(names, outputs)}
        if keys:
            self.facts.table(target).unique.append(keys)
            cells = tuple(self._cell_or_none(by_name.get(key)) for key in keys)
            self.facts.upserts.append(Upsert(target, keys, cells, _reduced(tree.expression)))
            for key in keys:
                self.facts.cell(target, key)
        scope = Scope([Source(target.rpartition(".")[2], target), Source("excluded", target), Source(tree.this.alias_or_name, target)])
        for assignment in conflict.expressions:
            self._assignment(assignment, target, scope)

    def _cell_or_none(self, operand: Operand) -> Cell | None:
        return operand if isinstance(operand, Cell) else None

    def _named(self, target: str, names: list[str], outputs: list[Output]) -> None:
        for name, output in zip(names, outputs):
            self._copy(self.facts.cell(target, name), output)

    def _copy(self, cell: Cell, output: Output) -> None:
        if output.volatile:
            cell.volatile = output.volatile
        self.facts.relate(cell, output.operand)

    def _positional(self, target: str, outputs: list[Output]) -> None:
        table = self.facts.table(target)
        if not table.declared:
            table.layouts.append(outputs)
            return
        names = list(table.columns)
        missing = len(names) - len(outputs) + 1
        for output in outputs:
            taken, names = (names[:missing], names[missing:]) if output.star else (names[:1], names[1:])
            for name in taken:
                self._copy(self.facts.cell(target, name), Output(name, self.facts.cell(output.star, name)) if output.star else output)

    def _merge(self, tree: exp.Merge) -> None:
        from sqlglot import exp

        outer = Scope()
        self._with(tree, outer)
        scope = self._scope_of([tree.this, tree.args["using"]], outer)
        target = tree.this.name
        self.visit(tree.args.get("on"), scope)
        for when in tree.args["whens"].expressions:
            self.visit(when.args.get("condition"), scope)
            then = when.args.get("then")
            if isinstance(then, exp.Update):
                for assignment in then.expressions:
                    self._assignment(assignment, target, scope)
            elif isinstance(then, exp.Insert) and isinstance(then.this, exp.Tuple) and isinstance(then.expression, exp.Tuple):
                for column, value in zip(then.this.expressions, then.expression.expressions):
                    self._copy(self.facts.cell(target, column.name), Output(None, self.visit(value, scope), volatile=_volatile(value)))
        self._merge_keys(tree, scope)

    def _merge_keys(self, tree: exp.Merge, scope: Scope) -> None:
        from sqlglot import exp

        keys, sources = [], []
        target_alias = tree.this.alias_or_name.lower()
        for pair in tree.args["on"].find_all(exp.EQ) if tree.args.get("on") is not None else ():
            sides = [side for side in (pair.this, pair.expression) if isinstance(side, exp.Column)]
            mine = [side for side in sides if side.table.lower() in (target_alias, tree.this.name)]
            other = [side for side in sides if side not in mine]
            if len(mine) == 1 and len(other) == 1:
                keys.append(mine[0].name.lower())
                sources.append(self._cell_or_none(self._column(other[0], scope)))
        if keys:
            self.facts.upserts.append(Upsert(tree.this.name, tuple(keys), tuple(sources), _reduced(tree.args["using"])))

    def _update(self, tree: exp.Update) -> None:
        outer = Scope()
        self._with(tree, outer)
        origin = tree.args.get("from_") or tree.args.get("from")
        scope = self._scope_of([tree.this, *([origin.this] if origin is not None else [])], outer)
        for assignment in tree.expressions:
            self._assignment(assignment, tree.this.name, scope)
        self.visit(tree.args.get("where"), scope)

    def _assignment(self, assignment: exp.Expr, target: str, scope: Scope) -> None:
        from sqlglot import exp

        if isinstance(assignment, exp.EQ) and isinstance(assignment.this, exp.Column):
            cell = self.facts.cell(target, assignment.this.name)
            self._copy(cell, Output(None, self.visit(assignment.expression, scope), volatile=_volatile(assignment.expression)))

    # -- queries

    def query(self, node: exp.Expr, parent: Scope | None) -> list[Output]:
        """Read a query; returns its output columns."""
        from sqlglot import exp

        scope = Scope(parent=parent)
        self._with(node, scope)
        if isinstance(node, exp.Subquery | exp.Paren):
            return self.query(node.this, scope)
        if isinstance(node, exp.SetOperation):
            left, right = self.query(node.left, scope), self.query(node.right, scope)
            for one, other in zip(left, right):
                self.facts.relate(one.operand, other.operand)
            return left
        if isinstance(node, exp.Values):
            rows = [[self.visit(item, scope) for item in row.expressions] for row in node.expressions if isinstance(row, exp.Tuple)]
            return [Output(None, operand) for operand in (rows[0] if rows else ())]
        if isinstance(node, exp.Select):
            return self._select(node, scope)
        if isinstance(node, exp.Table):
            return self._star(self._source(node, scope))
        return []

    def _with(self, node: exp.Expr, scope: Scope) -> None:
        clause = node.args.get("with_") or node.args.get("with")
        for cte in clause.expressions if clause is not None else ():
            outputs = self.query(cte.this, scope)
            names = (
                [column.name.lower() for column in cte.args["alias"].args.get("columns") or ()] if cte.args.get("alias") is not None else []
            )
            scope.ctes[cte.alias.lower()] = self._derived(cte.alias.lower(), outputs, names)

    def _derived(self, alias: str, outputs: list[Output], names: list[str]) -> Source:
        named = {(names[i] if i < len(names) else output.name or ""): output.operand for i, output in enumerate(outputs) if not output.star}
        return Source(alias, None, named, tuple(output.star for output in outputs if output.star))

    def _select(self, node: exp.Select, scope: Scope) -> list[Output]:
        from sqlglot import exp

        origin = node.args.get("from_") or node.args.get("from")
        joins = node.args.get("joins") or []
        parts = (
            ([origin.this] if origin is not None else [])
            + [item.this for item in joins]
            + [item.this if isinstance(item, exp.Lateral) else item for item in node.args.get("laterals") or ()]
        )
        scope = self._scope_of(parts, scope)
        for item in joins:
            self.visit(item.args.get("on"), scope)
            for column in item.args.get("using") or ():
                cells = [self._in_source(source, column.name.lower()) for source in scope.sources]
                for cell in cells[1:]:
                    self.facts.relate(cells[0], cell)
        outputs = self._projections(node, scope)
        scope.names = {output.name: output.operand for output in outputs if output.name}
        for name in ("where", "group", "having", "qualify", "order", "limit"):
            self.visit(node.args.get(name), scope)
        self._repeats(node, scope)
        return outputs

    def _repeats(self, node: exp.Select, scope: Scope) -> None:
        """Note the columns that are grouped or deduplicated by."""

        group = node.args.get("group")
        for item in group.expressions if group is not None else ():
            if isinstance(operand := self.visit(item, scope), Cell):
                self.facts.grouped.append(operand)
        distinct = node.args.get("distinct")
        on = distinct.args.get("on") if distinct is not None else None
        for item in on.expressions if on is not None else ():
            if isinstance(operand := self.visit(item, scope), Cell):
                self.facts.deduplicated.append(operand)

    def _projections(self, node: exp.Select, scope: Scope) -> list[Output]:
        from sqlglot import exp

        outputs = []
        for item in node.expressions:
            if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
                wanted = item.table.lower() if isinstance(item, exp.Column) else ""
                for source in scope.sources:
                    if not wanted or source.alias == wanted:
                        outputs += self._star(source)
                continue
            name = item.alias_or_name.lower() if isinstance(item, exp.Alias | exp.Column) else None
            outputs.append(Output(name, self.visit(item.unalias(), scope), volatile=_volatile(item.unalias())))
        return outputs

    def _star(self, source: Source) -> list[Output]:
        if source.table is None:
            return [Output(None, None, star) for star in source.stars] + [Output(name, operand) for name, operand in source.outputs.items()]
        table = self.facts.table(source.table)
        if table.declared:
            return [Output(name, cell) for name, cell in table.columns.items()]
        table.starred = True
        return [Output(None, None, source.table)]

    def _scope_of(self, parts: list[exp.Expr], outer: Scope) -> Scope:
        scope = Scope(parent=outer)
        for part in parts:
            scope.sources.append(self._source(part, scope))
        return scope

    def _source(self, part: exp.Expr, scope: Scope) -> Source:
        from sqlglot import exp

        alias = part.alias_or_name.lower()
        if isinstance(part, exp.Table):
            cte = scope.cte(part.name.lower()) if not part.args.get("db") else None
            if cte is not None:
                return Source(alias, None, cte.outputs, cte.stars)
            if isinstance(part.this, exp.Identifier):
                for item in part.args.get("joins") or ():
                    scope.sources.append(self._source(item.this, scope))
                return Source((part.alias or part.name).lower(), part.name)
            return Source(alias)
        if isinstance(part, exp.Subquery | exp.Values | exp.Query):
            outputs = self.query(part, scope)
            names = (
                [column.name.lower() for column in (part.args["alias"].args.get("columns") or ())]
                if part.args.get("alias") is not None
                else []
            )
            return self._derived(alias, outputs, names)
        return Source(alias)

    # -- expressions

    def _column(self, column: exp.Column, scope: Scope) -> Operand:
        name, qualifier = column.name.lower(), column.table.lower()
        for level in scope.chain():
            if qualifier:
                for source in level.sources:
                    if source.alias == qualifier or source.table == qualifier:
                        return self._in_source(source, name)
            elif (found := self._unqualified(name, level)) is not None:
                return found
        return None

    def _in_source(self, source: Source, name: str) -> Operand:
        if source.table is not None:
            return self.facts.cell(source.table, name)
        if name in source.outputs:
            return source.outputs[name]
        return self.facts.cell(source.stars[0], name) if source.stars else None

    def _unqualified(self, name: str, level: Scope) -> Operand:
        knowing = [
            source
            for source in level.sources
            if name in source.outputs or (source.table and name in self.facts.table(source.table).columns)
        ]
        if knowing:
            return self._in_source(knowing[0], name)
        if name in level.names:
            return level.names[name]
        open_sources = [
            source for source in level.sources if source.stars or (source.table and not self.facts.table(source.table).declared)
        ]
        return self._in_source(open_sources[0], name) if open_sources else None

    def visit(self, node: exp.Expr | None, scope: Scope) -> Operand:
        """Read an expression; returns what it is to its surroundings."""
        from dagcheck.harness.sql.expressions import operand_of

        return None if node is None else operand_of(self, node, scope)


def _reduced(node: exp.Expr | None) -> bool:
    from sqlglot import exp

    return node is not None and (node.find(exp.Group, exp.Distinct, exp.RowNumber, exp.Qualify) is not None)


def _volatile(node: exp.Expr) -> Volatile | None:
    """What an expression is made from, when that is the clock or chance alone."""
    from sqlglot import exp

    parts = list(node.walk())
    if any(isinstance(part, exp.Column) for part in parts):
        return None
    literals = {part.name for part in parts if isinstance(part, exp.Literal)}
    if CLOCK in literals:
        return "day" if isinstance(node, exp.Cast) and node.to.is_type("date") else "instant"
    if DAY in literals:
        return "day"
    by_chance = any(
        isinstance(part, exp.Uuid | exp.Rand) or (isinstance(part, exp.Anonymous) and part.name.lower() in CHANCE) for part in parts
    )
    return "chance" if by_chance else None


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
