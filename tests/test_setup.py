"""Set-up: the locks, the search for an interpreter, what an installed package holds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PACKAGES = ("catalogue", "loaders", "plugins", "server", "cli")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def locked(name: str) -> dict[str, str]:
    """Package to version, of every requirement in a lock that has at least one hash."""
    text = (ROOT / name).read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)[^\n]* \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.lock", ["build"]), ("requirements-test.lock", ["build", "test"])]
)
def test_the_lock_holds_what_the_project_asks_for(lock: str, extras: list[str]) -> None:
    versions = locked(lock)
    asked = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    for requirement in map(Requirement, asked):
        version = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}: run make lock"


def test_every_locked_package_has_hashes_and_no_lock_names_a_place() -> None:
    for lock in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / lock).read_text()
        assert len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) == len(locked(lock))
        assert not re.search(r"https?:|file:|--index|--find-links|@ ", text)


def test_the_tests_run_on_the_versions_that_the_server_runs_on() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-test.lock").items()


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A folder for PATH in which there is a shell and nothing that could be a Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("bash", "cat", "env", "ls", "sort"):
        (folder / tool).symlink_to(str(shutil.which(tool)))
    return folder


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/usr/bin/env bash\n{script}\n")
    path.chmod(0o755)


def find_python(bare_path: Path, home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(bare_path), "HOME": str(home), **more}
    return subprocess.run(
        [ROOT / "scripts" / "find-python"], env=environment, capture_output=True, text=True, check=False
    )


REAL = os.path.realpath(sys._base_executable)  # type: ignore[attr-defined]
SHIM = 'echo "version `3.13` is not selected" >&2; exit 127'
#: As Debian 12's: it runs, and is too old.
OLD = "exit 1"


def test_a_shim_and_an_old_python_are_passed_over(bare_path: Path, tmp_path: Path) -> None:
    program(bare_path / "python3.13", SHIM)
    program(bare_path / "python3", OLD)
    program(bare_path / "python3.12", f'exec {REAL} "$@"')
    found = find_python(bare_path, tmp_path)
    assert (found.returncode, found.stdout.strip()) == (0, REAL), found.stderr


def test_found_under_pyenv_when_path_has_none(bare_path: Path, tmp_path: Path) -> None:
    program(bare_path / "python3.12", SHIM)
    program(tmp_path / ".pyenv/versions/3.9.18/bin/python3", OLD)
    program(tmp_path / ".pyenv/versions/3.12.1/bin/python3", f'exec {REAL} "$@"')
    found = find_python(bare_path, tmp_path)
    assert (found.returncode, found.stdout.strip()) == (0, REAL), found.stderr


def test_without_a_python_the_message_says_what_to_do(bare_path: Path, tmp_path: Path) -> None:
    program(bare_path / "python3", OLD)
    found = find_python(bare_path, tmp_path)
    assert found.returncode == 1
    assert found.stdout == ""
    for remedy in ("3.12 or 3.13", "apt-get install", "pyenv install", "uv python install", "make setup PYTHON="):
        assert remedy in found.stderr


def test_the_interpreter_that_is_asked_for_is_used_or_refused(bare_path: Path, tmp_path: Path) -> None:
    assert find_python(bare_path, tmp_path, PYTHON=REAL).stdout.strip() == REAL
    program(tmp_path / "old", OLD)
    program(bare_path / "python3.12", f'exec {REAL} "$@"')
    refused = find_python(bare_path, tmp_path, PYTHON=str(tmp_path / "old"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"PYTHON={tmp_path / 'old'}" in refused.stderr


def test_nothing_is_installed_where_that_is_not_allowed(bare_path: Path) -> None:
    refused = subprocess.run(
        [ROOT / "scripts" / "apt-install", "gdal-bin"], env={"PATH": str(bare_path)}, capture_output=True, check=False
    )
    assert (refused.returncode, refused.stdout, refused.stderr) == (1, b"", b"")


def test_every_make_target_exists_and_says_what_it_does() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert {line.split()[1] for line in shown.splitlines()} == {
        "help", "setup", "demo", "test", "bench", "lint", "check", "lock",
    }  # fmt: skip
    for script in re.findall(r"scripts/[a-z-]+", (ROOT / "Makefile").read_text()):
        assert os.access(ROOT / script, os.X_OK), script


def test_an_installed_package_holds_every_file_of_the_project(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", tmp_path, source], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if not name.startswith("kartlagd-")}
    wanted = {str(path.relative_to(source)) for package in PACKAGES for path in (source / package).rglob("*.*")}
    assert {name for name in wanted if (source / name).is_file()} == packed
