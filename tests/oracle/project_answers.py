"""Write what real Airflows make of `fixtures/projects` beside it: the answers that the unit tests hold the extraction against.

Usage: python -m tests.oracle.project_answers   (makes the Airflow environments where they are missing)
"""

from __future__ import annotations

import json
from typing import Any

from dagcheck.verify.ask import ask
from tests.oracle.environments import make, variables_of
from tests.oracle.projects import BOTH, FOLDER, PROJECTS, has_library


def main() -> None:
    """Ask each version about the projects that are for it."""
    for version in BOTH:
        python = make(version)
        found: list[dict[str, Any]] = []
        for project in PROJECTS:
            if version not in project.versions:
                continue
            if not has_library(python, project.needs):
                raise SystemExit(f"the environment with Airflow {version} has no {project.needs}")
            answer = ask(python, project.files, project.roots, variables_of(version))
            roots = [root.relative_to(FOLDER).as_posix() for root in project.roots]
            for path, file in zip(project.files, answer.files, strict=True):
                entry = {"path": path.relative_to(FOLDER).as_posix(), "roots": roots, "dags": file["dags"], "errors": file["errors"]}
                found.append(entry)
        target = FOLDER / f"airflow-{version.rpartition('.')[0]}.json"
        target.write_text(json.dumps({"airflow": version, "files": found}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{target.name}: {len(found)} files")


if __name__ == "__main__":
    main()
