"""What git knows of a repository: which files changed since a revision, and the tree of that revision. Runs `git`; never changes the repository."""

from __future__ import annotations

import os
from pathlib import Path

from dagcheck.model.errors import ExplainedError
from dagcheck.records import dataclass


class GitError(ExplainedError):
    """git can't answer; the message says what it needs."""


@dataclass(frozen=True)
class Changes:
    """What changed between a revision and the files as they are now, tracked or not. Paths are absolute.

    `revision` is the commit that was compared with; `note` says where that is not what was asked for.
    """

    revision: str
    present: frozenset[Path]
    gone: frozenset[Path]
    note: str = ""


class Repository:
    """The repository that a folder is in. Raises `GitError` where there is none, or no git."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._program = _program(folder)
        self._settings = _as_variables(_HARMLESS)
        self._settings = _as_variables({**_HARMLESS, **dict.fromkeys(self._programs(), "")})
        up = os.fsdecode(self._git("rev-parse", "--show-cdup", needs="a git repository").rstrip(b"\n"))
        self.root = Path(os.path.normpath(folder / up))

    def changes_since(self, revision: str) -> Changes:
        """The files that changed since the branch left `revision`: committed, staged, not staged, and new ones that are not ignored.

        Where the common ancestor is not in a shallow clone, it is `revision` itself that is compared with, and the note says so. Raises `GitError` where the revision is
        not there.
        """
        commit = self._commit(revision)
        base, note = self._branch_point(commit, revision)
        listed = self._git("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules", base, "--")
        new = self._git("ls-files", "--others", "--exclude-standard", "-z", "--", str(self.root))
        top = [self.root / os.fsdecode(name) for name in listed.split(b"\0") if name]
        below = [Path(os.path.normpath(self.folder / os.fsdecode(name))) for name in new.split(b"\0") if name]
        changed = {*top, *below}
        present = frozenset(path for path in changed if os.path.lexists(path))
        return Changes(base, present, frozenset(changed - present), note)

    def write_tree(self, revision: str, folder: Path) -> None:
        """Write the files of a revision below an empty folder."""
        index = folder / "index"
        tree = folder / "tree"
        tree.mkdir()
        environment = {"GIT_INDEX_FILE": str(index)}
        self._git("read-tree", revision, environment=environment)
        self._git("checkout-index", "--all", "--quiet", f"--prefix={tree}/", environment=environment, at=self.root)

    def _commit(self, revision: str) -> str:
        try:
            return self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
        except GitError:
            raise GitError(f"{self.root}: git knows no revision {revision!r}{self._how_to_get(revision)}") from None

    def _how_to_get(self, revision: str) -> str:
        if self._is_shallow():
            name = revision.removeprefix("origin/")
            return f"; this clone is shallow, so fetch it first, for example with: git fetch --depth=1 origin {name}:refs/remotes/origin/{name}"
        return "; fetch it first, or name a branch, a tag or a commit that is there"

    def _branch_point(self, commit: str, revision: str) -> tuple[str, str]:
        try:
            return self._git("merge-base", commit, "HEAD").decode().strip(), ""
        except GitError:
            why = (
                "the history that this shallow clone holds does not reach the point where the branch left it (git fetch --unshallow gets it)"
                if self._is_shallow()
                else "it has no ancestor in common with HEAD"
            )
            return commit, f"compared with {revision} itself, because {why}; what changed there since counts as changed, too"

    def _is_shallow(self) -> bool:
        return self._git("rev-parse", "--is-shallow-repository").strip() == b"true"

    def _programs(self) -> list[str]:
        """The settings of the repository that name programs which git would run on files."""
        try:
            listed = self._git("config", "--null", "--name-only", "--get-regexp", r"^filter\..*\.(clean|smudge|process|required)$")
        except GitError:  # there are none
            return []
        return [name for name in os.fsdecode(listed).split("\0") if name]

    def _git(self, *arguments: str, needs: str = "", environment: dict[str, str] | None = None, at: Path | None = None) -> bytes:
        variables = {
            **os.environ,
            **self._settings,
            "LC_ALL": "C",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_LAZY_FETCH": "1",
            **(environment or {}),
        }
        import subprocess

        command = [self._program, "-C", str(at or self.folder), *arguments]
        try:
            done = subprocess.run(command, capture_output=True, env=variables, stdin=subprocess.DEVNULL, check=False)
        except FileNotFoundError:
            raise GitError("git is not installed, and what changed can't be known without it") from None
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
            raise GitError(f"{self.folder}: {f'this needs {needs}: ' if needs else ''}git {arguments[0]} failed: {said}")
        return done.stdout


_HARMLESS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.alternateRefsCommand": "",
    "protocol.allow": "never",
    "diff.external": "",
}
"""Settings that keep git from running programs that a repository's own configuration names."""


def _as_variables(settings: dict[str, str]) -> dict[str, str]:
    """Settings as the variables by which git takes them, whatever files say."""
    given = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        given |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": "false" if key.endswith(".required") else value}
    return given


def _program(folder: Path) -> str:
    """Where git is: the first on the path that lies neither below the working directory nor below the folder that is looked at."""
    here = (os.path.realpath(os.getcwd()), os.path.realpath(folder))
    for place in os.get_exec_path():
        path = os.path.join(place, "git.exe" if os.name == "nt" else "git")
        real = os.path.realpath(path)
        if (
            os.path.isabs(place)
            and os.access(path, os.X_OK)
            and os.path.isfile(path)
            and not any(_is_below(real, folder) for folder in here)
        ):
            return path
    raise GitError("git is not installed, and what changed can't be known without it")


def _is_below(path: str, folder: str) -> bool:
    return folder != os.sep and (path == folder or path.startswith(folder.rstrip(os.sep) + os.sep))
