"""Calls about examples: labelled contents that vote in a pool without being items of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput, VicinalError
from vicinal.core.field_rules import MAX_NAME_CHARACTERS, normalise_label
from vicinal.core.records import ExampleRecord
from vicinal.pools.clock import check_deadline
from vicinal.pools.registry import Pools
from vicinal.pools.results import ExamplesAdded, NewExample
from vicinal.pools.session import PoolSession
from vicinal.server.rpc import to_proto
from vicinal.server.rpc.checks import Checks, begin_checks
from vicinal.server.rpc.contents import (
    Accepted,
    ParsedContents,
    check_fingerprint,
    content_hash,
    read_contents,
    vectorise,
)
from vicinal.server.rpc.idempotency import once, stored_response
from vicinal.server.rpc.page_tokens import id_of, page_token
from vicinal.server.rpc.to_domain import DEFAULT_PAGE, MAX_PAGE
from vicinal.server.runtime.errors import MAX_MESSAGE_BYTES, shorten
from vicinal.server.runtime.workers import Workers
from vicinal.server.settings import Settings
from vicinal.v1 import examples_pb2 as v1


@dataclass(frozen=True)
class ReadyExamples:
    """Examples of one request that have a vector, and the others.

    Attributes:
        examples: with row i of `vectors`; `indexes[i]` is its place in the request.
        failures: why the others cannot be added, by their place in the request.
        existing: how many the pool had already, and so were not embedded again.
    """

    examples: Sequence[NewExample]
    vectors: Vectors
    indexes: Sequence[int]
    failures: Mapping[int, VicinalError]
    existing: int


async def add_examples(
    pools: Pools, workers: Workers, settings: Settings, request: v1.AddExamplesRequest
) -> v1.AddExamplesResponse:
    """Adds examples. A retry is looked up before anything is embedded, and again when examples are added."""
    session = await workers.compute(_pool_to_add_to, pools, settings, request)
    stored = await workers.compute(stored_response, session, request, v1.AddExamplesResponse)
    if stored is not None:
        return stored
    examples, contents, existing = await workers.compute(_read, session, settings, request)
    check_fingerprint(session.config, request.fingerprint_digest, brings_vectors=bool(contents.vectors))
    config = session.config
    made = await vectorise(
        contents, config.dimension, config.featurizer, lambda: pools.featurizer_of(config.pool_id), workers
    )
    taken = [examples[index] for index in made.indexes]
    ready = ReadyExamples(taken, made.vectors, made.indexes, made.failures, existing)
    return await workers.compute(_add_once, session, request, ready)


def remove_examples(
    pools: Pools, settings: Settings, request: v1.RemoveExamplesRequest
) -> v1.RemoveExamplesResponse:
    """Removes examples."""
    checks = begin_checks(request)
    example_ids = checks.ids(request.example_ids, "example_ids", settings.max_items_per_request)
    checks.raise_if_any()
    session = pools.get(request.pool_id)
    return once(
        session,
        request,
        v1.RemoveExamplesResponse,
        lambda: session.examples.remove(example_ids),
        lambda removed: v1.RemoveExamplesResponse(removed=removed),
    )


def list_examples(pools: Pools, request: v1.ListExamplesRequest) -> v1.ListExamplesResponse:
    """A page of examples, by id."""
    checks = begin_checks(request)
    size = checks.number(request.page_size, "page_size", default=DEFAULT_PAGE, limit=MAX_PAGE)
    checks.raise_if_any()
    listing = ["examples", request.pool_id]
    session = pools.get(request.pool_id)
    page, after = session.examples.list(id_of(listing, request.page_token), size)
    return v1.ListExamplesResponse(
        examples=[_example(record) for record in page],
        next_page_token="" if after is None else page_token(listing, after),
    )


def _pool_to_add_to(pools: Pools, settings: Settings, request: v1.AddExamplesRequest) -> PoolSession:
    """Checks all fields of the request but its examples, which fail one by one."""
    checks = begin_checks(request)
    checks.count(len(request.examples), "examples", settings.max_items_per_request)
    checks.annotator(request.annotator)
    checks.text(request.fingerprint_digest, "fingerprint_digest", MAX_NAME_CHARACTERS, optional=True)
    checks.raise_if_any()
    return pools.get(request.pool_id)


def _read(
    session: PoolSession, settings: Settings, request: v1.AddExamplesRequest
) -> tuple[Mapping[int, NewExample], ParsedContents, int]:
    """Examples and contents by index, and how many the pool has already as they are, which are left out."""
    examples: dict[int, NewExample] = {}
    failures: dict[int, VicinalError] = {}
    for index, given in enumerate(request.examples):
        check_deadline()
        try:
            examples[index] = _checked(given)
        except InvalidInput as error:
            failures[index] = error
    existing = [index for index, example in examples.items() if session.examples.has(example)]
    for index in existing:
        del examples[index]
    accepted = Accepted.by_pool(session.config, settings)
    contents = read_contents(((index, request.examples[index].content) for index in examples), accepted)
    contents.failures.update(failures)
    return examples, contents, len(existing)


def _checked(given: v1.NewExample) -> NewExample:
    checks = Checks()
    checks.item_id(given.example_id, "example_id")
    label = checks.label(given.label, "label")
    checks.raise_if_any()
    return NewExample(given.example_id, content_hash(given.content), label, given.relabel)


def _add_once(
    session: PoolSession, request: v1.AddExamplesRequest, ready: ReadyExamples
) -> v1.AddExamplesResponse:
    return once(
        session,
        request,
        v1.AddExamplesResponse,
        lambda: session.examples.add(ready.examples, ready.vectors, normalise_label(request.annotator)),
        lambda added: _answer(request, ready, added),
    )


def _answer(
    request: v1.AddExamplesRequest, ready: ReadyExamples, added: ExamplesAdded
) -> v1.AddExamplesResponse:
    failures = {**ready.failures, **{ready.indexes[row]: error for row, error in added.failures.items()}}
    return v1.AddExamplesResponse(
        added=added.added,
        relabelled=added.relabelled,
        existing=ready.existing + added.existing,
        errors=[
            v1.ExampleError(
                index=index,
                example_id=to_proto.shorten_id(request.examples[index].example_id),
                reason=error.reason,
                message=shorten(error.message, MAX_MESSAGE_BYTES),
            )
            for index, error in sorted(failures.items())
        ],
    )


def _example(record: ExampleRecord) -> v1.Example:
    return v1.Example(
        example_id=record.example_id,
        label=record.label,
        annotator=record.annotator,
        create_time=to_proto.timestamp(record.created_at),
    )
