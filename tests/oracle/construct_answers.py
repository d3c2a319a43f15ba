"""Write what real Airflows make of `fixtures/constructs` beside it: the answers that the unit tests hold the extraction against.

Usage: python tests/oracle/construct_answers.py   (makes the Airflow environments where they are missing)
"""

from __future__ import annotations

import json
from pathlib import Path

from dagcheck.verify.ask import ask
from tests.oracle.environments import make, variables_of

FOLDER = Path(__file__).parents[2] / "fixtures" / "constructs"
VERSIONS = {"2.11": "2.11.2", "3.3": "3.3.2"}


def main() -> None:
    """Ask each version, and keep the files that it can load."""
    files = sorted(path for path in FOLDER.rglob("*.py") if "plugins_code" not in path.parts)
    for name, version in VERSIONS.items():
        python = make(version)
        answer = ask(python, files, [FOLDER], variables_of(version))
        kept = []
        for file in answer.files:
            if file["dags"] and not file["errors"]:
                kept.append({"path": Path(file["path"]).relative_to(FOLDER).as_posix(), "dags": file["dags"], "errors": []})
        target = FOLDER / f"airflow-{name}.json"
        target.write_text(json.dumps({"airflow": version, "files": kept}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{target.name}: {len(kept)} files")


if __name__ == "__main__":
    main()
