"""Methods that the evaluator itself puts into a class of the program."""

from __future__ import annotations

from dagcheck.evaluate.values import Native


class Method(Native):
    """A Native that is bound to the object through which it is read, as a function of the class body would be."""

    __slots__ = ()
