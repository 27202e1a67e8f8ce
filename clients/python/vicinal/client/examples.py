"""Calls about examples: labelled contents that vote in a pool without being items of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from vicinal.client import arguments, requests, responses
from vicinal.client.arguments import Content
from vicinal.client.channel import MAX_MESSAGE_BYTES
from vicinal.client.connection import Connection
from vicinal.client.errors import refusing_values
from vicinal.records.errors import ExampleError
from vicinal.records.examples import Example
from vicinal.v1 import examples_pb2 as v1
from vicinal.wire.codecs import EXAMPLE, EXAMPLE_ERROR


@dataclass(frozen=True, eq=False)
class NewExample:
    """A labelled content that is to vote.

    Attributes:
        example_id: unique among the pool's examples, 1 to 256 characters.
        content: an image file's bytes, a text, or a vector (dimension,).
        label: what it votes for.
    """

    example_id: str
    content: Content
    label: str


@dataclass(frozen=True)
class ExamplesAdded:
    """Outcome of adding examples.

    Attributes:
        existing: examples that were there already with the same content and label.
        errors: examples not taken.
    """

    added: int
    relabelled: int
    existing: int
    errors: list[ExampleError]


class ExampleCalls(Connection):
    """Calls about examples: labelled contents that vote in a pool without being items of it."""

    def add_examples(
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
            parts.append(self._call("AddExamples", request, partial(_added, offset=pack.offset)))
        return _join_added(parts, too_large)

    def remove_examples(self, pool_id: str, example_ids: Iterable[str]) -> int:
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
        return self._call("RemoveExamples", request, responses.value_of("removed"))

    def list_examples(self, pool_id: str) -> Iterator[Example]:
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


def _message(example: NewExample, index: int, relabel: bool) -> v1.NewExample:
    field = f"examples[{index}]"
    with refusing_values(field):
        return v1.NewExample(
            example_id=arguments.text(example.example_id, f"{field}.example_id"),
            content=requests.content(example.content, f"{field}.content"),
            label=arguments.text(example.label, f"{field}.label"),
            relabel=relabel,
        )


def _added(message: v1.AddExamplesResponse, offset: int) -> ExamplesAdded:
    errors = [
        replace(error, index=offset + error.index) for error in map(EXAMPLE_ERROR.decode, message.errors)
    ]
    return ExamplesAdded(message.added, message.relabelled, message.existing, errors)


def _join_added(parts: list[ExamplesAdded], unsent: list[ExampleError]) -> ExamplesAdded:
    errors = [*unsent, *(error for part in parts for error in part.errors)]
    return ExamplesAdded(
        added=sum(part.added for part in parts),
        relabelled=sum(part.relabelled for part in parts),
        existing=sum(part.existing for part in parts),
        errors=sorted(errors, key=lambda error: error.index),
    )
