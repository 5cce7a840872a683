"""Generates the stubs (`ewallet/v1`, `ewallet/system/v1`) and the typed services over them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from codegen.descriptors import Api, read_api
from codegen.services import write_methods, write_packages, write_services


def generate(proto: Path, out: Path) -> None:
    """Reads the `.proto` files below `proto` and writes modules below `out`. Raises CalledProcessError when protoc refuses."""
    with tempfile.TemporaryDirectory() as folder:
        described = Path(folder) / "described.binpb"
        stripped = Path(folder) / "stripped.binpb"
        sources = sorted(str(path.relative_to(proto)) for path in proto.glob("ewallet/**/*.proto"))
        include = ["--include_imports", "--include_source_info"]
        _protoc([f"-I{proto}", f"-I{_well_known()}", *include, f"-o{described}", *sources])
        api = read_api(described.read_bytes())
        stripped.write_bytes(api.files.SerializeToString())
        _write_stubs(stripped, api, out)
    package = out / "ewallet"
    write_packages(api, package)
    write_methods(api, package / "_methods.py")
    write_services(api, package / "_services.py", asynchronous=False)
    write_services(api, package / "_async_services.py", asynchronous=True)


def _write_stubs(descriptor_set: Path, api: Api, out: Path) -> None:
    for folder in ("v1", "system"):
        shutil.rmtree(out / "ewallet" / folder, ignore_errors=True)
    outputs = [f"--{kind}_out={out}" for kind in ("python", "grpc_python")]
    outputs += [f"--{kind}_out=quiet:{out}" for kind in ("mypy", "mypy_grpc")]
    names = [file.name for file in api.own_files()]
    _protoc([f"--descriptor_set_in={descriptor_set}", *_plugins(), *outputs, *names])
    # A file without a service has nothing to say in its second module.
    for path in (out / "ewallet").glob("**/*_pb2_grpc.py*"):
        if "Stub" not in path.read_text():
            path.unlink()


def _plugins() -> list[str]:
    found = []
    for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc"):
        path = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
        if path is None:
            raise FileNotFoundError(f"{name} is not on PATH: install mypy-protobuf.")
        found.append(f"--plugin={name}={path}")
    return found


def _well_known() -> str:
    return str(files("grpc_tools").joinpath("_proto"))


def _protoc(arguments: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *arguments], check=True)


if __name__ == "__main__":
    project = Path(__file__).resolve().parent.parent
    generate(project.parent.parent / "proto", project / "src")
