"""Every strategy that RFC 2180 (and RFC 3501) lets a server choose: one module a decision, one class a choice."""

from strategies.base import NOTHING, OCCUPANCY, Strategy
from strategies.profile import DECISIONS, Profile, is_registered, listed, parse_choice, profiles

__all__ = [
    "DECISIONS", "NOTHING", "OCCUPANCY", "Profile", "Strategy", "is_registered", "listed", "parse_choice", "profiles",
]  # fmt: skip
