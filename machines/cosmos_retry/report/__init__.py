"""The report: what was judged, as a page for a person and as the same in Markdown."""

from cosmos_retry.report.page import write_report

__all__ = ["write_report"]
