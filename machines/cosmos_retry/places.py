"""Places: where a command writes, looked at before its work, and given the new content whole after it."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = ".cosmos-retry-"


def check_file(path: Path) -> None:
    """Raise `OSError`, which names `path`, where no file can be written; what is there stays as it is.

    A device or a pipe is a file too: it is written to and not replaced.
    """
    with _called(path):
        if path.is_dir():
            raise _error(errno.EISDIR)
        if path.exists() and not os.access(path, os.W_OK):
            raise _error(errno.EACCES)
        if not _in_place(path):
            _try(_target(path).parent)


def check_folder(path: Path) -> None:
    """Raise `OSError`, which names `path`, where no folder can be made, or none of its files written.

    Nothing is made: of a folder that is missing, the nearest one above it is looked at.
    """
    with _called(path):
        target = _target(path)
        while not os.path.lexists(target) and target != target.parent:
            target = target.parent
        if not target.is_dir():
            raise _error(errno.ENOTDIR)
        _try(target)


def write(path: Path, content: str | bytes) -> None:
    """Put content into a file, text as UTF-8; another reader sees all of the old file, or all of the new.

    What UTF-8 lacks is escaped.  A link stays, and so do the file's permissions.  Raises `OSError`, which
    names `path`; the old file is then as it was.  A device or a pipe is written to, and so is a file in a
    folder that takes no further one.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    with _called(path):
        if _in_place(path):
            path.write_bytes(data)
            return
        target = _target(path)
        number, name = tempfile.mkstemp(prefix=_PREFIX, dir=target.parent)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(data)
            Path(name).chmod(_permissions(target))
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _target(path: Path) -> Path:
    """The place behind links; a new file must not take the place of a link to it."""
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise _error(errno.ELOOP)
    return target


def _in_place(path: Path) -> bool:
    """Whether what is there can be written to, but not replaced."""
    if not path.exists():
        return False
    # /dev/stdout is a file where standard output is one, which the process has open already.
    special = not path.is_file() or path.absolute().is_relative_to("/dev")
    return special or not os.access(_target(path).parent, os.W_OK | os.X_OK)


def _try(folder: Path) -> None:
    # Asking for permissions is not enough: the superuser has them all, even where nothing can be made.
    number, name = tempfile.mkstemp(prefix=_PREFIX, dir=folder)
    os.close(number)
    Path(name).unlink()


def _permissions(target: Path) -> int:
    with suppress(FileNotFoundError):
        return target.stat().st_mode & 0o777
    mask = os.umask(0)  # there is no other way to ask for it
    os.umask(mask)
    return 0o666 & ~mask


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@contextmanager
def _called(path: Path) -> Iterator[None]:
    """Have every error name the place as it was given, and not the file beside it."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
