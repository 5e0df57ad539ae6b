"""Does a property of somebody's own making read only what it declares? What else its check of a step touches is an error, in
one line: it would be judged on what is left out of a projected world, or of a state."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from explore.properties import PROPERTIES, Property, Scope
from explore.space.declarations import Undeclared, step_as_declared
from explore.system import Step

Answer = TypeVar("Answer")


def held_to_reads(prop: Property) -> Property:
    """The property; or, if it is not the catalogue's and declares what it reads, the same with checks of steps that raise
    ValueError when they read something else."""
    if prop in PROPERTIES or prop.reads is None or Scope.STEP not in prop.scopes:
        return prop
    arises = None if prop.arises is None else _held(prop, prop.arises)
    return prop._replace(check=_held(prop, prop.check), arises=arises)


def _held(prop: Property, ask: Callable[[Step], Answer]) -> Callable[[Step], Answer]:
    reads = prop.reads or frozenset()

    def held(step: Step) -> Answer:
        try:
            ask(step_as_declared(step, reads))
        except Undeclared as read:
            says = f"reads {read}, and does not declare it; declare it, or leave `reads` out"
            raise ValueError(f"{prop.id} {says}") from None
        return ask(step)

    return held
