"""Names that modules of Python have since a version that is newer than the oldest that Airflow runs on, so that they may be missing.

Source: the notes "added in version" of Python's documentation, read on 2026-11-22.
"""

from __future__ import annotations

SINCE_LATER: dict[str, frozenset[str]] = {
    module: frozenset(names.split())
    for module, names in {
        "asyncio": "to_thread TaskGroup timeout timeout_at Runner Barrier QueueShutDown",
        "calendar": "Month Day JANUARY",
        "contextlib": "aclosing chdir",
        "copy": "replace",
        "dataclasses": "KW_ONLY",
        "datetime": "UTC",
        "enum": "StrEnum ReprEnum EnumCheck EnumType FlagBoundary verify member nonmember property global_enum show_flag_values EnumDict",
        "functools": "cache Placeholder",
        "hashlib": "file_digest",
        "inspect": "get_annotations getmembers_static BufferFlags markcoroutinefunction",
        "itertools": "pairwise batched",
        "math": "lcm nextafter ulp cbrt exp2 sumprod fma",
        "operator": "call is_none is_not_none",
        "os": "process_cpu_count listdrives unshare",
        "pathlib": "UnsupportedOperation",
        "random": "randbytes binomialvariate",
        "re": "NOFLAG PatternError",
        "statistics": "correlation covariance linear_regression kde kde_random",
        "sys": "exception orig_argv stdlib_module_names activate_stack_trampoline monitoring",
        "types": "NoneType UnionType EllipsisType NotImplementedType GenericAlias get_original_bases CapsuleType",
        "typing": "Annotated ParamSpec Concatenate TypeAlias TypeGuard is_typeddict Self Never LiteralString Required NotRequired Unpack TypeVarTuple assert_never assert_type "
        "reveal_type dataclass_transform get_overloads clear_overloads override TypeAliasType get_protocol_members is_protocol TypeIs ReadOnly NoDefault",
        "warnings": "deprecated",
    }.items()
}


def may_be_missing(module: str, name: str) -> bool:
    """True for a name that only newer versions of Python have."""
    return name in SINCE_LATER.get(module, ())
