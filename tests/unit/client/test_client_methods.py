"""The methods of both clients: plain functions with sources, documentation and the same arguments."""

import ast
import inspect
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from vicinal.client import AsyncClient, Client
from vicinal.v1.sampler_service_pb2 import DESCRIPTOR

REPOSITORY = Path(__file__).parents[3]
OWN = {"close", "wait_ready"}


def methods_of(client_class) -> set[str]:
    return {name for name, _ in inspect.getmembers(client_class, inspect.isfunction) if name[0] != "_"}


METHODS = [(each, name) for each in (Client, AsyncClient) for name in sorted(methods_of(each))]


def test_every_rpc_has_a_method():
    rpcs = {method.name for method in DESCRIPTOR.services_by_name["SamplerService"].methods}
    offered = {name.title().replace("_", "") for name in methods_of(Client) - OWN}
    assert offered - {"AddVectors", "ClassifyItems"} == rpcs


def test_both_clients_have_the_same_methods():
    assert methods_of(Client) == methods_of(AsyncClient)


@pytest.mark.parametrize("name", sorted(methods_of(Client)))
def test_methods_of_both_clients_have_the_same_face(name):
    blocking, awaited = getattr(Client, name), getattr(AsyncClient, name)
    assert inspect.signature(blocking).parameters == inspect.signature(awaited).parameters
    assert blocking.__doc__ == awaited.__doc__
    assert blocking.__name__ == awaited.__name__ == name


@pytest.mark.parametrize(("client_class", "name"), METHODS)
def test_a_method_is_written_where_it_is_looked_up(client_class, name):
    method = getattr(client_class, name)
    source = textwrap.dedent(inspect.getsource(method))
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef)
    assert (definition.name, definition.decorator_list) == (name, [])
    assert inspect.cleandoc(ast.get_docstring(definition) or "") == inspect.getdoc(method) != ""
    (owner,) = (each for each in client_class.__mro__ if name in vars(each))
    assert method.__qualname__ == f"{owner.__name__}.{name}"
    assert Path(inspect.getsourcefile(method)) == Path(inspect.getsourcefile(owner))
    assert definition.args.args[0].arg == "self"
    assert all(each.annotation for each in definition.args.args[1:] + definition.args.kwonlyargs)
    assert definition.returns is not None


def test_the_files_of_the_two_clients_are_their_own():
    def files(client_class) -> set[str]:
        return {inspect.getsourcefile(getattr(client_class, name)) for name in methods_of(client_class)}

    assert files(Client).isdisjoint(files(AsyncClient))
    assert all(Path(each).parent.name == "asynchronous" for each in files(AsyncClient))


@pytest.mark.parametrize("name", sorted(methods_of(Client)))
def test_what_is_read_row_by_row_is_an_iterator_in_both(name):
    shown = [str(inspect.signature(getattr(each, name)).return_annotation) for each in (Client, AsyncClient)]
    if "Iterator" in shown[0]:
        assert shown[1] == shown[0].replace("Iterator", "AsyncIterator")
        assert not inspect.iscoroutinefunction(getattr(AsyncClient, name))
    else:
        assert shown[1] == shown[0]
        assert inspect.iscoroutinefunction(getattr(AsyncClient, name))


def test_a_method_shows_the_signature_a_caller_needs():
    with Client() as client:
        shown = str(inspect.signature(client.release_leases))
    assert shown == "(pool_id: str, lease_ids: collections.abc.Iterable[str]) -> int"


@pytest.mark.slow
def test_the_asynchronous_client_is_what_the_blocking_one_gives():
    tool = REPOSITORY / "tools/generate_async_client.py"
    checked = subprocess.run([sys.executable, tool, "--check"], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
