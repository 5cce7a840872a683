"""Builds the package, installs the wheel into a fresh virtual environment, and runs its tests there against real servers.

Usage: python3 run_tests.py [arguments of pytest]

Uses the stand at EWALLET_STAND_URL, or starts one. Needs Python 3.10 or newer with venv, and Node.js for the servers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent
REPOSITORY = PROJECT.parent.parent
OLDEST = (3, 10)


def main() -> int:
    """Gives the exit code."""
    if sys.version_info < OLDEST:
        print("The Python client needs Python 3.10 or newer.", file=sys.stderr)
        return 1
    if "EWALLET_STAND_URL" not in os.environ:
        stand = ["npm", "run", "--silent", "stand", "--", sys.executable, __file__, *sys.argv[1:]]
        return subprocess.run(stand, cwd=REPOSITORY, check=False).returncode
    with tempfile.TemporaryDirectory(prefix="ewallet-python-") as folder:
        try:
            run_all(Path(folder), sys.argv[1:])
        except subprocess.CalledProcessError as error:
            return error.returncode or 1
    return 0


def run_all(folder: Path, arguments: list[str]) -> None:
    """Builds, installs, checks and tests. Raises CalledProcessError at the first step that fails."""
    build, test = folder / "build", folder / "test"
    step("builds the source distribution, and from it the wheel")
    pip(make_environment(build), "install", "build")
    run(build / "bin/python", "-m", "build", "--outdir", folder / "dist", quiet=True)
    [wheel] = (folder / "dist").glob("*.whl")
    step(f"installs {wheel.name} into a fresh virtual environment")
    pip(make_environment(test), "install", wheel)
    run(test / "bin/pip", "check", quiet=True)
    pip(test, "install", "--group", f"{PROJECT / 'pyproject.toml'}:test")
    python = test / "bin/python"
    step("checks format, lint rules and types")
    run(python, "-m", "ruff", "format", "--check", "--quiet")
    run(python, "-m", "ruff", "check", "--quiet")
    # Of the package what was installed: it has the generated modules.
    run(python, "-m", "mypy", "-p", "ewallet")
    run(python, "-m", "mypy", "tests", "codegen", "run_tests.py")
    step("tests")
    os.environ["EWALLET_WHEEL"] = str(wheel)
    run(python, "-m", "pytest", *arguments)


def make_environment(folder: Path) -> Path:
    """A virtual environment with a pip that knows dependency groups."""
    venv.create(folder, with_pip=True)
    pip(folder, "install", "--upgrade", "pip>=25.1")
    return folder


def pip(environment: Path, *arguments: str | Path) -> None:
    """Runs pip of an environment, which says nothing but what fails."""
    run(environment / "bin/python", "-m", "pip", "--quiet", *arguments)


def step(what: str) -> None:
    """Says what happens next."""
    print(f"{time.strftime('%H:%M:%S')}  {what}", flush=True)


def run(program: Path, *arguments: str | Path, quiet: bool = False) -> None:
    """Runs a program in the project's folder. What a quiet one has said is shown when it fails."""
    command = [str(program), *map(str, arguments)]
    if not quiet:
        subprocess.run(command, cwd=PROJECT, check=True)
        return
    result = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        print(result.stdout + result.stderr, file=sys.stderr)
        result.check_returncode()


if __name__ == "__main__":
    if not shutil.which("npm") and "EWALLET_STAND_URL" not in os.environ:
        sys.exit("The tests need Node.js: https://nodejs.org")
    sys.exit(main())
