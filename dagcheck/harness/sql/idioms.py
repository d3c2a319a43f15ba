"""What dialects say in a way of their own, said plainly: one target a statement, and DELETE for a dropped partition."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

_REPLACE = re.compile(r"^(\s*(?:--[^\n]*\n\s*)*)REPLACE\s+INTO\b", re.IGNORECASE)


def prepared(text: str) -> str:
    """The text as sqlglot can parse it: `REPLACE INTO` is an `INSERT` that is told apart by a table hint."""
    return _REPLACE.sub(r"\1INSERT /* dagcheck:replace */ INTO", text)


def plain_trees(tree: exp.Expr) -> list[exp.Expr]:
    """One or more trees that mean the same, each with one target."""
    from sqlglot import exp

    if isinstance(tree, exp.Insert) and any("dagcheck:replace" in comment for node in tree.walk() for comment in node.comments or ()):
        for node in tree.walk():
            node.comments = None
        tree.set("alternative", "REPLACE")
    if isinstance(tree, exp.Drop) and tree.args.get("tables"):
        return [_drop(tree, table) for table in tree.args["tables"]]
    if isinstance(tree, exp.TruncateTable) and len(tree.expressions) > 1:
        return [exp.TruncateTable(expressions=[table.copy()]) for table in tree.expressions]
    if isinstance(tree, exp.Select) and tree.args.get("into"):
        return [_select_into(tree)]
    if isinstance(tree, exp.Alter):
        return _altered(tree)
    if isinstance(tree, exp.Update) and isinstance(tree.this, exp.Table) and tree.this.args.get("joins"):
        _update_of_join(tree)
    return _parted(tree)


def _update_of_join(tree: exp.Update) -> None:
    """MySQL's `UPDATE a JOIN b ON … SET …` as `UPDATE a SET … FROM b WHERE …`."""
    from sqlglot import exp

    joins = tree.this.args["joins"]
    tree.this.set("joins", None)
    conditions = [join.args["on"] for join in joins if join.args.get("on") is not None]
    first = joins[0].this
    first.set("joins", [exp.Join(this=join.this, kind="CROSS") for join in joins[1:]])
    where = tree.args.get("where")
    tree.set("from_", exp.From(this=first))
    tree.set("where", exp.Where(this=exp.and_(*conditions, *([where.this] if where is not None else []))))


def template_of(tree: exp.Expr) -> str | None:
    """The table whose columns a CREATE TABLE (LIKE …) or CLONE takes over."""
    from sqlglot import exp

    node = tree.args.get("clone") or tree.find(exp.LikeProperty)
    table = node.this if node is not None else None
    return table.name if isinstance(table, exp.Table) else None


def swapped_with(tree: exp.Expr) -> str | None:
    """The table with which an ALTER TABLE … SWAP WITH changes places."""
    from sqlglot import exp

    swap = next((action for action in tree.args.get("actions") or () if isinstance(action, exp.SwapTable)), None)
    return swap.this.name if swap is not None else None


def _parted(tree: exp.Expr) -> list[exp.Expr]:
    """A statement whose common table expressions write, as PostgreSQL has them: what each of these returns is put into a temporary table first, then it writes, and the
    statement itself comes last. An INSERT … RETURNING stays, since what it returns depends on conflicts."""
    from sqlglot import exp

    clause = tree.args.get("with_")
    writing = [cte for cte in (clause.expressions if clause is not None else ()) if isinstance(cte.this, exp.Delete | exp.Update)]
    plain: list[exp.Expr] = []
    for cte in writing:
        kept = exp.to_table(f"dagcheck_{cte.alias}")
        returned = cte.this.args.get("returning")
        if returned is not None:
            query = _matched(cte.this, returned)
            plain.append(
                exp.Create(
                    this=kept,
                    kind="TABLE",
                    replace=True,
                    expression=query,
                    properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
                )
            )
        write = cte.this.copy()
        write.set("returning", None)
        plain.append(write)
        for table in list(tree.find_all(exp.Table)):
            if table.name.lower() == cte.alias.lower() and not table.args.get("db"):
                table.set("alias", table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(cte.alias)))
                table.set("this", kept.this.copy())
        cte.pop()
    if clause is not None and not clause.expressions:
        tree.set("with_", None)
    return [*plain, tree]


def _matched(write: exp.Expr, returned: exp.Expr) -> exp.Select:
    """The rows that a DELETE or UPDATE … RETURNING gives back: for an UPDATE with the values that it sets."""
    from sqlglot import exp

    sets = {item.this.name.lower(): item.expression for item in write.expressions if isinstance(item, exp.EQ)}
    columns = [
        exp.alias_(sets[item.name.lower()].copy(), item.name) if isinstance(item, exp.Column) and item.name.lower() in sets else item.copy()
        for item in returned.expressions
    ]
    origin = write.args.get("from_")
    others = [*(write.args.get("using") or ()), *([origin.this] if origin is not None else [])]
    query = exp.Select(
        expressions=columns,
        from_=exp.From(this=write.this.copy()),
        joins=[exp.Join(this=item.copy(), kind="CROSS") for item in others] or None,
    )
    where = write.args.get("where")
    if where is not None:
        query.set("where", where.copy())
    return query


def _drop(tree: exp.Expr, table: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.Drop(this=table.copy(), kind=tree.args.get("kind"), exists=tree.args.get("exists"))


def _select_into(tree: exp.Select) -> exp.Expr:
    from sqlglot import exp

    into = tree.args["into"]
    tree.set("into", None)
    properties = (
        exp.Properties(expressions=[exp.TemporaryProperty()]) if into.args.get("temporary") or into.this.name.startswith("#") else None
    )
    return exp.Create(this=into.this.copy(), kind="TABLE", expression=tree, properties=properties)


def _altered(tree: exp.Alter) -> list[exp.Expr]:
    from sqlglot import exp

    plain: list[exp.Expr] = []
    for action in tree.args.get("actions") or ():
        if isinstance(action, exp.DropPartition):
            parts = [item for partition in action.expressions for item in partition.expressions]
            if all(isinstance(part, exp.Binary) for part in parts):
                plain.append(exp.Delete(this=tree.this.copy(), where=exp.Where(this=exp.and_(*(part.copy() for part in parts)))))
        elif isinstance(action, exp.Delete):
            plain.append(exp.Delete(this=tree.this.copy(), where=action.args["where"].copy()))
        elif isinstance(action, exp.AddPartition):
            plain.append(exp.Set())
    return plain or [tree]
