import inspect

import pytest

from vicinal.client import AsyncClient, Client
from vicinal.v1.sampler_service_pb2 import DESCRIPTOR

OWN = {"close", "wait_ready"}


def methods_of(client_class) -> set[str]:
    return {name for name, _ in inspect.getmembers(client_class, inspect.isfunction) if name[0] != "_"}


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


def test_a_method_shows_the_signature_a_caller_needs():
    with Client() as client:
        shown = str(inspect.signature(client.release_leases))
    assert shown == "(pool_id: str, lease_ids: collections.abc.Iterable[str]) -> int"
