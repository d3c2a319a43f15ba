"""What lies around a DAG: folders of templates, DDL in SQL files, macros, and whether it works on data intervals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from dagcheck.harness.sql.statements import DEFAULT_SCHEMAS, Statement
from dagcheck.model.dag import Dag
from dagcheck.source.text import SourceError, read_regular


def macros_of(dag: Dag) -> dict[str, Any]:
    """The macros that the DAG gives its templates, as the model has them."""
    argument = dag.arguments.get("user_defined_macros")
    return {str(name): value for name, value in argument.value.items()} if argument is not None and isinstance(argument.value, dict) else {}


def folders_of(dag: Dag, base: Path, more: Sequence[Path]) -> tuple[Path, ...]:
    """Where templates are looked for: `template_searchpath`, the DAG's folder, and the given folders. Relative ones start at the DAG's folder or a given folder."""
    own = (base / dag.path).parent
    argument = dag.arguments.get("template_searchpath")
    value = argument.value if argument is not None else ()
    wanted = [item for item in (value if isinstance(value, list | tuple) else [value]) if isinstance(item, str)]
    roots = (own, *more)
    searched = [(root / item) for item in wanted for root in roots]
    inside = [path for path in searched if any(path.resolve().is_relative_to(root.resolve()) for root in roots)]
    return tuple(dict.fromkeys([*inside, *roots]))


def ddl_of(folders: Sequence[Path], dialects: Sequence[str]) -> Iterable[Statement]:
    """The CREATE TABLE statements of the SQL files in these folders; at most 200 files of at most 200 kB."""
    from dagcheck.harness.sql.statements import Untranslatable, parsed

    files = [path for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*.sql"))]
    for path in list(dict.fromkeys(files))[:200]:
        text = _text_below(path, folders)
        if "create table" not in text.lower() or "{{" in text or "{%" in text:
            continue
        for dialect in (*dialects, ""):
            try:
                found = [statement for statement in parsed(text, dialect) if statement.kind == "create"]
            except Untranslatable:
                continue
            yield from found
            break


def _text_below(path: Path, folders: Sequence[Path]) -> str:
    """The text of a file; nothing of one that is large, no regular file, or outside of the folders, where a link leads."""
    if not any(path.resolve().is_relative_to(folder.resolve()) for folder in folders):
        return ""
    try:
        return read_regular(path, 200_000).decode("utf-8", "replace")
    except SourceError:
        return ""


TEMPLATE = re.compile(r"^[\w./-]+\.\w+$")
"""How the name of a template file looks."""
WRITTEN = re.compile(
    r"\b(?:(?:INSERT|REPLACE|UPSERT|MERGE)\s+(?:OR\s+\w+\s+|IGNORE\s+)?(?:INTO\s+)?|COPY\s+|(?:insert_rows|to_sql|bulk_load)\(\s*(?:table\s*=\s*|name\s*=\s*)?[\"'])"
    r"([`\"]?\w+[`\"]?(?:\.[`\"]?\w+[`\"]?)*)",
    re.IGNORECASE,
)
"""What code writes to, as far as a word in it says so."""


def written_in(path: Path) -> frozenset[str]:
    """The keys of the tables that the text of a Python file speaks of inserting into."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    names = [re.sub(r"[`\"]", "", name).lower().split(".")[-2:] for name in WRITTEN.findall(text)]
    return frozenset(".".join(parts[1:] if len(parts) == 2 and parts[0] in DEFAULT_SCHEMAS else parts) for parts in names)


def speaks_of_interval(dag: Dag, path: Path, folders: Sequence[Path] = ()) -> bool:
    """Whether an argument, a template file or a function of one of its tasks asks where the data interval starts."""
    values = [argument.value for task in dag.tasks for argument in task.arguments.values()]
    texts = [str(value) for value in values]
    names = {
        str(item).strip() for value in values for item in (value if isinstance(value, list | tuple) else [value]) if isinstance(item, str)
    }
    files = [folder / name for name in sorted(names) if TEMPLATE.match(name) for folder in folders]
    texts += [_text_below(file, folders) for file in files if file.is_file()]
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    for task in dag.tasks:
        if task.callable is not None:
            texts += lines[task.callable.line - 1 : task.callable.end_line]
    return any("data_interval_start" in text for text in texts)
