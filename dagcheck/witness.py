"""What a run reads and looks for in the file system, so that it can be told later whether any of it is different now.

Each path has a token: `=` and a digest for a file that was read, `[` and a digest for a folder that was listed, `i` and a digest for the distributions that are installed in
a folder, `f`, `d` and `o` for a file, a folder and anything else that were only asked for, `-` for what is not there, `@` and a path for where links lead to, `!` and numbers
for what could not be read. A path has one token; reading says more than asking.
"""

from __future__ import annotations

import os
import stat
from contextvars import ContextVar

TYPE_CHECKING = False  # as in typing, which a run in which nothing changed does not load
if TYPE_CHECKING:
    from collections.abc import Iterable

Stat = tuple[int, int, int, int]
"""Time of the last write (ns), size (bytes), inode, time of the last change of the inode (ns)."""

MISSING = "-"
FILE = "f"
FOLDER = "d"
OTHER = "o"
_WEAK = (MISSING, FILE, FOLDER, OTHER)

LINK = "\0"
"""Before the path of an entry that says where links lead to."""


class Witness:
    """Tokens by absolute path, and the `Stat` of what was read or listed at that moment."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}
        self.stats: dict[str, Stat] = {}

    def read(self, path: str, status: os.stat_result, data: bytes) -> None:
        """A regular file was read."""
        self.tokens[path], self.stats[path] = token_of(data), stat_of(status)

    def refused(self, path: str) -> None:
        """A path could not be read as a file: it is not there, it is something else, or too large."""
        if self.tokens.get(path, MISSING) in _WEAK:
            self.tokens[path] = refusal(path)

    def looked(self, path: str, kind: str) -> None:
        """It was asked whether something is there: `MISSING`, `FILE`, `FOLDER` or `OTHER`."""
        if self.tokens.get(path, MISSING) in _WEAK:
            self.tokens[path] = kind

    def listed(self, path: str, status: os.stat_result, entries: Iterable[tuple[str, str]]) -> None:
        """A folder was listed: names with their kinds."""
        self.tokens[path], self.stats[path] = token_of_entries(entries), stat_of(status)

    def led(self, path: str, real: str) -> None:
        """Links on the way to a path were followed."""
        if path != real:
            self.tokens[LINK + path] = f"@{real}"


_witness: ContextVar[Witness | None] = ContextVar("witness", default=None)


def current() -> Witness | None:
    """The witness of the run, if it has one."""
    return _witness.get()


class Watched:
    """Inside, everything that is read and looked for is told to the witness (default: a new one)."""

    def __init__(self, witness: Witness | None = None) -> None:
        self.witness = Witness() if witness is None else witness

    def __enter__(self) -> Witness:
        self._before = _witness.set(self.witness)
        return self.witness

    def __exit__(self, *error: object) -> None:
        _witness.reset(self._before)


_NO_DEVICE = 6
"""`errno.ENXIO`; the module takes time to load."""

LARGEST = 64 * 1024 * 1024
"""The most bytes that a configuration, a baseline or a history may have."""


class NotRegular(OSError):
    """What is at a path is no regular file that may be read: a device, a pipe, a socket, or far too large."""


def read_regular(path: str | os.PathLike[str], limit: int = LARGEST) -> tuple[os.stat_result, bytes]:
    """The bytes of a regular file of at most `limit` bytes, without a witness. Never waits for a pipe or a device. Raises `OSError`."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        if error.errno == _NO_DEVICE:  # a socket
            raise NotRegular(22, "is no regular file", os.fspath(path)) from None
        raise
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(21, "is a folder", os.fspath(path))
        if not stat.S_ISREG(status.st_mode):
            raise NotRegular(22, "is no regular file", os.fspath(path))
        data = file.read(limit + 1)
        if len(data) > limit:
            raise NotRegular(27, f"is larger than {limit:,} bytes", os.fspath(path))
        return status, data


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a regular file, witnessed. Raises `OSError`."""
    witness = _witness.get()
    try:
        status, data = read_regular(path)
    except OSError:
        if witness is not None:
            witness.refused(os.fspath(path))
        raise
    if witness is not None:
        witness.read(os.fspath(path), status, data)
    return data


def is_there(path: str | os.PathLike[str]) -> bool:
    """`os.path.exists`, witnessed."""
    return kind_of(path) != MISSING


def is_folder(path: str | os.PathLike[str]) -> bool:
    """`os.path.isdir`, witnessed."""
    return kind_of(path) == FOLDER


def kind_of(path: str | os.PathLike[str]) -> str:
    """What is at a path, links followed: `FOLDER`, `FILE`, `OTHER` or `MISSING`; witnessed."""
    found = kind_at(os.fspath(path))
    witness = _witness.get()
    if witness is not None:
        witness.looked(os.fspath(path), found)
    return found


def kind_at(path: str) -> str:
    """The same without a witness."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return MISSING
    return FOLDER if stat.S_ISDIR(mode) else FILE if stat.S_ISREG(mode) else OTHER


def token_of(data: bytes) -> str:
    """The token of a file that holds the bytes."""
    return f"={_digest(data)}"


def _digest(data: bytes) -> str:
    from dagcheck.digests import blake2b

    return blake2b(data, digest_size=16).hexdigest()


def token_of_entries(entries: Iterable[tuple[str, str]]) -> str:
    """The token of a folder that holds the names, with their kinds; what Python itself writes there does not count."""
    told = "\0".join(f"{name}/{kind}" for name, kind in sorted(entries) if name != "__pycache__")
    return f"[{_digest(told.encode('utf-8', 'surrogatepass'))}"


def token_of_installed(path: str) -> str:
    """The token of the distributions that are installed in a folder of `sys.path`: their names and versions, and where they name rule packs, what they say there."""
    try:
        names = sorted(name for name in os.listdir(path) if name.endswith((".dist-info", ".egg-info", ".egg-link", ".pth")))
    except (OSError, ValueError):
        return MISSING
    told = [os.fsencode(name) for name in names]
    for name in names:
        try:
            text = read_regular(os.path.join(path, name, "entry_points.txt"))[1]
        except OSError:
            continue
        if b"dagcheck" in text:
            told.append(text)
    return f"i{_digest(bytes(0).join(told))}"


def entries_of(path: str) -> list[tuple[str, str]]:
    """The names in a folder, each with the kind of what is there: a link's own letter, and that of what it leads to. Raises `OSError`."""
    with os.scandir(path) as entries:
        return [(entry.name, entry_kind(entry)) for entry in entries]


def entry_kind(entry: os.DirEntry[str]) -> str:
    """The kind of one entry of a folder."""
    try:
        return ("l" if entry.is_symlink() else "") + (FOLDER if entry.is_dir() else FILE if entry.is_file() else OTHER)
    except OSError:
        return "?"


def refusal(path: str) -> str:
    """The token of a path that can't be read as a file."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return MISSING
    except (OSError, ValueError) as error:
        return f"!{type(error).__name__}"
    return f"!{stat.S_IFMT(status.st_mode)} {stat.S_IMODE(status.st_mode)} {status.st_size} {status.st_ctime_ns if stat.S_ISREG(status.st_mode) else 0}"


def stat_of(status: os.stat_result) -> Stat:
    """What is compared to see whether a file may have changed."""
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_ctime_ns


def still_holds(path: str, token: str) -> bool:
    """True if the token of a path would be the same now. Reads the file or lists the folder where it must."""
    try:
        return token_now(path, token) == token
    except (OSError, ValueError):
        return False


def token_now(path: str, token: str) -> str:
    """The token that a path has now, of the sort of the given one. Raises `OSError` where a file can't be read or a folder can't be listed."""
    if token in _WEAK:
        return kind_at(path)
    if token.startswith("="):
        return _file_token(path)
    if token.startswith("["):
        return token_of_entries(entries_of(path))
    if token.startswith("i"):
        return token_of_installed(path)
    if token.startswith("@"):
        return f"@{os.path.realpath(path.removeprefix(LINK))}"
    return refusal(path)


def _file_token(path: str) -> str:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
    with open(handle, "rb") as file:
        return token_of(file.read()) if stat.S_ISREG(os.fstat(handle).st_mode) else "!"
