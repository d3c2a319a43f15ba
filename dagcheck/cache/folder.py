"""Where the cache is, and files in it: written whole or not at all, readable for their owner alone, and trusted only if they are the owner's."""

from __future__ import annotations

import os
import stat
import sys
from zlib import crc32

TYPE_CHECKING = False  # as in typing, which a run in which nothing changed does not load
if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "1"
"""The shape of what is kept; another one has a folder of its own."""

_SEAL = 9
_LARGEST = 256 * 1024 * 1024


def cache_folder(environ: Mapping[str, str] | None = None) -> str | None:
    """The folder of the cache: `DAGCHECK_CACHE_DIR`, else `dagcheck` in the user's folder for caches (XDG); None where there is none. It need not exist."""
    environ = os.environ if environ is None else environ
    chosen = environ.get("DAGCHECK_CACHE_DIR")
    if chosen:
        return os.path.join(os.path.abspath(chosen), f"checks-{FORMAT}")
    home = environ.get("XDG_CACHE_HOME")
    if not home or not os.path.isabs(home):
        user = os.path.expanduser("~")
        if not os.path.isabs(user):
            return None
        home = os.path.join(user, "Library", "Caches") if sys.platform == "darwin" else os.path.join(user, ".cache")
    return os.path.join(home, "dagcheck", f"checks-{FORMAT}")


def read_entry(path: str) -> bytes | None:
    """What a file of the cache holds; None where it is not there, not a regular file, or not written by the user who asks, alone."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return None
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST or not is_ours(status):
        os.close(handle)
        return None
    with open(handle, "rb") as file:
        try:
            return file.read()
        except OSError:
            return None


def is_ours(status: os.stat_result) -> bool:
    """True if nobody but the user who asks can have written it."""
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


def write_entry(path: str, data: bytes) -> bool:
    """Put a file into the cache, whole or not at all; the folder is made, for its owner alone. False where that can't be done: a cache may fail without harm."""
    beside = f"{path}.{os.getpid()}.new"
    try:
        make_folder(os.path.dirname(path))
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            with open(handle, "wb") as file:
                file.write(data)
            os.replace(beside, path)
        except OSError:
            os.unlink(beside)
            return False
    except OSError:
        return False
    return True


def sealed(data: bytes) -> bytes:
    """The bytes behind a checksum, which tells whether all of them are there and unharmed."""
    return b"%08x\n" % crc32(data) + data


def unsealed(data: bytes) -> bytes:
    """The bytes without their checksum. Raises `ValueError` where it is wrong."""
    if len(data) < _SEAL or data[:_SEAL] != b"%08x\n" % crc32(data[_SEAL:]):
        raise ValueError("the checksum is wrong")
    return data[_SEAL:]


def remove_entry(path: str) -> None:
    """Take a file out of the cache, if it is there."""
    try:  # noqa: SIM105 - contextlib takes longer to load than a run in which nothing changed may take
        os.unlink(path)
    except OSError:
        pass


def make_folder(folder: str) -> None:
    """Make a folder and those above it; what is made is for its owner alone, and says to tools for backups and to git that it is a cache."""
    if os.path.isdir(folder):
        return
    above = os.path.dirname(folder)
    if not os.path.isdir(above):
        make_folder(above)
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        return
    if os.path.basename(folder) == f"checks-{FORMAT}":
        for name, text in (("CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n"), (".gitignore", "*\n")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
