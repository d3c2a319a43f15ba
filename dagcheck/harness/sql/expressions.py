"""What expressions tell of the columns in them: one small table from sqlglot's classes to kinds of value."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dagcheck.harness.sql.facts import Cell, Constant, Operand
from dagcheck.harness.sql.schema import DATE, DATE_NAME, INSTANT_NAME
from dagcheck.harness.sql.statements import CLOCK, DAY

if TYPE_CHECKING:
    from sqlglot import exp

    from dagcheck.harness.sql.reading import Reader, Scope


def operand_of(reader: Reader, node: exp.Expr, scope: Scope) -> Operand:
    """Read one expression and all below it into the reader's facts."""
    from sqlglot import exp

    if isinstance(node, exp.Column):
        return reader.column(node, scope)
    if isinstance(node, exp.Literal):
        if node.name in (CLOCK, DAY):
            return "timestamp" if node.name == CLOCK else "date"
        return Constant(node.name, node.is_string)
    if isinstance(node, exp.Paren | exp.Alias | exp.Ordered | exp.Where | exp.Having | exp.Qualify | exp.Neg):
        inner = reader.visit(node.this, scope)
        return Constant("-" + inner.value, inner.is_string) if isinstance(node, exp.Neg) and isinstance(inner, Constant) else inner
    if isinstance(node, exp.Query):
        outputs = reader.query(node, scope)
        return outputs[0].operand if len(outputs) == 1 else None
    if isinstance(node, exp.Boolean):
        return "boolean"
    if isinstance(node, exp.JSONExtract | exp.JSONExtractScalar | exp.JSONBExtract | exp.JSONBExtractScalar):
        inner = reader.visit(node.this, scope)
        keys = tuple(part.name for part in node.expression.find_all(exp.JSONPathKey)) or (
            (node.expression.name,) if isinstance(node.expression, exp.Literal) else ()
        )
        if isinstance(inner, Cell) and keys:
            inner.find().paths.append(keys)
        return None
    if isinstance(node, exp.Uuid | exp.Rand):
        return "text" if isinstance(node, exp.Uuid) else "fraction"
    for handler in (_comparison, _logic, _arithmetic, _typed):
        handled, operand = handler(reader, node, scope)
        if handled:
            return operand
    for child in node.iter_expressions():
        reader.visit(child, scope)
    return None


Handled = tuple[bool, Operand]


def _comparison(reader: Reader, node: exp.Expr, scope: Scope) -> Handled:
    from sqlglot import exp

    facts = reader.facts
    if isinstance(node, exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE | exp.NullSafeEQ | exp.NullSafeNEQ):
        one, other = reader.visit(node.this, scope), reader.visit(node.expression, scope)
        facts.relate(one, other)
        for operand in (one, other):
            if isinstance(operand, Cell):
                operand.compared = True
    elif isinstance(node, exp.Between):
        inner = reader.visit(node.this, scope)
        facts.relate(inner, reader.visit(node.args["low"], scope))
        facts.relate(inner, reader.visit(node.args["high"], scope))
    elif isinstance(node, exp.In):
        inner = reader.visit(node.this, scope)
        for item in [*node.expressions, *([node.args["query"]] if node.args.get("query") is not None else [])]:
            facts.relate(inner, reader.visit(item, scope))
    elif isinstance(node, exp.Like | exp.ILike | exp.RegexpLike):
        inner, pattern = reader.visit(node.this, scope), reader.visit(node.expression, scope)
        facts.relate(inner, "text")
        if isinstance(inner, Cell) and isinstance(pattern, Constant) and not isinstance(node, exp.RegexpLike):
            inner.find().patterns.append(pattern.value)
    elif isinstance(node, exp.Is):
        inner = reader.visit(node.this, scope)
        if isinstance(inner, Cell) and isinstance(node.expression, exp.Null):
            inner.null_matters = True
        elif isinstance(node.expression, exp.Boolean):
            facts.relate(inner, "boolean")
    else:
        return False, None
    return True, "boolean"


def _logic(reader: Reader, node: exp.Expr, scope: Scope) -> Handled:
    from sqlglot import exp

    if isinstance(node, exp.And | exp.Or | exp.Not):
        for child in node.iter_expressions():
            reader.facts.relate(reader.visit(child, scope), "boolean") if isinstance(child, exp.Column) else reader.visit(child, scope)
        return True, "boolean"
    if isinstance(
        node,
        exp.Coalesce | exp.Max | exp.Min | exp.Greatest | exp.Least | exp.AnyValue | exp.First | exp.Last | exp.Lag | exp.Lead | exp.Nullif,
    ):
        operands = [reader.visit(child, scope) for child in [node.this, *node.expressions] if child is not None]
        return True, _one_of(reader, operands)
    if isinstance(node, exp.Case):
        for branch in node.args.get("ifs") or ():
            condition = reader.visit(branch.this, scope)
            if node.this is not None:
                reader.facts.relate(reader.visit(node.this, scope), condition)
        values = [reader.visit(branch.args["true"], scope) for branch in node.args.get("ifs") or ()]
        return True, _one_of(reader, [*values, reader.visit(node.args.get("default"), scope)])
    if isinstance(node, exp.If):
        reader.visit(node.this, scope)
        return True, _one_of(reader, [reader.visit(node.args.get("true"), scope), reader.visit(node.args.get("false"), scope)])
    if isinstance(node, exp.Window):
        for item in node.args.get("partition_by") or ():
            operand = reader.visit(item, scope)
            if isinstance(operand, Cell) and isinstance(node.this, exp.RowNumber | exp.Rank | exp.DenseRank):
                reader.facts.deduplicated.append(operand)
        order = node.args.get("order")
        for item in order.expressions if order is not None else ():
            reader.visit(item, scope)
        return True, reader.visit(node.this, scope)
    return False, None


def _one_of(reader: Reader, operands: list[Operand]) -> Operand:
    for one, other in pairwise(operands):
        reader.facts.relate(one, other)
    cells = [operand for operand in operands if isinstance(operand, Cell)]
    return cells[0] if cells else next((operand for operand in operands if operand is not None), None)


def _arithmetic(reader: Reader, node: exp.Expr, scope: Scope) -> Handled:
    from sqlglot import exp

    facts = reader.facts
    if isinstance(node, exp.Add | exp.Sub):
        one, other = reader.visit(node.this, scope), reader.visit(node.expression, scope)
        if isinstance(node.this, exp.Interval) or isinstance(node.expression, exp.Interval):
            moved = other if isinstance(node.this, exp.Interval) else one
            facts.relate(moved, "temporal")
            return True, moved if isinstance(moved, Cell) else "timestamp"
        if one in ("date", "timestamp", "temporal"):
            return True, one
        if _tells_when(one) or _tells_when(other):
            return True, one if isinstance(one, Cell) else "date"
        for operand in (one, other):
            facts.relate(operand, "number")
        return True, one if isinstance(one, Cell) else "number"
    if isinstance(node, exp.Mul | exp.Div | exp.Mod | exp.IntDiv):
        for child in (node.this, node.expression):
            facts.relate(reader.visit(child, scope), "number")
        return True, "number"
    return False, None


def _tells_when(operand: Operand) -> bool:
    """Whether an operand of + or - is a date by its looks: a literal that is written as one, or a column that is named as one."""
    if isinstance(operand, Constant):
        return operand.is_string and DATE.match(operand.value) is not None
    return (
        isinstance(operand, Cell)
        and "number" not in operand.find().tags
        and (DATE_NAME.search(operand.name) or INSTANT_NAME.search(operand.name)) is not None
    )


def _typed(reader: Reader, node: exp.Expr, scope: Scope) -> Handled:
    """Functions that want one kind of value and give one: (what they give, what they want of their first argument)."""
    from sqlglot import exp

    if isinstance(node, exp.Cast | exp.TryCast):
        inner, wanted = reader.visit(node.this, scope), _tag_of(node.to)
        if wanted in ("date", "timestamp"):
            facts = reader.facts
            facts.relate(inner, "temporal") if isinstance(inner, Cell) else None
        return True, Constant(inner.value, True) if isinstance(inner, Constant) and wanted in ("date", "timestamp") else wanted
    table: tuple[tuple[type | tuple[type, ...], str | None, str | None], ...] = (
        ((exp.Sum, exp.Avg, exp.Stddev, exp.Variance, exp.Abs, exp.Round, exp.Floor, exp.Ceil), "number", "number"),
        ((exp.Count, exp.RowNumber, exp.Length), "number", None),
        ((exp.Upper, exp.Lower, exp.Trim, exp.Concat, exp.DPipe, exp.Substring, exp.Replace, exp.Initcap), "text", "text"),
        (
            (exp.DateTrunc, exp.TimestampTrunc, exp.DateAdd, exp.DateSub, exp.TimestampAdd, exp.TimestampSub, exp.TsOrDsAdd, exp.LastDay),
            "timestamp",
            "temporal",
        ),
        ((exp.Date, exp.TsOrDsToDate), "date", "temporal"),
        ((exp.Extract, exp.Year, exp.Month, exp.Day, exp.DateDiff, exp.DayOfWeek), "number", "temporal"),
        ((exp.TimeToStr, exp.TsOrDsToDateStr), "text", "temporal"),
    )
    for classes, gives, wants in table:
        if isinstance(node, classes):
            children = list(node.iter_expressions())
            subject = node.expression if isinstance(node, exp.Extract) else node.this
            for child in children:
                operand = reader.visit(child, scope)
                if wants and (child is subject or isinstance(node, exp.Concat | exp.DPipe | exp.DateDiff)):
                    reader.facts.relate(operand, wants)
            return True, gives
    return False, None


def _tag_of(kind: exp.DataType) -> str | None:
    from sqlglot import exp

    if kind.is_type(*exp.DataType.TEXT_TYPES):
        return "text"
    if kind.is_type("date"):
        return "date"
    if kind.is_type(*exp.DataType.TEMPORAL_TYPES):
        return "timestamp"
    if kind.is_type(*exp.DataType.NUMERIC_TYPES):
        return "number"
    return "boolean" if kind.is_type("boolean") else None
