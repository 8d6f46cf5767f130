"""Where the contract's tables lie: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

from cosmos_retry.errors import ContractError

PACKAGE = Path(__file__).resolve().parent


def spec_dir(package: Path = PACKAGE) -> Path:
    """Return the directory of the contract's tables.

    `package` is the directory of the Python package.  An installed wheel carries the tables as `spec`
    inside it; in a checkout they are `../../spec`, seen from it.  The package's own copy comes first,
    so that a wheel never reads tables that happen to lie near it.

    Raises `ContractError` where neither is a directory.
    """
    for candidate in (package / "spec", package.parent.parent / "spec"):
        if candidate.is_dir():
            return candidate
    raise ContractError(str(package), "-", "spec", "no tables inside the package nor in a checkout around it")
