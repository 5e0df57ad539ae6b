"""When does the cyclic garbage collector help? Not while nothing is built but tables and graphs of millions of tuples."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the cyclic garbage collector, for as long as nothing is built but tables and graphs of millions of tuples."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.freeze()
            gc.unfreeze()  # all that is new counts as old now: nothing is walked at once
            gc.enable()
