"""What the evaluator knows of the standard library and of the libraries that DAG files compute with.

`MODULES` names, for each modelled module, the module here that makes its namespace: a function `namespace(interp)` (or another name behind a colon) giving names to
values. A namespace is made at the first import of the module in an evaluation. A standard module that is not listed is External.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from dagcheck.evaluate.values import MISSING, External, Module, Value

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

MODULES: dict[str, str] = {
    "typing": "typing_names",
    "typing_extensions": "typing_names",
    "builtins": "builtin_functions",
    "packaging": "packaging_names",
    "packaging.version": "packaging_names:version_names",
    "datetime": "dates:datetime_names",
    "time": "dates:time_names",
    "calendar": "dates:calendar_names",
    "zoneinfo": "dates:zoneinfo_names",
    "backports.zoneinfo": "dates:zoneinfo_names",
    "pytz": "zones:pytz_names",
    "dateutil": "zones:dateutil_names",
    "dateutil.tz": "zones:dateutil_tz_names",
    "dateutil.parser": "zones:dateutil_parser_names",
    "dateutil.relativedelta": "zones:relativedelta_names",
    "dateutil.rrule": "recurring_dates:rrule_names",
    "dateutil.easter": "zones:easter_names",
    "pendulum": "pendulum_names:pendulum_names",
    "pendulum.tz": "pendulum_names:tz_names",
    "pendulum.tz.timezone": "pendulum_names:tz_names",
    "os": "operating_system:os_names",
    "os.path": "operating_system:path_names",
    "posixpath": "operating_system:path_names",
    "glob": "operating_system:glob_names",
    "pkgutil": "package_contents:pkgutil_names",
    "fnmatch": "operating_system:fnmatch_names",
    "shutil": "operating_system:shutil_names",
    "tempfile": "operating_system:tempfile_names",
    "pathlib": "paths:pathlib_names",
    "io": "open_files:io_names",
    "json": "data_formats:json_names",
    "json.decoder": "data_formats:json_decoder_names",
    "csv": "data_formats:csv_names",
    "configparser": "config_files:configparser_names",
    "tomllib": "data_formats:toml_names",
    "tomli": "data_formats:toml_names",
    "toml": "data_formats:toml_names",
    "yaml": "yaml_names:yaml_names",
    "ruamel.yaml": "yaml_names:ruamel_names",
    "collections": "containers:collections_names",
    "collections.abc": "containers:abc_names",
    "copy": "copies:copy_names",
    "functools": "functional:functools_names",
    "operator": "functional:operator_names",
    "itertools": "iterators:itertools_names",
    "more_itertools": "more_iterators:more_itertools_names",
    "re": "regular_expressions:re_names",
    "regex": "regular_expressions:re_names",
    "string": "texts_and_numbers:string_names",
    "textwrap": "texts_and_numbers:textwrap_names",
    "html": "texts_and_numbers:html_names",
    "base64": "texts_and_numbers:base64_names",
    "binascii": "texts_and_numbers:binascii_names",
    "zlib": "texts_and_numbers:zlib_names",
    "bisect": "heaps:bisect_names",
    "heapq": "heaps:heapq_names",
    "hashlib": "texts_and_numbers:hashlib_names",
    "urllib": "texts_and_numbers:urllib_names",
    "urllib.parse": "texts_and_numbers:url_names",
    "math": "texts_and_numbers:math_names",
    "decimal": "texts_and_numbers:decimal_names",
    "fractions": "texts_and_numbers:fractions_names",
    "statistics": "texts_and_numbers:statistics_names",
    "unicodedata": "texts_and_numbers:unicode_names",
    "shlex": "texts_and_numbers:shlex_names",
    "difflib": "texts_and_numbers:difflib_names",
    "pprint": "texts_and_numbers:pprint_names",
    "ast": "texts_and_numbers:ast_names",
    "random": "texts_and_numbers:random_names",
    "secrets": "texts_and_numbers:secrets_names",
    "uuid": "texts_and_numbers:uuid_names",
    "logging": "running_system:logging_names",
    "logging.config": "running_system:logging_parts",
    "logging.handlers": "running_system:logging_parts",
    "structlog": "running_system:logging_names",
    "loguru": "running_system:logging_names",
    "warnings": "running_system:warnings_names",
    "sys": "running_system:sys_names",
    "platform": "running_system:platform_names",
    "socket": "running_system:socket_names",
    "getpass": "running_system:getpass_names",
    "subprocess": "running_system:subprocess_names",
    "importlib": "modules:importlib_names",
    "importlib.util": "modules:util_names",
    "importlib.machinery": "modules:machinery_names",
    "importlib.metadata": "modules:metadata_names",
    "importlib_metadata": "modules:metadata_names",
    "inspect": "modules:inspect_names",
    "types": "modules:types_names",
    "abc": "modules:abc_names",
    "asyncio": "coroutines:asyncio_names",
    "enum": "enumerations:enum_names",
    "dataclasses": "data_classes:dataclasses_names",
    "contextlib": "contexts:contextlib_names",
    "jinja2": "templates:jinja_names",
    "jinja2.sandbox": "templates:sandbox_names",
    "jinja2.nativetypes": "templates:native_names",
    "pydantic": "pydantic_models:pydantic_names",
    "pydantic_settings": "pydantic_models:pydantic_names",
    "attr": "attrs_classes:attrs_names",
    "attrs": "attrs_classes:attrs_names",
    "attrdict": "attribute_dicts:attribute_dict_names",
    "munch": "attribute_dicts:attribute_dict_names",
    "box": "attribute_dicts:attribute_dict_names",
    "addict": "attribute_dicts:attribute_dict_names",
    "easydict": "attribute_dicts:attribute_dict_names",
    "dotmap": "attribute_dicts:attribute_dict_names",
    "environs": "environment_libraries:environs_names",
    "decouple": "environment_libraries:decouple_names",
    "dotenv": "environment_libraries:dotenv_names",
    "pendulum.datetime": "pendulum_names:pendulum_names",
}


def standard_module(interp: Interpreter, dotted: str) -> Module | None:
    """The modelled module of that name, or None."""
    maker = _maker(dotted) if dotted in MODULES else None
    if maker is None:
        return None
    return Module(dotted, {"__name__": dotted, **maker(interp)}, resolve=lambda _, attribute: _not_modelled(dotted, attribute))


@cache
def _maker(dotted: str) -> Callable[[Interpreter], dict[str, Value]]:
    name, _, function = MODULES[dotted].partition(":")
    found: Callable[[Interpreter], dict[str, Value]] = getattr(import_module(f"dagcheck.evaluate.stdlib.{name}"), function or "namespace")
    return found


def _not_modelled(module: str, name: str) -> Value:
    """A name of a modelled module that has no model of its own is External; special names are not there."""
    return MISSING if name.startswith("__") or f"{module}.{name}" in MODULES else External(f"{module}.{name}")


def is_standard(dotted: str) -> bool:
    """True for a module that is modelled here."""
    return dotted in MODULES


def builtins_namespace() -> dict[str, Value]:
    """The built-in names."""
    from dagcheck.evaluate.stdlib.builtin_functions import BUILTINS

    return BUILTINS
