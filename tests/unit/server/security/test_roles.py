"""Each call of the service has its rule, and the rule fits the request."""

import pytest

from vicinal.server.security.roles import RULES, Role
from vicinal.v1 import sampler_service_pb2

METHODS = {
    method.name: method
    for method in sampler_service_pb2.DESCRIPTOR.services_by_name["SamplerService"].methods
}


def test_every_call_has_a_rule():
    assert set(METHODS) <= set(RULES)


@pytest.mark.parametrize("name", METHODS)
def test_the_rule_finds_the_pool_that_a_request_names(name):
    message, path = METHODS[name].input_type, []
    for part in filter(None, RULES[name].pool.split(".")):
        field = message.fields_by_name[part]
        message, path = field.message_type, [*path, field]
    if path:
        assert path[-1].type == path[-1].TYPE_STRING
    else:
        # No pool anywhere in it, or the rule has missed one.
        named = {field.name for field in METHODS[name].input_type.fields}
        assert not named & {"pool_id", "config", "header"}


@pytest.mark.parametrize("name", METHODS)
def test_who_only_reads_changes_nothing(name):
    changes = "request_id" in METHODS[name].input_type.fields_by_name or METHODS[name].client_streaming
    # The first leaves items out, and finds the same when it is sent again; the second carries all away.
    changes = changes or name in {"FindDuplicates", "CreateSnapshot"}
    assert RULES[name].role.covers(Role.LABEL) == changes


def test_each_role_covers_those_before_it():
    covered = {role: [other for other in Role if role.covers(other)] for role in Role}
    assert covered == {
        Role.READ: [Role.READ],
        Role.LABEL: [Role.READ, Role.LABEL],
        Role.ADMIN: [Role.READ, Role.LABEL, Role.ADMIN],
    }
