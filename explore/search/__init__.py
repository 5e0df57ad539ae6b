"""What can be reached, what can go on for ever, and how many runs are there?"""

from __future__ import annotations

from explore.search.bounded_counting import KEEP_LENGTH, count_bounded
from explore.search.breadth_first import DEFAULT_MOST_STATES, Search, Violation, search
from explore.search.collection import uncollected
from explore.search.counting import count
from explore.search.growth import Growth, Unfinished
from explore.search.liveness_search import OBSTRUCTED, liveness

__all__ = [
    "DEFAULT_MOST_STATES", "KEEP_LENGTH", "OBSTRUCTED", "Growth", "Search", "Unfinished", "Violation", "count",
    "count_bounded", "liveness", "search", "uncollected",
]  # fmt: skip
