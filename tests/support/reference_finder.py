"""A finder of duplicates as simple as can be: same digests, or bodies that share two letters or more."""

from collections.abc import Callable, Collection, Sequence

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import FinderSource
from vicinal.core.errors import ContentUnreadable
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import FoundDuplicate, FoundGroup, Match, RawContent, Sketch
from vicinal.records.duplicates import DuplicateEvidence, DuplicateKind
from vicinal.records.pool_options import Duplicates

EXACT = DuplicateEvidence(1.0)


class ReferenceFinder:
    """Compares everything with everything. Bodies are asked for each time, as real finders do."""

    def __init__(self, config: PoolConfig, source: FinderSource) -> None:
        self.source = source
        self.near = config.duplicates is Duplicates.NEAR
        self.digests: list[tuple[str, ...]] = []
        self.asked_nearest: list[list[int]] = []

    def sketch(self, content: RawContent | Vectors) -> Sketch:
        if isinstance(content, np.ndarray):
            return Sketch((), content.tobytes())
        if not isinstance(content, str) or not content:
            raise ContentUnreadable("the content is no text")
        return Sketch((content,), content.encode() if self.near else b"")

    def __len__(self) -> int:
        return len(self.digests)

    def grow(self, sketches: Sequence[Sketch]) -> None:
        self.digests += [sketch.digests for sketch in sketches]

    def matches(self, sketch: Sketch, nearest: Sequence[int] = ()) -> list[Match]:
        self.asked_nearest.append(list(nearest))
        found = [
            match
            for position in range(len(self))
            if (match := self._match(position, sketch, body=self._body(position))) is not None
        ]
        return sorted(found, key=lambda match: (-match.evidence.similarity, match.position))

    def compared(self, sketch: Sketch, positions: Sequence[int]) -> list[Match]:
        found = (self._match(position, sketch, body=self._body(position)) for position in positions)
        return [match for match in found if match is not None]

    def is_exact(self, sketch: Sketch, position: int) -> bool:
        return bool(set(self.digests[position]) & set(sketch.digests))

    def compare(self, first: int, second: int) -> Match | None:
        return self._match(first, Sketch(self.digests[second], self._body(second)), self._body(first))

    def groups(
        self,
        positions: Sequence[int],
        keep: Collection[int],
        on_progress: Callable[[str, int, int], None],
    ) -> list[FoundGroup]:
        groups: list[list[int]] = []
        for done, position in enumerate(positions, start=1):
            on_progress("comparing", done, len(positions))
            group = next((each for each in groups if self.compare(each[0], position)), None)
            groups.append([position]) if group is None else group.append(position)
        return [self._found(group, keep) for group in groups if len(group) > 1]

    def _found(self, group: list[int], keep: Collection[int]) -> FoundGroup:
        first = next((each for each in group if each in keep), group[0])
        duplicates = []
        for each in group:
            match = self.compare(first, each) or self.compare(group[0], each)
            if each != first and match is not None:
                duplicates.append(FoundDuplicate(each, match.kind, match.evidence, match.position))
        return FoundGroup(first, duplicates)

    def _match(self, position: int, sketch: Sketch, body: bytes) -> Match | None:
        if set(self.digests[position]) & set(sketch.digests):
            return Match(position, DuplicateKind.DUPLICATE, EXACT)
        shared = len(set(body) & set(sketch.body))
        if not self.near or shared < 2:
            return None
        return Match(position, DuplicateKind.AUGMENTATION, DuplicateEvidence(shared / 100, kinds=("edited",)))

    def _body(self, position: int) -> bytes:
        return self.source.bodies([position])[0]
