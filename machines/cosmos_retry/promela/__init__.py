"""The contract as Promela, for Spin: a second reading of the rows, and the promises written a second time.

The text of a lifecycle is made from its rows (`promela_text`); what their words mean, what may happen next
and what is promised are written by hand in the `.pml` files beside this module.  `python -m
cosmos_retry.promela` compares what Spin and the explorer find.
"""

from __future__ import annotations

from cosmos_retry.promela.names import UnknownWordError
from cosmos_retry.promela.text import promela_text

__all__ = ["UnknownWordError", "promela_text"]
