#!/bin/sh
# Prints constraints.txt: what a fresh environment with `.[dev]` installs today. Usage: pin.sh PYTHON
set -eu
environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
"$1" -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --upgrade --editable ".[dev]" "setuptools==80.8.0" >&2
cat <<'HEADER'
# Exact versions of all that `make test` and `make demo` install. Made by `make constraints`, which
# installs `.[dev]` into a fresh environment and lists what came (pip freeze). setuptools 80.8.0 is the
# last one that imports pkg_resources, which tensorflow-hub needs, without a warning.
HEADER
"$environment/bin/python" -m pip freeze --all --exclude-editable | grep -v '^pip==' | grep '=='
