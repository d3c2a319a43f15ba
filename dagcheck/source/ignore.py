"""Ignore files: `.airflowignore` in both of its syntaxes, and `.gitignore`."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from dagcheck.patterns import late
from dagcheck.records import dataclass

if TYPE_CHECKING:
    import pathspec

    from dagcheck.source.steady import Steady

IgnoreSyntax = Literal["regexp", "glob"]

_QUICK = 20.0
"""The natural logarithm of the ways to match a path that Python's `re` may try at worst: three `*` and the folders above."""
_FEW = 3
"""So many repetitions in a row are quick on any path."""
_FOLDERS = "^(?:.+/)?"
"""What pathspec begins a pattern with that holds in any folder; it goes on at slashes alone."""
_MARK = "ps_d"
"""The group in which pathspec's patterns catch the slash after a folder."""
_PATIENCE = 30.0
"""The same for a pattern that nobody else can match: five or six `.*` in a row, but none inside a repetition."""
_COMMENT = late(r"\s*#.*")


@dataclass(frozen=True)
class RegexpRule:
    """A line of a regexp `.airflowignore`: searched in the path relative to the DAG folder, wherever the file stands."""

    pattern: re.Pattern[str] | Steady
    folder: Path

    def matches(self, path: Path, is_folder: bool) -> bool | None:
        """True where the rule ignores the path; None where it has nothing to say."""
        return True if self.pattern.search(str(path.relative_to(self.folder))) else None


@dataclass(frozen=True)
class GlobRule:
    """A line of a glob `.airflowignore`: gitignore's syntax.

    Without a slash inside, it is held against the bare name (`folder` is None); with one, against the path from its own folder. In Airflow 2 (`second`) a pattern for
    folders, which ends in a slash, also matches the files below the folder, whatever a later pattern says of the folder.
    """

    pattern: str
    folder: Path | None
    second: bool = False

    def matches(self, path: Path, is_folder: bool) -> bool | None:
        """True where the rule ignores the path, False where it takes it back (`!`), None where it has nothing to say."""
        if self.pattern.rstrip().endswith("/") and not is_folder and not self.second:
            return None
        name = path.relative_to(self.folder).as_posix() if self.folder else path.name
        if not any(regex.search(f"{name}/" if is_folder else name) for regex in self._regexes):
            return None
        return not self.pattern.startswith("!")

    @cached_property
    def _regexes(self) -> list[re.Pattern[str] | Steady]:
        import pathspec

        with _quietly():
            patterns = pathspec.GitIgnoreSpec.from_lines([self.pattern.removeprefix("!")]).patterns
        return [_quick(pattern.regex) for pattern in patterns if isinstance(pattern, pathspec.RegexPattern) and pattern.regex is not None]


AirflowRule = RegexpRule | GlobRule


def read_airflowignore(
    text: str, syntax: IgnoreSyntax, folder: Path, dag_folder: Path, *, second: bool = False
) -> tuple[list[AirflowRule], list[str]]:
    """The rules of an `.airflowignore` in `folder`, and what is to be said of lines that are passed over. `second`: as Airflow 2 reads it.

    Airflow warns about lines that it cannot use and goes on; so do we, and we leave out a regular expression that Python could be at for hours (Airflow's RE2 could not).
    """
    rules: list[AirflowRule] = []
    refused = []
    for line in filter(None, (_COMMENT.sub("", line) for line in text.split("\n"))):
        try:
            rules.append(RegexpRule(_compiled(line), dag_folder) if syntax == "regexp" else _glob(line, folder, second))
        except _EndlessError:
            refused.append(f"may take very long to match, so it is passed over here: {line}")
        except (ValueError, re.error):
            refused.append(f"not a {syntax} pattern: {line}")
    return rules, refused


class _EndlessError(Exception):
    """A regular expression that may try more ways than anybody can wait for."""


def _compiled(line: str) -> re.Pattern[str] | Steady:
    with _quietly():
        compiled = re.compile(line)
    found = _quick(compiled)
    if found is compiled and not _is_short(line) and _cost(line) > _PATIENCE:
        raise _EndlessError
    return found


def _cost(pattern: str) -> float:
    from dagcheck.regex_cost import USUAL, Measured, ways

    return ways(pattern, Measured(USUAL))


def _quick(compiled: re.Pattern[str]) -> re.Pattern[str] | Steady:
    """What matches the pattern in little time, whatever the path; the pattern itself where nothing does."""
    if _is_short(compiled.pattern):
        return compiled
    if _cost(compiled.pattern) > _QUICK and not compiled.flags & ~re.UNICODE:
        from dagcheck.source.steady import Steady

        with contextlib.suppress(ValueError):
            return Steady(compiled.pattern)
    return compiled


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Inside, Python does not warn of patterns that it will read otherwise one day, such as a set in a set."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _is_short(pattern: str) -> bool:
    """True for what nearly all patterns are, and what is known to be quick without working out its cost: few repetitions, and none of them of a group."""
    few = _FEW if pattern.startswith("^") else _FEW - 1  # which begins anywhere
    return sum(map(pattern.removeprefix(_FOLDERS).count, "*+{")) <= few and not any(nested in pattern for nested in (")*", ")+", "){"))


def _glob(line: str, folder: Path, second: bool) -> GlobRule:
    if line.strip() == "/":
        raise ValueError("matches nothing")
    rule = GlobRule(line, folder if "/" in line.rstrip("/") else None, second)
    rule.matches(folder / "probe", True)  # raises for what is no pattern
    return rule


def is_ignored(path: Path, is_folder: bool, rules: Iterable[AirflowRule]) -> bool:
    """What the rules say together: the last one that has something to say decides."""
    ignored = False
    for rule in rules:
        verdict = rule.matches(path, is_folder)
        if verdict is not None:
            ignored = verdict
    return ignored


@dataclass(frozen=True)
class PatternList:
    """Patterns in gitignore's syntax, relative to a folder: one `.gitignore`, or patterns of the configuration."""

    patterns: tuple[str, ...]
    folder: Path

    @cached_property
    def _spec(self) -> pathspec.GitIgnoreSpec:
        import pathspec

        with _quietly():
            return pathspec.GitIgnoreSpec.from_lines(line for line in self.patterns if _patterns(line))

    def verdict(self, path: Path, is_folder: bool) -> bool | None:
        """True where the path or a folder above it is matched, False where a `!` pattern takes it back, None where nothing applies."""
        if not self.patterns or not path.is_relative_to(self.folder):
            return None
        name = path.relative_to(self.folder).as_posix()
        name = f"{name}/" if is_folder else name
        if not all(isinstance(matcher.regex, re.Pattern) for matcher in self._matchers):
            return self._steady_verdict(name)
        return self._spec.check_file(name).include

    def _steady_verdict(self, name: str) -> bool | None:
        """The verdict as pathspec finds it: the last pattern that matches the file itself decides, else the last that matches a folder above it."""
        above = None
        for matcher in self._matchers:
            how = matcher.how(name)
            if how == "itself":
                return matcher.include
            above = matcher.include if how == "above" and above is None else above
        return above

    def own_verdict(self, path: Path, is_folder: bool) -> bool | None:
        """The same for the path itself, whatever holds for the folders above it: what git asks on its way down."""
        if not path.is_relative_to(self.folder):
            return None
        name = path.relative_to(self.folder).as_posix()
        for matcher in self._matchers:
            if matcher.matches(name, is_folder):
                return matcher.include
        return None

    @cached_property
    def _matchers(self) -> tuple[_Matcher, ...]:
        """One for each pattern, the last first."""
        found = []
        for line in self.patterns:
            for pattern in _patterns(line):
                if pattern.regex is not None and pattern.include is not None:
                    text = line.rstrip()
                    found.append(_Matcher(_quick(pattern.regex), pattern.include, text.endswith("/"), text.endswith(("**", "**/"))))
        return tuple(reversed(found))


def _patterns(line: str) -> list[pathspec.RegexPattern]:
    """A line as pathspec reads it; nothing of a line that is no pattern, such as a lone `!` or `[z-a]`, which git passes over."""
    import pathspec

    try:
        with _quietly():
            found = pathspec.GitIgnoreSpec.from_lines([line]).patterns
    except (ValueError, re.error):
        return []
    return [pattern for pattern in found if isinstance(pattern, pathspec.RegexPattern)]


class _Matcher(NamedTuple):
    """One pattern. `of_folders`: it ends in a slash; `of_insides`: it ends in `**`, which matches what is inside, however deep."""

    regex: re.Pattern[str] | Steady
    include: bool
    of_folders: bool
    of_insides: bool

    def how(self, name: str) -> Literal["itself", "above"] | None:
        """Whether the pattern matches the path itself, or only a folder above it."""
        found = self.regex.search(name)
        if not found:
            return None
        if isinstance(found, re.Match):
            return "above" if found.groupdict().get(_MARK) else "itself"
        from dagcheck.source.steady import Steady

        whole = self.regex.pattern.replace(f"(?P<{_MARK}>/)|", "")
        return "itself" if _MARK not in whole and Steady(whole).search(name) else "above"

    def matches(self, name: str, is_folder: bool) -> bool:
        if self.of_folders and not is_folder:
            return False
        name = f"{name}/" if self.of_folders else name
        if not self.regex.pattern.startswith("^"):  # pathspec's short form of a pattern that matches everything
            return bool(self.regex.search(name))
        whole = bool(self.regex.fullmatch(name))
        return bool(self.regex.match(name)) and not whole if self.of_insides else whole


def is_git_ignored(path: Path, is_folder: bool, lists: Iterable[PatternList]) -> bool:
    """What the `.gitignore` files from the repository's root down say: the deepest that has something to say decides."""
    ignored = False
    for patterns in lists:
        verdict = patterns.own_verdict(path, is_folder)
        if verdict is not None:
            ignored = verdict
    return ignored
