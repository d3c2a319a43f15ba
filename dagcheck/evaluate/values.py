"""The values that the evaluator computes with.

Plain data of Python (numbers, texts, lists, dicts, dates, …) is itself. What a program makes besides is one of the classes here; what is not known is an
`Unknown` of `dagcheck.model.values`. Everything that is no plain data derives from `Object`, whose methods say what Python would do with it.
"""

from __future__ import annotations

from dagcheck.evaluate.functions import BoundMethod, Descriptor, Function, Lazy, Super
from dagcheck.evaluate.instances import Class, Instance, NativeClass
from dagcheck.evaluate.objects import MISSING, PYTHON_ERRORS, Arguments, Lost, Native, Object, Raised, Value, describe, first_of, worst
from dagcheck.evaluate.outside import External, Module, Opaque, OpaqueMethod
from dagcheck.model.values import Cause, Span, Unknown

__all__ = [
    "MISSING",
    "PYTHON_ERRORS",
    "Arguments",
    "BoundMethod",
    "Cause",
    "Class",
    "Descriptor",
    "External",
    "Function",
    "Instance",
    "Lazy",
    "Lost",
    "Module",
    "Native",
    "NativeClass",
    "Object",
    "Opaque",
    "OpaqueMethod",
    "Raised",
    "Span",
    "Super",
    "Unknown",
    "Value",
    "describe",
    "first_of",
    "worst",
]
