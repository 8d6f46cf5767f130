"""A fault in the contract's own data, said so that its author can go straight to it."""

from __future__ import annotations


class ContractError(ValueError):
    """A table of the contract, or a file that it needs, is not what it must be.

    `file` names the file, `entry` the entry within it (an id, or its number), `field` the field or the
    place within the entry, `reason` what is wrong.  A part that does not apply is "-".
    """

    def __init__(self, file: str, entry: str, field: str, reason: str) -> None:
        super().__init__(file, entry, field, reason)
        self.file = file
        self.entry = entry
        self.field = field
        self.reason = reason

    def __str__(self) -> str:
        """The four parts on one line: `file: entry: field: reason`."""
        line = f"{self.file}: {self.entry}: {self.field}: {self.reason}"
        return " ".join(line.split())
