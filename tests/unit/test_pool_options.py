"""One name for an option everywhere: the table, the record, the wire, the client, the command line."""

import inspect
import subprocess
import sys
from dataclasses import fields

import pytest
from typer.main import get_command

from vicinal.cli.main import app
from vicinal.client import Client
from vicinal.core.pool_config import PoolConfig
from vicinal.records.pool_options import POOL_OPTIONS, OneOf, default_of
from vicinal.v1.resources_pb2 import PoolConfig as WireConfig
from vicinal.wire.codecs import NUMBERS

# What no request gives.
FILLED_IN = {"pool_id", "fingerprint", "created_at", "gold_secret"}


def test_each_option_has_a_rule():
    assert set(POOL_OPTIONS) == {field.name for field in fields(PoolConfig)} - FILLED_IN


def test_each_option_is_on_the_wire():
    assert set(POOL_OPTIONS) == {field.name for field in WireConfig.DESCRIPTOR.fields} - {"pool_id"}


def test_each_option_is_an_argument_of_the_client():
    arguments = list(inspect.signature(Client.create_pool).parameters)
    assert arguments[:2] == ["self", "pool_id"]
    assert set(POOL_OPTIONS) == set(arguments[2:])


def test_each_option_is_an_option_of_the_command():
    command = get_command(app).commands["pool"].commands["create"]
    assert set(POOL_OPTIONS) <= {parameter.name for parameter in command.params}
    assert all(parameter.help for parameter in command.params if parameter.name in POOL_OPTIONS)


def test_the_command_works_where_python_drops_docstrings():
    code = "from vicinal.cli.main import run; run()"
    command = [sys.executable, "-OO", "-c", code, "pool", "create", "--help"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "--holdout-share" in ran.stdout


@pytest.mark.parametrize("name", [name for name, rule in POOL_OPTIONS.items() if isinstance(rule, OneOf)])
def test_each_word_has_a_number_on_the_wire(name):
    rule = POOL_OPTIONS[name]
    assert set(NUMBERS[rule.kind]) == set(rule.kind)
    assert rule.is_optional or default_of(name) in set(rule.kind)
