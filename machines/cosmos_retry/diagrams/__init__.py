"""The diagrams: each lifecycle drawn from its machine, whole and in slices, with the rows as a table."""

from cosmos_retry.diagrams.files import check_diagrams, write_diagrams

__all__ = ["check_diagrams", "write_diagrams"]
