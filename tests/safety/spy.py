"""Run as a script: one command of dagcheck under an audit hook, in this process. `python spy.py REPORT PROJECT WORDS...`

What the program may not do is written to REPORT, one line each: code of the project that is run or imported, processes other than its own tools, sockets, reads of the
folder beside the project, writes anywhere but in the folders for temporary files and for the cache, and in one that SPY_MAY_WRITE names.
"""

from __future__ import annotations

import os
import sys

REPORT, PROJECT = sys.argv[1], os.path.realpath(sys.argv[2])
OUTSIDE = os.path.join(os.path.dirname(PROJECT), "outside")
WRITABLE = tuple(os.path.realpath(os.environ[name]) for name in ("TMPDIR", "DAGCHECK_CACHE_DIR", "SPY_MAY_WRITE") if name in os.environ)
BY_HANDLE = ("os.remove", "os.rmdir", "os.mkdir")
"""Changes whose last argument is the handle of the folder that the path is relative to."""
HANDLE = os.open(REPORT, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
SOCKETS = ("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
PROCESSES = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.forkpty", "pty.spawn")
CHANGES = (
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.chmod",
    "os.chown",
    "os.truncate",
    "shutil.rmtree",
)


def tell(*what: object) -> None:
    """Write down what must not be."""
    frame, places = sys._getframe(1), []
    while frame is not None and len(places) < 8:
        places.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
        frame = frame.f_back
    os.write(HANDLE, f"{what} {places}\n".encode())


def below(path: object, *folders: str) -> bool:
    """Whether a path is one of the folders or below one."""
    if not isinstance(path, str | bytes | os.PathLike):
        return False
    text = os.path.realpath(os.fsdecode(path))
    return any(text == folder or text.startswith(f"{folder}{os.sep}") for folder in folders)


def watch(event: str, args: tuple[object, ...]) -> None:
    """The audit hook."""
    if event == "open":
        path, mode, flags = args
        writes = isinstance(flags, int) and flags & WRITING if mode is None else set(str(mode)) & set("wax+")
        if (writes and not below(path, *WRITABLE) and path != os.devnull and not isinstance(path, int)) or below(path, OUTSIDE):
            tell(event, *args)
    elif event == "exec":
        code = args[0]
        caller = sys._getframe(1).f_code.co_filename
        nameless = code.co_filename.startswith("<")
        if is_ours(caller) if nameless else below(code.co_filename, PROJECT, OUTSIDE):
            tell(event, code.co_filename, caller)
    elif event == "subprocess.Popen":
        program = args[0]
        if os.path.basename(str(program)) not in ("ruff", "git") or not os.path.isabs(str(program)) or below(program, PROJECT):
            tell(event, *args)
    elif event == "pickle.find_class":
        if str(args[0]).partition(".")[0] not in (
            "dagcheck",
            "dagcheck_rules",
            "pathlib",
            "datetime",
            "builtins",
            "collections",
            "zoneinfo",
            "_io",
        ):
            tell(event, *args)
    elif event in SOCKETS or event in PROCESSES or is_change(event, args):
        tell(event, *args)


def is_change(event: str, args: tuple[object, ...]) -> bool:
    """Whether files are changed where nothing may be, the folder beside the project is listed, or a library of the project is loaded."""
    if event in CHANGES:
        folder = f"/proc/self/fd/{args[-1]}" if isinstance(args[-1], int) and args[-1] > 0 and event in BY_HANDLE else ""
        parent, name = os.path.split(os.path.abspath(os.path.join(folder, os.fsdecode(args[0]))))
        return not f"{os.path.realpath(parent)}{os.sep}{name}".startswith(WRITABLE)
    return below(args[0], OUTSIDE) if event in ("os.listdir", "os.scandir") else event == "ctypes.dlopen" and below(args[0], PROJECT)


def is_ours(path: str) -> bool:
    """Whether a file is code of dagcheck, which has no business with `exec` and `eval`; libraries make classes by them, as do our records and models of their fields."""
    if path.endswith((f"{os.sep}dagcheck{os.sep}records.py", f"{os.sep}dagcheck{os.sep}model{os.sep}exact.py")):
        return False
    return f"{os.sep}dagcheck{os.sep}" in path or f"{os.sep}dagcheck_rules{os.sep}" in path


def main() -> int:
    """Run the command, then see which modules came from the project."""
    sys.path.pop(0)  # the folder of this script, which stands for that of the `dagcheck` script
    sys.addaudithook(watch)
    from dagcheck.cli.main import main as run

    try:
        status = run(sys.argv[3:])
    except SystemExit as ended:
        status = int(ended.code or 0)
    for name, module in list(sys.modules.items()):
        if below(getattr(module, "__file__", None), PROJECT, OUTSIDE):
            tell("imported", name)
    return status


if __name__ == "__main__":
    sys.exit(main())
