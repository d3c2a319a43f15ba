"""Where a file runs shell commands."""

from __future__ import annotations

import ast
import re

from dagcheck.patterns import late
from dagcheck_rules.security._detection.scope import Function
from dagcheck_rules.security._detection.slots import Slot
from dagcheck_rules.security._detection.text import called
from dagcheck_rules.security._flow.labels import Names

_SHELL_ARGUMENTS = frozenset(["bash_command", "ssh_command", "shell_command"])
_REMOTE = late(r"SSH|WinRM|Winrm|Sftp|SSHRemote|Shell|Bash|SSM|RunCommand")
_SYSTEM = frozenset(
    ["os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "commands.getoutput", "asyncio.create_subprocess_shell"]
)
_STARTERS = frozenset(["run", "call", "check_call", "check_output", "Popen"])
SHELLS = late(r"^(?:/(?:usr/)?bin/)?(?:ba|z|da|k|a)?sh$|^cmd(?:\.exe)?$|^powershell$")


def runs_in_shell(slot: Slot) -> bool:
    """Whether a text is a command that an operator hands to a shell: `bash_command`, the `command` of an SSH operator, what follows `sh -c` in a container's command."""
    names = slot.around.names
    if not names:
        return False
    if names[0] in _SHELL_ARGUMENTS:
        return True
    if names[0] in ("command", "commands") and _REMOTE.search(slot.around.callee):
        return True
    return names[0] in ("command", "commands", "cmds", "arguments", "args", "entrypoint") and bool(
        re.match(r"(?:/(?:usr/)?bin/)?(?:ba|z|da)?sh\s+-\w*c\s", slot.text.value)
    )


def shell_text(call: ast.Call, path: str) -> ast.expr | None:
    """The command of a call that surely starts a shell: `os.system`, `subprocess.run(…, shell=True)`, `["sh", "-c", …]`. `path` is what is called."""
    if not call.args:
        return None
    first = call.args[0]
    if path in _SYSTEM or called(call) == "exec_command":
        return first
    if called(call) == "exec_ssh_client_command" and len(call.args) > 1:
        return call.args[1]
    if called(call) == "run_command" and starts_shell(first) and isinstance(first, ast.List | ast.Tuple):
        return first.elts[-1]
    if path.rpartition(".")[2] in _STARTERS and path.split(".")[0] in ("subprocess", "sp", *_STARTERS):
        if any(
            keyword.arg == "shell" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True for keyword in call.keywords
        ):
            return first
        if starts_shell(first) and isinstance(first, ast.List | ast.Tuple):
            return first.elts[2] if len(first.elts) > 2 else None
    return None


def starts_shell(node: ast.expr) -> bool:
    """Whether a list of words begins a shell with a command: `["sh", "-c", …]`."""
    if not isinstance(node, ast.List | ast.Tuple) or len(node.elts) < 2:
        return False
    words = [element.value if isinstance(element, ast.Constant) else None for element in node.elts[:2]]
    return (
        isinstance(words[0], str)
        and bool(SHELLS.match(words[0]))
        and isinstance(words[1], str)
        and words[1].startswith(("-c", "-ec", "-lc", "-xc", "/c", "-ex", "-e"))
    )


def is_bash_task(function: Function, names: Names) -> bool:
    """Whether a function's result is run by a shell: `@task.bash`."""
    paths = [names.path(item.func if isinstance(item, ast.Call) else item) for item in function.decorator_list]
    return any(path.endswith(("task.bash", "bash_task")) for path in paths)
