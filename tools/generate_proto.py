"""Generates the Python code of the protos beside them: `python tools/generate_proto.py [--check]`."""

import argparse
import filecmp
import sys
import tempfile
from importlib import resources
from pathlib import Path

from grpc_tools import protoc

PROTO_ROOT = Path(__file__).parent.parent / "proto"
PACKAGE = Path("vicinal/v1")
PLUGIN = Path(sys.executable).parent / "protoc-gen-mypy_grpc"
PATTERNS = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_pb2_grpc.pyi")


def generate(out: Path) -> None:
    """Writes the generated modules and stubs below `out`."""
    protos = sorted(str(path) for path in (PROTO_ROOT / PACKAGE).glob("*.proto"))
    well_known = resources.files("grpc_tools") / "_proto"
    arguments = [
        "protoc",
        f"--proto_path={PROTO_ROOT}",
        f"--proto_path={well_known}",
        f"--python_out={out}",
        f"--pyi_out={out}",
        f"--grpc_python_out={out}",
        f"--plugin={PLUGIN}",
        f"--mypy_grpc_out={out}",
        *protos,
    ]
    if protoc.main(arguments) != 0:
        raise SystemExit("protoc failed: see its message above")
    for without_services in (
        "annotators",
        "duplicates",
        "duplicate_groups",
        "examples",
        "filters",
        "measurement",
        "resources",
        "snapshots",
        "status",
    ):
        for ending in ("py", "pyi"):
            (out / PACKAGE / f"{without_services}_pb2_grpc.{ending}").unlink(missing_ok=True)


def generated_names(folder: Path) -> set[str]:
    """Names of the generated files in `folder`."""
    return {path.name for pattern in PATTERNS for path in folder.glob(pattern)}


def check() -> int:
    """Compares a fresh generation with what is committed; 1 if they differ."""
    with tempfile.TemporaryDirectory() as fresh:
        generate(Path(fresh))
        left, right = Path(fresh) / PACKAGE, PROTO_ROOT / PACKAGE
        names = generated_names(left) | generated_names(right)
        _, different, missing = filecmp.cmpfiles(left, right, sorted(names), shallow=False)
    for name in [*different, *missing]:
        print(f"{PACKAGE / name} is not what its proto gives: run python tools/generate_proto.py")
    return 1 if different or missing else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 if they differ")
    if parser.parse_args().check:
        sys.exit(check())
    generate(PROTO_ROOT)
