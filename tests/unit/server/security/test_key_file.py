"""The file of keys: whole or not at all, for its owner's eyes, and nothing of it in messages."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from vicinal.server.security.keys import KeysUnusable, create_key, read_keys, revoke_key
from vicinal.server.security.roles import Role

NOW = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new folder" / "keys.jsonl"


def test_what_is_written_is_read_again(path):
    pools = frozenset({"fruits", "reviews"})
    first, _ = create_key(path, "ana", Role.LABEL, NOW, pools=pools, expires_at=NOW + timedelta(days=1))
    bound, _ = create_key(path, "ben", Role.LABEL, NOW, annotator="ben")
    second, _ = create_key(path, "every pool", Role.ADMIN, NOW)
    assert read_keys(path) == (first, bound, second)


def test_a_file_from_before_keys_had_annotators_is_read(path):
    key, _ = create_key(path, "ana", Role.LABEL, NOW)
    kept = json.loads(path.read_text())
    del kept["annotator"]
    path.write_text(json.dumps(kept) + "\n")
    assert read_keys(path) == (key,)


def test_the_file_is_its_owners_alone_and_holds_no_key(path):
    _, text = create_key(path, "ana", Role.LABEL, NOW)
    path.chmod(0o644)
    create_key(path, "ben", Role.LABEL, NOW)
    assert path.stat().st_mode & 0o777 == 0o600
    assert text.split("_", 2)[2] not in path.read_text()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_revoked_key_is_gone_and_the_others_stay(path):
    made = [create_key(path, str(number), Role.READ, NOW)[0] for number in range(3)]
    revoke_key(path, made[1].key_id)
    assert read_keys(path) == (made[0], made[2])
    with pytest.raises(KeysUnusable, match=made[1].key_id):
        revoke_key(path, made[1].key_id)


def test_commands_at_the_same_time_lose_no_key(path):
    threads = [
        threading.Thread(target=create_key, args=(path, str(number), Role.READ, NOW)) for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key.name for key in read_keys(path)} == {str(number) for number in range(8)}


@pytest.mark.parametrize(
    "change",
    [
        {"role": "god"},
        {"salt": "xyz"},
        {"hmac_sha256": "00"},
        {"pools": 3},
        {"pools": [""]},
        {"expires": "2024-05-01T00:00:00"},
        {"expires": "soon"},
        {"id": ""},
        {"annotator": ""},
        {"annotator": 3},
        {"name": None},
    ],
)
def test_a_broken_line_is_named_and_not_quoted(path, change):
    create_key(path, "ana", Role.READ, NOW)
    kept = json.loads(path.read_text())
    path.write_text(path.read_text() + json.dumps(kept | {"id": "canary"} | change) + "\n")
    with pytest.raises(KeysUnusable, match="line 2") as caught:
        read_keys(path)
    assert "canary" not in caught.value.message
    before = path.read_text()
    with pytest.raises(KeysUnusable):
        create_key(path, "ben", Role.READ, NOW)
    assert path.read_text() == before


@pytest.mark.parametrize("line", ["vcl_pasted_secret", "[]", "3", "null", '{"id": "a"}'])
def test_what_is_no_key_is_refused(path, line):
    path.parent.mkdir()
    path.write_text(line)
    with pytest.raises(KeysUnusable, match="line 1") as caught:
        read_keys(path)
    assert "pasted" not in caught.value.message


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "a\nb"}, {"annotator": "a\nb"}, {"pools": frozenset({"../fruits"})}]
)
def test_names_that_can_be_none_are_not_written(path, wrong):
    create_key(path, "ana", Role.READ, NOW)
    before = path.read_text()
    with pytest.raises(KeysUnusable, match=r"name|pool|annotator"):
        create_key(path, **{"name": "ben", "role": Role.READ, "now": NOW} | wrong)
    assert path.read_text() == before


def test_an_id_comes_once(path):
    create_key(path, "ana", Role.READ, NOW)
    path.write_text(path.read_text() * 2)
    with pytest.raises(KeysUnusable, match="same id"):
        read_keys(path)


def test_a_file_that_is_not_there_is_said(path):
    with pytest.raises(KeysUnusable, match="vicinal keys create"):
        read_keys(path)
