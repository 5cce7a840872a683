"""Names and docstrings of generated code."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping

HEADER = """# Generated from the protos when the package is built. Do not edit.
# mypy: disable-error-code="import-untyped"
# ruff: noqa"""
_WIDTH = 100


def snake(name: str) -> str:
    """`PayCredits` as `pay_credits`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def docstring(
    comment: str, indent: int, arguments: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Lines of a docstring, with what is said of the arguments below."""
    text = "\n".join(line.removeprefix(" ") for line in comment.splitlines()).strip()
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    margin = " " * indent
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += ["", *textwrap.wrap(paragraph, _WIDTH - indent)]
    described = {name: said for name, said in (arguments or {}).items() if said}
    if described:
        lines += ["", "Args:"]
        for name, said in described.items():
            said_in_one = f"{name}: {' '.join(said.split())}"
            lines += textwrap.wrap(
                said_in_one, _WIDTH - indent, initial_indent="    ", subsequent_indent="        "
            )
    lines = [line.replace("\\", "\\\\").replace('"', "'") for line in lines[1:]]
    yield f'{margin}"""{lines[0]}' + ('"""' if len(lines) == 1 else "")
    if len(lines) > 1:
        yield from (f"{margin}{line}".rstrip() for line in lines[1:])
        yield f'{margin}"""'
