"""Regular expressions that are compiled when they are first used: most runs use few of those that are written down."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    def late(pattern: str, flags: int = 0) -> re.Pattern[str]:
        """A pattern as `re.compile` gives it. It is no `re.Pattern` itself, so it can be used by its methods alone."""

else:

    class late:  # noqa: N801 - stands where a function does
        """A pattern as `re.compile` gives it. It is no `re.Pattern` itself, so it can be used by its methods alone."""

        def __init__(self, pattern: str, flags: int = 0) -> None:
            self.pattern, self._flags = pattern, flags

        def __getattr__(self, name: str) -> Any:
            """A method of the compiled pattern; from now on it is found without this detour."""
            if name.startswith("__"):
                raise AttributeError(name)
            compiled = re.compile(self.pattern, self._flags)
            for method in ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split", "groups", "groupindex"):
                setattr(self, method, getattr(compiled, method))
            return getattr(compiled, name)

        def __repr__(self) -> str:
            return f"late({self.pattern!r})"
