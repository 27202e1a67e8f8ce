"""Page tokens with the right check and the wrong contents."""

import random
from collections.abc import Callable, Mapping, Sequence

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from vicinal.server.rpc.page_tokens import sealed

# What each call says is listed; the check of a token is made of it, and is no secret.
LISTINGS: Mapping[str, Callable[[str], Sequence[str]]] = {
    "ListPools": lambda _: ["pools"],
    "ListItems": lambda pool_id: ["items", pool_id],
    "ListExamples": lambda pool_id: ["examples", pool_id],
    "ListDuplicateGroups": lambda pool_id: ["groups and copies", pool_id],
    "ListDisputedItems": lambda pool_id: ["disputed", pool_id],
}
PAYLOADS = (
    b"",
    b"0",
    b"7",
    b"-1",
    b"1.5",
    b"1e400",
    b"9" * 19,
    b"9" * 5000,
    b"NaN",
    b"-Infinity",
    b"true",
    b"null",
    b'""',
    b'"item-3"',
    b'"' + b"x" * 2000 + b'"',
    b'"\\ud800"',
    b'{"a":1}',
    b"[]",
    b'["item-3","item-4"]',
    b'["a",{}]',
    b'["\\udfff","a"]',
    b"[" * 1500 + b"]" * 1500,
    b"\xff\xfe\x00",
    b"0 0",
)


def forged_token(chance: random.Random, method: MethodDescriptor, pool_id: str) -> list[bytes] | None:
    """A request for a page by a forged token; None of a call that lists nothing."""
    listing = LISTINGS.get(method.name)
    if listing is None:
        return None
    payload = chance.choice(PAYLOADS)
    if chance.random() < 0.2:
        payload = chance.randbytes(chance.randrange(60))
    request = GetMessageClass(method.input_type)(page_token=sealed(listing(pool_id), payload))
    if "pool_id" in method.input_type.fields_by_name:
        request.pool_id = pool_id  # type: ignore[attr-defined]
    return [request.SerializeToString()]
