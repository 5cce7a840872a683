"""What the README shows, run as a newcomer would: in an empty folder, with the wheel."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.readme import examples
from tests.stand import Server


async def run(program: list[str], folder: Path) -> str:
    """Runs Python in a folder. Gives what it printed; fails with what went wrong."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        *program,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, err.decode() + out.decode()
    # Calm: nothing of the libraries below comes through.
    assert err == b""
    return out.decode()


async def test_the_first_ten_lines_make_a_payment(
    tmp_path: Path, development_server: Server
) -> None:
    first = examples(development_server)[0]
    (tmp_path / "pay.py").write_text(first)
    assert await run(["pay.py"], tmp_path) == "Paid. 380 credits are left.\n"


async def test_all_examples_run_one_after_the_other(
    tmp_path: Path, development_server: Server
) -> None:
    (tmp_path / "readme.py").write_text("\n".join(examples(development_server)))
    out = (await run(["readme.py"], tmp_path)).splitlines()
    for line in (
        "Paid once: True",
        "INSUFFICIENT_CREDITS 360",
        "['credits']",
        "0:10:00",
        "alice",
        "verified: True",
    ):
        assert line in out


async def test_all_examples_keep_the_type_rules(tmp_path: Path, development_server: Server) -> None:
    pytest.importorskip("mypy")
    program = tmp_path / "readme.py"
    program.write_text("\n".join(examples(development_server)))
    out = await run(["-m", "mypy", "--check-untyped-defs", "readme.py"], tmp_path)
    assert out.startswith("Success")
