"""Build hook: generates the stubs and the typed services from the protos, and puts the licence in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from codegen.generate import generate  # noqa: E402 - the project is not installed while it is built


class GenerateHook(BuildHookInterface):  # type: ignore[misc]
    """Runs before the files of a wheel or source distribution are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Writes what is generated below `src`; a source distribution takes the protos along instead."""
        repository = ROOT.parent.parent
        inside = (ROOT / "proto").is_dir()
        source = ROOT if inside else repository
        if not inside:
            force = build_data["force_include"]
            for name in ("LICENSE", "NOTICE"):
                (ROOT / name).write_bytes((repository / name).read_bytes())
            if self.target_name == "sdist":
                force[str(repository / "proto")] = "proto"
                force[str(repository / "LICENSE")] = "LICENSE"
                force[str(repository / "NOTICE")] = "NOTICE"
        if self.target_name == "wheel":
            generate(source / "proto", ROOT / "src")
