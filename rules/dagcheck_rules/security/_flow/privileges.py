"""Rights over their host that containers are given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.source.nodes import every
from dagcheck_rules.security._detection.places import Lines
from dagcheck_rules.security._detection.slots import slots
from dagcheck_rules.security._detection.text import called, literal

if TYPE_CHECKING:
    from dagcheck.rule.context import FileContext

_FLAGS = {
    "privileged": "a privileged container is root on its host",
    "allow_privilege_escalation": "the container may gain rights that it was not given",
    "allowPrivilegeEscalation": "the container may gain rights that it was not given",
    "host_network": "the pod shares its host's network",
    "hostnetwork": "the pod shares its host's network",
    "hostNetwork": "the pod shares its host's network",
    "host_pid": "the pod sees every process of its host",
    "hostPID": "the pod sees every process of its host",
    "host_ipc": "the pod shares its host's memory",
    "hostIPC": "the pod shares its host's memory",
}
_MODES = frozenset(["network_mode", "pid_mode", "ipc_mode", "userns_mode"])
_GIVING = frozenset([*_FLAGS, *_MODES, "hostPath", "cap_add", "add", "volumes", "binds"])
"""Names under which a container is given rights."""
_RUNS = late(r"(?i)^$|docker|container|pod|context|kubernetes|^run$|^create|ecs|batch|partial|override|expand|swarm")
_CAPABILITIES = frozenset(["ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "NET_ADMIN", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE"])
_SENSITIVE = late(r"^/(?:$|etc|root|proc|sys|dev(?!/shm)|boot|home/?$|var/?$|var/run|run/?$|run/docker|var/lib/(?:docker|kubelet)|usr/?$)")
_SOCKET = late(r"docker\.sock|containerd\.sock|crio\.sock")
_SPECIFIED = late(
    r"(?m)^[ \t]*(?:- )?(?P<what>(?:privileged|hostNetwork|hostPID|hostIPC|allowPrivilegeEscalation):[ \t]*true\b|hostPath:[ \t]*$)"
)
_RUN = late(
    r"\b(?:docker|podman|nerdctl)\s{1,4}(?:container\s{1,4})?(?:run|create|exec)\b[^\n;|&]{0,400}?\s"
    r"(?P<what>--privileged|--pid[= ]host|--net(?:work)?[= ]host|--cap-add[= ](?:ALL|SYS_ADMIN)"
    r"|(?:-v|--volume|--mount)[= ]\S{0,80}docker\.sock\S{0,80}|(?:-v|--volume)[= ]/(?:etc|root|proc|sys)?:\S{1,80})"
)
_WORTH = (
    *("rivilege", "host_network", "hostnetwork", "host_pid", "hostpid", "host_ipc", "hostipc", "host_path", "hostpath"),
    *(".sock", "_mode", "cap", "mount", "volumes", "docker", "podman"),
)


def privileges(context: FileContext) -> dict[Span, str]:
    """The places where a container is given rights over its host, each with what that means."""
    if context.source is None or not context.source.mentions(*_WORTH):
        return {}
    return dict((*_in_code(context), *_in_commands(context)))


def _in_code(context: FileContext) -> Iterator[tuple[Span, str]]:
    for node in every(context.tree, ast.Call, ast.Dict):
        if isinstance(node, ast.Call):
            given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
            yield from ((context.span(value), told) for name, value in given.items() if (told := _told(name, value, called(node))))
            yield from ((context.span(node), told) for told in _mounted(node, given))
        else:
            named = {text: value for key, value in zip(node.keys, node.values) if key is not None and (text := literal(key)) is not None}
            yield from ((context.span(value), told) for name, value in named.items() if (told := _told(name, value, "")))


def _told(name: str, value: ast.expr, callee: str) -> str | None:
    if name not in _GIVING:
        return None
    if name in _FLAGS and isinstance(value, ast.Constant) and value.value is True and (name != "privileged" or _RUNS.search(callee)):
        return _FLAGS[name]
    if name in _MODES and literal(value) == "host":
        return "the container shares its host's network or processes"
    if name == "hostPath" and isinstance(value, ast.Dict):
        return "the pod mounts a folder of its host"
    listed = [literal(element) or "" for element in value.elts] if isinstance(value, ast.List | ast.Tuple) else []
    if (name == "cap_add" or (name == "add" and callee == "V1Capabilities")) and not _CAPABILITIES.isdisjoint(listed):
        return "the container is given a capability that makes it root on its host"
    keys = [literal(key) or "" for key in value.keys if key is not None] if isinstance(value, ast.Dict) else []
    if name in ("volumes", "binds") and any(_of_system(key) for key in keys):
        return "the container mounts the docker socket or a system folder of its host"
    if name in ("volumes", "binds") and any(":" in text and _of_system(text.partition(":")[0]) for text in listed):
        return "the container mounts the docker socket or a system folder of its host"
    return None


def _of_system(path: str) -> bool:
    return bool(_SOCKET.search(path) or _SENSITIVE.match(path))


def _mounted(call: ast.Call, given: dict[str, ast.expr]) -> Iterator[str]:
    name = called(call)
    if name == "V1HostPathVolumeSource":
        yield "the pod mounts a folder of its host"
    if name == "Mount":
        source = literal(given["source"]) if "source" in given else literal(call.args[1]) if len(call.args) > 1 else None
        if source is not None and _of_system(source):
            yield "the container mounts the docker socket or a system folder of its host"


def _in_commands(context: FileContext) -> Iterator[tuple[Span, str]]:
    source = context.source
    if source is None:
        return
    lines = Lines(source)
    for slot in slots(source):
        if "\n" in slot.text.value and not slot.around.prose:
            for found in _SPECIFIED.finditer(slot.text.value):
                for node, low, high in slot.text.literals(*found.span("what"))[:1]:
                    yield Span(source.path, *lines.within(node, low, high)), "a pod's specification gives rights over its host"
        if slot.around.shell and len(slot.text.value) < 20_000:
            for found in _RUN.finditer(slot.text.value):
                for node, low, high in slot.text.literals(found.start("what"), found.end("what"))[:1]:
                    yield Span(source.path, *lines.within(node, low, high)), "a command starts a container with rights over its host"
