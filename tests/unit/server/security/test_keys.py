"""Keys: what is kept of them, and that each is known by all of its letters and by nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from vicinal.server.security import keys as keys_module
from vicinal.server.security.keys import PREFIX, find_key, find_key_name, make_key
from vicinal.server.security.roles import Role

NOW = datetime(2024, 5, 1, tzinfo=UTC)


def test_a_key_has_256_random_bits_and_none_of_them_is_kept():
    key, text = make_key("ana", Role.LABEL, NOW)
    secret = text.removeprefix(f"{PREFIX}{key.key_id}_")
    assert len(secret) == 43  # base 64 of 32 bytes
    assert text.encode() not in key.digest + key.salt
    assert secret not in repr(key)


def test_no_two_keys_share_anything():
    made = [make_key("ana", Role.READ, NOW) for _ in range(50)]
    for part in ("key_id", "salt", "digest"):
        assert len({getattr(key, part) for key, _ in made}) == 50


def test_each_key_is_known_by_its_whole_text_alone():
    made = [make_key(str(number), Role.READ, NOW) for number in range(5)]
    known = [key for key, _ in made]
    for key, text in made:
        assert find_key(text, known) is key
        for wrong in (text[:-1], text + "x", text.swapcase(), text[4:], "", key.key_id):
            assert find_key(wrong, known) is None
        assert find_key(text, [other for other in known if other is not key]) is None


def test_all_keys_are_compared_whichever_it_is(monkeypatch):
    made = [make_key("ana", Role.READ, NOW) for _ in range(4)]
    compared = []
    real = keys_module.hmac.compare_digest
    monkeypatch.setattr(
        keys_module.hmac, "compare_digest", lambda one, other: compared.append(one) or real(one, other)
    )
    for _, text in made:
        find_key(text, [key for key, _ in made])
    assert compared == [key.digest for key, _ in made] * 4


def test_a_refused_text_is_named_by_a_known_id_or_not_at_all():
    key, text = make_key("ana", Role.READ, NOW)
    assert find_key_name(text[:-1], [key]) == key.key_id
    assert find_key_name("vcl_somebody_else", [key]) == "unknown"
    assert find_key_name("hunter2", [key]) == "unknown"


@pytest.mark.parametrize(("seconds", "expired"), [(-1, False), (0, True), (1, True)])
def test_a_key_ends_at_its_expiry(seconds, expired):
    key, _ = make_key("ana", Role.READ, NOW, expires_at=NOW)
    assert key.is_expired(NOW + timedelta(seconds=seconds)) is expired


def test_a_key_without_expiry_does_not_end():
    assert not make_key("ana", Role.READ, NOW)[0].is_expired(NOW + timedelta(days=36_500))
