"""Reads facts off queries and expressions: which column is whose, and what it must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dagcheck.harness.sql.facts import Cell, Facts, Operand, Output, Volatile
from dagcheck.harness.sql.statements import CHANCE, CLOCK, DAY

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
    """Reads queries into `facts`."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    # -- queries

    def query(self, node: exp.Expr, parent: Scope | None) -> list[Output]:
        """Read a query; returns its output columns."""
        from sqlglot import exp

        scope = Scope(parent=parent)
        self.with_clause(node, scope)
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
            return self.star(self._source(node, scope))
        return []

    def with_clause(self, node: exp.Expr, scope: Scope) -> None:
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
        scope = self.scope_of(parts, scope)
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
                        outputs += [output for output in self.star(source) if output.name not in _left_out(item)]
                continue
            name = item.alias_or_name.lower() if isinstance(item, exp.Alias | exp.Column) else None
            outputs.append(Output(name, self.visit(item.unalias(), scope), volatile=volatile_of(item.unalias())))
        return outputs

    def star(self, source: Source) -> list[Output]:
        if source.table is None:
            return [Output(None, None, star) for star in source.stars] + [Output(name, operand) for name, operand in source.outputs.items()]
        table = self.facts.table(source.table)
        if table.declared:
            return [Output(name, cell) for name, cell in table.columns.items()]
        table.starred = True
        return [Output(None, None, source.table)]

    def scope_of(self, parts: list[exp.Expr], outer: Scope) -> Scope:
        from sqlglot import exp

        scope = Scope(parent=outer)
        for part in parts:
            if isinstance(part, exp.Expr):  # sqlglot puts a bool where a broken DELETE names no table
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

    def column(self, column: exp.Column, scope: Scope) -> Operand:
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


def volatile_of(node: exp.Expr) -> Volatile | None:
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


def _left_out(star: exp.Expr) -> set[str]:
    """The names that a `* EXCEPT (…)` does not pass on."""
    inner = star.this if star.key == "column" else star
    return {item.name.lower() for item in inner.args.get("except_") or inner.args.get("except") or ()}
