"""`python -m cosmos_retry.diagrams --out diagrams` draws; with `--check` it compares instead."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cosmos_retry.diagrams.files import check_diagrams, write_diagrams
from cosmos_retry.errors import ContractError
from cosmos_retry.render import RenderError


def main(arguments: list[str] | None = None) -> int:
    """Draw into a directory, or compare it.

    Return the exit status: 0 where all is well, 1 for a difference, 2 where there is nothing to draw with
    or no table to draw from.
    """
    parser = argparse.ArgumentParser(prog="python -m cosmos_retry.diagrams", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("diagrams"), help="by default diagrams")
    parser.add_argument("--check", action="store_true", help="compare the texts, and write nothing")
    parser.add_argument("--no-svg", action="store_true", help="write the texts only")
    options = parser.parse_args(arguments)
    try:
        if options.check:
            differences = check_diagrams(options.out)
            print("\n".join(differences) or f"{options.out}: agrees with the contract")
            return 1 if differences else 0
        files = write_diagrams(options.out, svg=not options.no_svg)
    except (ContractError, RenderError, OSError) as error:
        print(f"diagrams: {error}", file=sys.stderr)
        return 2
    print(f"{options.out}: {len(files)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
