"""Access: which calls a key allows, and which pools it sees."""

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.errors import PermissionDenied, PoolNotFound, Unauthenticated
from vicinal.server.security.access import Authenticator, Caller, check_pool, fill_annotator
from vicinal.server.security.keys import make_key
from vicinal.server.security.limits import KeyLimits, request_id_of
from vicinal.server.security.roles import RULES, Role
from vicinal.v1.resources_pb2 import PoolConfig
from vicinal.v1.sampler_service_pb2 import DESCRIPTOR, CreatePoolRequest, GetPoolRequest, LeaseBatchRequest

NOW = datetime(2024, 5, 1, tzinfo=UTC)
OWN = Caller("k", Role.ADMIN, frozenset({"own"}))


def _authenticator(*keys):
    return Authenticator(lambda: keys, KeyLimits(10, 10.0), lambda: NOW)


def _shown(text):
    return [("user-agent", "grpc"), ("authorization", text)]


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_a_good_key_is_let_in_as_itself(scheme):
    key, text = make_key("ana", Role.LABEL, NOW, pools=frozenset({"own"}))
    result = _authenticator(key).authenticate("LeaseBatch", _shown(scheme + text))
    assert result.caller == Caller(key.key_id, Role.LABEL, frozenset({"own"}))
    assert result.error is None


@pytest.mark.parametrize("shape", ["{}", "Basic {}", "Bearer{}", "Bearer", "Bearer x{}", "Bearer {} {}"])
def test_a_key_that_is_not_shown_as_it_should_be_is_none(shape):
    key, text = make_key("ana", Role.ADMIN, NOW)
    result = _authenticator(key).authenticate("GetPool", _shown(shape.format(text, text)))
    assert isinstance(result.error, Unauthenticated)
    assert text not in result.error.message + result.key_id


def test_two_keys_at_once_are_none():
    key, text = make_key("ana", Role.ADMIN, NOW)
    result = _authenticator(key).authenticate("GetPool", _shown(f"Bearer {text}") * 2)
    assert isinstance(result.error, Unauthenticated)
    assert isinstance(_authenticator(key).authenticate("GetPool", []).error, Unauthenticated)


def test_an_expired_key_is_refused_and_named_in_the_log():
    key, text = make_key("ana", Role.ADMIN, NOW, expires_at=NOW - timedelta(seconds=1))
    result = _authenticator(key).authenticate("GetPool", _shown(f"Bearer {text}"))
    assert isinstance(result.error, Unauthenticated)
    assert "expired" in result.error.message
    assert result.key_id == key.key_id


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("method", RULES)
def test_a_role_opens_exactly_what_it_covers(role, method):
    key, text = make_key("ana", role, NOW)
    result = _authenticator(key).authenticate(method, _shown(f"Bearer {text}"))
    assert (result.caller is not None) == role.covers(RULES[method].role)
    assert isinstance(result.error, PermissionDenied | None)


def test_a_call_without_a_rule_is_open_to_nobody():
    key, text = make_key("ana", Role.ADMIN, NOW)
    result = _authenticator(key).authenticate("BurnItAllDown", _shown(f"Bearer {text}"))
    assert isinstance(result.error, PermissionDenied)


def test_a_pool_that_is_not_ones_own_is_not_there():
    check_pool(RULES["GetPool"], GetPoolRequest(pool_id="own"), OWN)
    with pytest.raises(PoolNotFound):
        check_pool(RULES["GetPool"], GetPoolRequest(pool_id="other"), OWN)
    check_pool(RULES["GetPool"], GetPoolRequest(pool_id="other"), Caller("k", Role.READ))


@pytest.mark.parametrize("pool_id", ["", "../own", "a b", "x" * 65])
def test_what_can_be_no_pool_is_left_to_the_checks(pool_id):
    check_pool(RULES["GetPool"], GetPoolRequest(pool_id=pool_id), OWN)


def test_a_pool_that_one_could_not_see_is_not_made():
    rule = RULES["CreatePool"]
    check_pool(rule, CreatePoolRequest(config=PoolConfig(pool_id="own")), OWN)
    with pytest.raises(PermissionDenied, match="own"):
        check_pool(rule, CreatePoolRequest(config=PoolConfig(pool_id="other")), OWN)


BOUND = Caller("k", Role.LABEL, annotator="ana")
NAMING = [
    method.input_type
    for method in DESCRIPTOR.services_by_name["SamplerService"].methods
    if "annotator" in method.input_type.fields_by_name
]


@pytest.mark.parametrize("kind", NAMING, ids=lambda kind: kind.name)
def test_a_key_of_one_annotator_speaks_for_that_one_alone(kind):
    assert len(NAMING) >= 9
    for given_name in ("", "ana"):
        request = GetMessageClass(kind)(annotator=given_name)
        fill_annotator(request, BOUND)
        assert request.annotator == "ana"
    with pytest.raises(PermissionDenied, match="'ana' only"):
        fill_annotator(GetMessageClass(kind)(annotator="ben"), BOUND)


def test_a_key_of_any_annotator_speaks_for_whom_it_names():
    for given_name in ("", "ben"):
        request = LeaseBatchRequest(annotator=given_name)
        fill_annotator(request, OWN)
        assert request.annotator == given_name
    fill_annotator(GetPoolRequest(pool_id="own"), BOUND)


@given(st.lists(st.from_regex(r"[!-~]{1,128}", fullmatch=True), min_size=2, max_size=2, unique=True))
def test_request_ids_stay_apart_by_key_and_by_id(ids):
    kept = {request_id_of(key, each) for key in ("0a1b2c3d4e5f", "f5e4d3c2b1a0") for each in ids}
    assert len(kept) == 4
    assert all(len(each) <= 128 for each in kept)
