"""A place for output is looked at before the work; what lies there is all of the old file or of the new."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from cosmos_retry.places import check_file, check_folder, write

NO_FILES = {
    "in no folder": lambda room: room / "nowhere" / "file",
    "below a file": lambda room: room / "old" / "file",
    "a folder": lambda room: room,
    "a name too long": lambda room: room / ("x" * 300),
    "a link in a circle": lambda room: room / "circle",
    "in /proc": lambda room: Path("/proc/cosmos-retry"),
}
NO_FOLDERS = {
    "a file": lambda room: room / "old",
    "below a file": lambda room: room / "old" / "folder" / "folder",
    "a link in a circle": lambda room: room / "circle",
    "in /proc": lambda room: Path("/proc/cosmos-retry/folder"),
}
Where = Callable[[Path], Path]


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A folder with a file, a link to it, a link to nothing in a folder, and one in a circle."""
    (tmp_path / "old").write_text("old", encoding="utf-8")
    (tmp_path / "link").symlink_to("old")
    (tmp_path / "circle").symlink_to("circle")
    return tmp_path


def listed(room: Path) -> list[str]:
    """The names in a folder: nothing else must be left there."""
    return sorted(path.name for path in room.iterdir())


@pytest.mark.parametrize("where", NO_FILES.values(), ids=NO_FILES)
def test_no_place_for_a_file_is_refused_by_its_name(room: Path, where: Where) -> None:
    """Where no file can be written, to ask and to write fail alike, name the place, and leave nothing."""
    before, place = listed(room), where(room)
    if place.is_relative_to("/proc") and not Path("/proc/self").exists():
        pytest.skip("no /proc here")
    found = []
    for act in (check_file, lambda path: write(path, "new")):
        with pytest.raises(OSError, match=r".") as caught:
            act(place)
        found.append((caught.value.errno, caught.value.filename))
    assert found[0][1] == found[1][1] == str(place)
    assert found[0][0] == found[1][0]
    assert (listed(room), (room / "old").read_text()) == (before, "old")


@pytest.mark.parametrize("where", NO_FOLDERS.values(), ids=NO_FOLDERS)
def test_no_place_for_a_folder_is_refused_by_its_name(room: Path, where: Where) -> None:
    """Where no folder can be made, to ask fails, names the place, and leaves nothing."""
    before, place = listed(room), where(room)
    if place.is_relative_to("/proc") and not Path("/proc/self").exists():
        pytest.skip("no /proc here")
    with pytest.raises(OSError, match=r".") as caught:
        check_folder(place)
    assert caught.value.filename == str(place)
    assert listed(room) == before


@pytest.mark.parametrize("name", ["old", "link", "new", "Zürich"])
def test_asking_changes_nothing(room: Path, name: str) -> None:
    """A good place is asked for without a trace: no file is made, none is emptied, no folder appears."""
    before = listed(room)
    check_file(room / name)
    check_folder(room)
    check_folder(room / name / "below" if name == "new" else room / "a" / "b" / "c")
    assert (listed(room), (room / "old").read_text()) == (before, "old")


@pytest.mark.parametrize("content", ["new\nä", b"new\r\n\xff", "", "\ud800"], ids=repr)
@pytest.mark.parametrize("name", ["old", "link", "new"])
def test_the_new_content_is_the_whole_file(room: Path, name: str, content: str | bytes) -> None:
    """Text goes into a file as UTF-8 to the byte, bytes as they are; a link stays a link to the new file."""
    before = {*listed(room), name}
    write(room / name, content)
    wanted = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    assert (room / name).read_bytes() == wanted
    assert (room / "link").is_symlink()
    assert {*listed(room)} == before


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o640])
def test_permissions_stay(room: Path, mode: int) -> None:
    """A file that is written again can be read by those who could read it before."""
    (room / "old").chmod(mode)
    write(room / "old", "new")
    assert stat.S_IMODE((room / "old").stat().st_mode) == mode


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_new_file_has_the_permissions_of_any_other(room: Path, mask: int) -> None:
    """A new file is no more private, and no less, than what the process makes elsewhere."""
    was = os.umask(mask)
    try:
        write(room / "new", "new")
        assert os.umask(mask) == mask
    finally:
        os.umask(was)
    assert stat.S_IMODE((room / "new").stat().st_mode) == 0o666 & ~mask


def test_a_disk_that_fills_up_leaves_the_old_file(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the new content does not go in, the old file is whole, and nothing lies beside it."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = listed(room)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        write(room / "old", "new")
    assert caught.value.filename == str(room / "old")
    assert (listed(room), (room / "old").read_text()) == (before, "old")


def test_a_pipe_is_written_to_and_stays(room: Path) -> None:
    """What is no file is no file afterwards either: a pipe gets the content and is still a pipe."""
    pipe = room / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        check_file(pipe)
        write(pipe, "new")
        assert os.read(reader, 100) == b"new"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_device_is_written_to_and_stays() -> None:
    """The null device takes everything; a full one says so."""
    check_file(Path(os.devnull))
    write(Path(os.devnull), "new")
    assert not Path(os.devnull).is_file()
    full = Path("/dev/full")
    if full.exists():
        check_file(full)
        with pytest.raises(OSError, match="No space left"):
            write(full, "new")
