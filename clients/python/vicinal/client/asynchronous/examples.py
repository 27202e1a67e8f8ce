# Generated from examples.py by tools/generate_async_client.py; do not edit.
"""Calls about examples: labelled contents that vote in a pool without being items of it."""

from collections.abc import AsyncIterator, Iterable
from functools import partial

from vicinal.client import arguments, requests, responses
from vicinal.client.asynchronous.connection import AsyncConnection
from vicinal.client.channel import MAX_MESSAGE_BYTES
from vicinal.client.errors import refusing_values
from vicinal.client.examples import ExamplesAdded, NewExample, _added, _join_added, _message
from vicinal.records.errors import ExampleError
from vicinal.records.examples import Example
from vicinal.v1 import examples_pb2 as v1
from vicinal.wire.codecs import EXAMPLE


class AsyncExampleCalls(AsyncConnection):
    """Calls about examples: labelled contents that vote in a pool without being items of it."""

    async def add_examples(
        self,
        pool_id: str,
        examples: Iterable[NewExample],
        *,
        relabel: bool = False,
        annotator: str = "",
        fingerprint_digest: str = "",
    ) -> ExamplesAdded:
        """Lets labelled contents vote that are not in the pool, such as those of an older project.

        They are never suggested. In as many requests as it takes; what is taken stays, so it is safe to run
        again.

        Args:
            pool_id: of the pool.
            examples: read as they are sent; their place here is the index in errors.
            relabel: lets labels take the place of others.
            annotator: who labelled them.
            fingerprint_digest: what vectors were made with, to add them to a pool that has a featurizer.

        Returns:
            Counts, and the examples that could not be taken (a broken image, say).

        Raises:
            InvalidArgumentError: a content is of no known kind; examples before it may be added.
            NotFoundError: no such pool.
            FailedPreconditionError: the vectors were made with another featurizer.
            ResourceExhaustedError: the pool would have too many examples.
        """
        too_large: list[ExampleError] = []
        messages = (_message(example, index, relabel) for index, example in enumerate(examples))
        parts = []
        for pack in requests.packs(messages):
            if pack.is_too_large:
                limit = f"{pack.size_bytes} bytes are more than a message of {MAX_MESSAGE_BYTES} can carry"
                example_id = pack.messages[0].example_id
                too_large.append(ExampleError(pack.offset, example_id, "LIMIT_EXCEEDED", limit))
                continue
            with refusing_values("annotator"):
                request = v1.AddExamplesRequest(
                    pool_id=arguments.text(pool_id, "pool_id"),
                    examples=pack.messages,
                    annotator=arguments.text(annotator, "annotator"),
                    request_id=requests.request_id(),
                    fingerprint_digest=arguments.text(fingerprint_digest, "fingerprint_digest"),
                )
            parts.append(await self._call("AddExamples", request, partial(_added, offset=pack.offset)))
        return _join_added(parts, too_large)

    async def remove_examples(self, pool_id: str, example_ids: Iterable[str]) -> int:
        """Takes examples back, all or none; the votes are then as if they had never been. Returns how many.

        Args:
            pool_id: of the pool.
            example_ids: of the examples.

        Raises:
            NotFoundError: no such pool or example.
        """
        with refusing_values("example_ids"):
            request = v1.RemoveExamplesRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                example_ids=arguments.texts(example_ids, "example_ids"),
                request_id=requests.request_id(),
            )
        return await self._call("RemoveExamples", request, responses.value_of("removed"))

    def list_examples(self, pool_id: str) -> AsyncIterator[Example]:
        """The examples of a pool, by id.

        Args:
            pool_id: of the pool.

        Raises:
            NotFoundError: no such pool.
        """

        def page(token: str) -> v1.ListExamplesRequest:
            with refusing_values("pool_id"):
                return v1.ListExamplesRequest(
                    pool_id=arguments.text(pool_id, "pool_id"), page_size=requests.PAGE_SIZE, page_token=token
                )

        return self._pages("ListExamples", page, responses.page_of("examples", EXAMPLE))
