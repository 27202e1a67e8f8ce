"""Calls about examples: labelled contents that vote in a pool without being items of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput, VicinalError
from vicinal.core.field_rules import MAX_NAME_CHARACTERS, normalise_label
from vicinal.core.records import ExampleRecord
from vicinal.pools import clock
from vicinal.pools.clock import moment_of
from vicinal.pools.session import PoolSession
from vicinal.pools.state.examples import ExamplesOutcome, PreparedExample
from vicinal.records.errors import ExampleError
from vicinal.records.examples import Example
from vicinal.server.rpc.checks import Checks, begin_checks
from vicinal.server.rpc.contents import (
    AcceptedContents,
    ParsedContents,
    check_fingerprint,
    content_hash,
    embed_for_pool,
    read_contents,
    shorten_id,
)
from vicinal.server.rpc.handlers import Context, Handlers, in_worker
from vicinal.server.rpc.idempotency import run_once, stored_response
from vicinal.server.rpc.page_tokens import id_of, page_token
from vicinal.server.runtime.errors import MAX_MESSAGE_BYTES, shorten
from vicinal.server.settings import Settings
from vicinal.v1 import examples_pb2 as v1
from vicinal.wire.codecs import EXAMPLE, EXAMPLE_ERROR


@dataclass(frozen=True)
class EmbeddedExamples:
    """Examples of one request that have a vector, and the others.

    Attributes:
        examples: with row i of `vectors`; `indexes[i]` is its place in the request.
        failures: why the others cannot be added, by their place in the request.
        existing: how many the pool had already, and so were not embedded again.
    """

    examples: Sequence[PreparedExample]
    vectors: Vectors
    indexes: Sequence[int]
    failures: Mapping[int, VicinalError]
    existing: int


class ExampleHandlers(Handlers):
    """Calls about examples: labelled contents that vote in a pool without being items of it."""

    async def AddExamples(self, request: v1.AddExamplesRequest, context: Context) -> v1.AddExamplesResponse:
        """Adds examples. A retry is looked up before anything is embedded, and again when they are added."""
        session = await self.workers.compute(self._pool_to_add_to, request)
        stored = await self.workers.compute(stored_response, session, request, v1.AddExamplesResponse)
        if stored is not None:
            return stored
        examples, contents, existing = await self.workers.compute(_read, session, self.settings, request)
        check_fingerprint(session.config, request.fingerprint_digest, brings_vectors=bool(contents.vectors))
        made = await embed_for_pool(contents, self.pools, session.config, self.workers)
        taken = [examples[index] for index in made.indexes]
        embedded = EmbeddedExamples(taken, made.vectors, made.indexes, made.failures, existing)
        return await self.workers.compute(_add_once, session, request, embedded)

    @in_worker
    def RemoveExamples(
        self, request: v1.RemoveExamplesRequest, context: Context
    ) -> v1.RemoveExamplesResponse:
        """Removes examples."""
        checks = begin_checks(request)
        example_ids = checks.ids(request.example_ids, "example_ids", self.settings.max_items_per_request)
        checks.raise_if_any()
        session = self.pools.get(request.pool_id)
        return run_once(
            session,
            request,
            v1.RemoveExamplesResponse,
            lambda: session.examples.remove(example_ids),
            lambda removed: v1.RemoveExamplesResponse(removed=removed),
        )

    @in_worker
    def ListExamples(self, request: v1.ListExamplesRequest, context: Context) -> v1.ListExamplesResponse:
        """A page of examples, by id."""
        checks = begin_checks(request)
        size = checks.page_size(request.page_size)
        checks.raise_if_any()
        listing = ["examples", request.pool_id]
        session = self.pools.get(request.pool_id)
        page, after = session.examples.list(id_of(listing, request.page_token), size)
        return v1.ListExamplesResponse(
            examples=[EXAMPLE.encode(_example(record)) for record in page],
            next_page_token="" if after is None else page_token(listing, after),
        )

    def _pool_to_add_to(self, request: v1.AddExamplesRequest) -> PoolSession:
        """Checks all fields of the request but its examples, which fail one by one."""
        checks = begin_checks(request)
        checks.count(len(request.examples), "examples", self.settings.max_items_per_request)
        checks.annotator(request.annotator)
        checks.text(request.fingerprint_digest, "fingerprint_digest", MAX_NAME_CHARACTERS, optional=True)
        checks.raise_if_any()
        return self.pools.get(request.pool_id)


def _read(
    session: PoolSession, settings: Settings, request: v1.AddExamplesRequest
) -> tuple[Mapping[int, PreparedExample], ParsedContents, int]:
    """Examples and contents by index, and how many the pool has already as they are, which are left out."""
    examples: dict[int, PreparedExample] = {}
    failures: dict[int, VicinalError] = {}
    for index, given in enumerate(request.examples):
        clock.check()
        try:
            examples[index] = _checked(given)
        except InvalidInput as error:
            failures[index] = error
    existing = [index for index, example in examples.items() if session.examples.has(example)]
    for index in existing:
        del examples[index]
    accepted = AcceptedContents.by_pool(session.config, settings)
    contents = read_contents(((index, request.examples[index].content) for index in examples), accepted)
    contents.failures.update(failures)
    return examples, contents, len(existing)


def _checked(given: v1.NewExample) -> PreparedExample:
    checks = Checks()
    checks.item_id(given.example_id, "example_id")
    label = checks.label(given.label, "label")
    checks.raise_if_any()
    return PreparedExample(given.example_id, content_hash(given.content), label, given.relabel)


def _add_once(
    session: PoolSession, request: v1.AddExamplesRequest, embedded: EmbeddedExamples
) -> v1.AddExamplesResponse:
    return run_once(
        session,
        request,
        v1.AddExamplesResponse,
        lambda: session.examples.add(embedded.examples, embedded.vectors, normalise_label(request.annotator)),
        lambda added: _response(request, embedded, added),
    )


def _response(
    request: v1.AddExamplesRequest, embedded: EmbeddedExamples, added: ExamplesOutcome
) -> v1.AddExamplesResponse:
    failures = {
        **embedded.failures,
        **{embedded.indexes[row]: error for row, error in added.failures.items()},
    }
    return v1.AddExamplesResponse(
        added=added.added,
        relabelled=added.relabelled,
        existing=embedded.existing + added.existing,
        errors=[
            EXAMPLE_ERROR.encode(
                ExampleError(
                    index,
                    shorten_id(request.examples[index].example_id),
                    error.reason,
                    shorten(error.message, MAX_MESSAGE_BYTES),
                )
            )
            for index, error in sorted(failures.items())
        ],
    )


def _example(record: ExampleRecord) -> Example:
    return Example(record.example_id, record.label, record.annotator, moment_of(record.created_at))
