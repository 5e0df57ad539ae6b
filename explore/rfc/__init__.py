"""The statements of RFC 2180, and what makes each executable."""

from __future__ import annotations

from explore.rfc.page import as_json, bound, findings, show_coverage, written_page
from explore.rfc.references import PROPERTY, CoverageRow, cover
from explore.rfc.statements import PARAGRAPHS

__all__ = [
    "PARAGRAPHS", "PROPERTY", "CoverageRow", "as_json", "bound", "cover", "findings", "show_coverage", "written_page",
]  # fmt: skip
