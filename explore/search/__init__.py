"""What can be reached, what can go on for ever, and how many runs are there?"""

from __future__ import annotations

from explore.search.bounded_counting import KEEP_LENGTH, count_bounded
from explore.search.breadth_first import DEFAULT_MOST_STATES, Search, Violation, search, uncollected
from explore.search.counting import count
from explore.search.growth import Growth
from explore.search.liveness_search import CHECKS, RETRY_ENDS, STARVATION, TOLD, is_idle, liveness, news

__all__ = [
    "CHECKS", "DEFAULT_MOST_STATES", "KEEP_LENGTH", "RETRY_ENDS", "STARVATION", "TOLD", "Growth", "Search", "Violation",
    "count", "count_bounded", "is_idle", "liveness", "news", "search", "uncollected",
]  # fmt: skip
