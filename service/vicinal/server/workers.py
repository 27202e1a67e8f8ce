"""The threads that do the work, so that the event loop stays free to take calls."""

import asyncio
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from vicinal.core.errors import ModelLoading
from vicinal.core.ports import Embedded, Featurizer, RawContent
from vicinal.server.executor import BoundedExecutor
from vicinal.server.telemetry.telemetry import Telemetry

P = ParamSpec("P")
R = TypeVar("R")

# Calls on one pool take turns at its lock: some waiting threads must not keep other pools from working.
COMPUTING_THREADS = 8
# A model spreads its work over the cores by itself; the second thread lets another one work meanwhile.
EMBEDDING_THREADS = 2
# Searches through whole pools take minutes, and nobody waits for them at an annotator's desk.
SEARCHING_THREADS = 2
# One for each model that is known: one that hangs in its download does not keep the others waiting.
LOADING_THREADS = 4
LOADING_RETRY_SECONDS = 5.0


class Workers:
    """Bounded groups of threads: for the use cases, for searches, for models at work and being loaded.

    A call that is cancelled while it waits for a thread is never begun; one that runs ends at its next step,
    or is finished.

    Args:
        max_waiting: most calls that wait for each group; more are refused.
        model_load_seconds: longest time that a call waits for a model to be loaded.
        telemetry: hears of the work.
    """

    def __init__(
        self,
        *,
        max_waiting: int = 128,
        model_load_seconds: float = 300.0,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._telemetry = telemetry or Telemetry()
        self._model_load_seconds = model_load_seconds
        self._loading: dict[str, asyncio.Future[Featurizer]] = {}
        threads = {
            "computing": COMPUTING_THREADS,
            "embedding": EMBEDDING_THREADS,
            "searching": SEARCHING_THREADS,
            "loading": LOADING_THREADS,
        }
        self.executors = {
            name: BoundedExecutor(name, count, max_waiting, self._telemetry)
            for name, count in threads.items()
        }

    async def compute(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of a use case.

        Raises:
            Overloaded: too many wait already; once something was begun for a call, it waits.
        """
        return await self.executors["computing"].run(lambda: work(*args, **kwargs), _name(work))

    async def embed(self, model: Featurizer, contents: Sequence[RawContent]) -> Embedded:
        """Vectors of contents.

        Raises:
            Overloaded: too many wait already; once something was begun for a call, it waits.
        """
        embedded = await self.executors["embedding"].run(lambda: model.embed(contents), "embed")
        self._telemetry.metrics.embedded.labels(model.fingerprint.name).inc(len(contents))
        return embedded

    async def load(self, name: str, load: Callable[[], Featurizer]) -> Featurizer:
        """The model of that name, which is loaded once however many wait for it.

        Raises:
            ModelLoading: that takes longer than a call may wait; it goes on.
        """
        loading = self._loading.get(name)
        if loading is None:
            loading = asyncio.ensure_future(self.executors["loading"].run(load, "load"))
            self._loading[name] = loading
            loading.add_done_callback(lambda done: self._loaded(name, done))
        try:
            return await asyncio.wait_for(asyncio.shield(loading), self._model_load_seconds)
        except TimeoutError:
            raise ModelLoading(
                f"featurizer {name!r} is not loaded after {self._model_load_seconds:g} seconds; it goes on: "
                "try again later, or see whether its model can be fetched from where the server runs",
                retry_after_seconds=LOADING_RETRY_SECONDS,
            ) from None

    async def examine(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What else is made of contents than vectors; it takes turns with the models.

        Raises:
            Overloaded: too many wait already; once something was begun for a call, it waits.
        """
        return await self.executors["embedding"].run(lambda: work(*args, **kwargs), _name(work))

    async def search(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of a search through a whole pool.

        Raises:
            Overloaded: too many wait already; once something was begun for a call, it waits.
        """
        return await self.executors["searching"].run(lambda: work(*args, **kwargs), _name(work))

    def close(self) -> None:
        """Lets running work end and begins no more. A model that is being loaded is not waited for."""
        self.executors["computing"].close(wait=True)
        self.executors["embedding"].close(wait=True)
        self.executors["searching"].close(wait=True)
        self.executors["loading"].close(wait=False)

    def _loaded(self, name: str, done: asyncio.Future[Featurizer]) -> None:
        del self._loading[name]
        if not done.cancelled():
            done.exception()  # heard here, should nobody wait any more


def _name(work: object) -> str:
    return str(getattr(work, "__name__", "work")).strip("_")
