"""A plain model of who may do what with an item, and what state that leaves it in.

All of an item's life follows from a few facts that stand: annotations, skips, a resolution, an exclusion, and
the open leases. The tests compare a session with this model; nothing here is fast or clever.
"""

from collections import Counter
from dataclasses import dataclass, field

from vicinal.core.arms import is_gold_turn
from vicinal.records.items import ItemState

ANYBODY = ""


@dataclass
class ModelItem:
    """One item. Where one label is for all, ANYBODY has given the label or the skip."""

    is_shared: bool
    gold: str = ""
    annotations: dict[str, str] = field(default_factory=dict)
    skips: set[str] = field(default_factory=set)
    resolution: tuple[str, str] | None = None
    is_excluded: bool = False

    def who(self, name: str) -> str:
        return name if self.is_shared else ANYBODY

    def majority(self) -> str:
        """The label given most often; of several the one that was given first."""
        said = list(self.annotations.values())
        counts = Counter(said)
        return next((label for label in said if counts[label] == max(counts.values())), "")

    @property
    def label(self) -> str:
        if self.gold:
            return self.gold if self.annotations else ""
        return self.resolution[1] if self.resolution else self.majority()

    @property
    def disagreement(self) -> float:
        said = list(self.annotations.values())
        return 1 - Counter(said)[self.majority()] / len(said) if said else 0.0


@dataclass
class ModelLease:
    annotator: str
    items: list[str]
    expires_at: float


class Refused(Exception):
    """The call has to be refused as a whole."""


class AnnotationModel:
    """Items and open leases, and each use case on them.

    Attributes:
        leases: by the order they were opened.
    """

    def __init__(self, overlap: int, gold_share: float, items: list[str], gold: dict[str, str]) -> None:
        self.overlap = overlap
        self.gold_share = gold_share
        self.items = {item_id: ModelItem(overlap > 1) for item_id in items}
        self.items |= {item_id: ModelItem(True, label) for item_id, label in gold.items()}
        self.leases: list[ModelLease] = []
        self.answers: Counter[str] = Counter()
        self.wanting: list[str] = []

    # What stands.

    def holders(self, item_id: str) -> list[str]:
        return [lease.annotator for lease in self.leases if item_id in lease.items]

    def state(self, item_id: str) -> ItemState:
        item = self.items[item_id]
        if item.is_excluded:
            return ItemState.EXCLUDED
        if item.label:
            return ItemState.LABELLED
        if item.skips and not item.gold:
            return ItemState.SKIPPED
        return ItemState.LEASED if self.holders(item_id) else ItemState.UNLABELLED

    def is_new_to(self, item_id: str, name: str) -> bool:
        item = self.items[item_id]
        return name not in item.annotations and name not in item.skips and name not in self.holders(item_id)

    def disputed(self) -> list[str]:
        """Most disputed first, equal ones in the order they were added."""
        found = [
            item_id
            for item_id, item in self.items.items()
            if item.is_shared and not item.gold and not item.resolution and item.disagreement > 0
        ]
        return sorted(found, key=lambda item_id: -self.items[item_id].disagreement)

    # Who gets what.

    def begun(self, name: str) -> list[str]:
        """What others have begun and this annotator is to go on with, in order."""
        if self.overlap == 1:
            return []
        leased = [item_id for lease in self.leases for item_id in lease.items]
        leased = [item_id for item_id in dict.fromkeys(leased) if self.state(item_id) is ItemState.LEASED]
        return [
            item_id
            for item_id in [*self.wanting, *leased]
            if not self.items[item_id].gold
            and self.is_new_to(item_id, name)
            and len({*self.holders(item_id), *self.items[item_id].annotations}) < self.overlap
        ]

    def new(self) -> set[str]:
        return {
            item_id
            for item_id, item in self.items.items()
            if not item.gold and self.state(item_id) is ItemState.UNLABELLED
        }

    def open_gold(self, name: str) -> set[str]:
        return {
            item_id
            for item_id, item in self.items.items()
            if item.gold and not item.is_excluded and self.is_new_to(item_id, name)
        }

    def gold_slots(self, name: str, size: int, seed: int) -> int:
        place = self.answers[name] + sum(len(lease.items) for lease in self.leases if lease.annotator == name)
        return sum(is_gold_turn(seed, name, place + slot, self.gold_share) for slot in range(size))

    def review(self, name: str) -> list[str]:
        return [
            item_id
            for item_id in self.disputed()
            if not self.holders(item_id) and self.is_new_to(item_id, name)
        ]

    # What people do. Each checks all items first, and then changes them.

    def label(self, name: str, labels: dict[str, str], lease: ModelLease | None, relabel: bool) -> list[int]:
        """Counts of new, replaced and unchanged labels."""
        for item_id, label in labels.items():
            own = self.own(item_id, name)
            if (own not in ("", label) and not relabel) or self.state(item_id) is ItemState.EXCLUDED:
                raise Refused
            self.check_lease(item_id, lease)
        outcome = [0, 0, 0]
        for item_id, label in labels.items():
            item, own = self.items[item_id], self.own(item_id, name)
            outcome[2 if own == label else 1 if own else 0] += 1
            if own != label:
                self.answers[name] += not own
                item.annotations[item.who(name)] = label
                item.skips.discard(item.who(name))
                self.done(item_id, name)
        return outcome

    def skip(self, name: str, item_ids: list[str], lease: ModelLease | None) -> int:
        for item_id in item_ids:
            if self.own(item_id, name) or self.state(item_id) is ItemState.EXCLUDED:
                raise Refused
            self.check_lease(item_id, lease)
        fresh = [each for each in item_ids if self.items[each].who(name) not in self.items[each].skips]
        for item_id in fresh:
            self.items[item_id].skips.add(self.items[item_id].who(name))
            self.answers[name] += 1
            self.done(item_id, name)
        return len(fresh)

    def remove(self, name: str, item_id: str) -> None:
        """No name takes all labels back, and the resolution."""
        item = self.items[item_id]
        if self.state(item_id) is not ItemState.LABELLED:
            raise Refused
        resolver = item.resolution[0] if item.resolution else ""
        if not name or not item.is_shared:
            item.annotations.clear()
            item.resolution = None
        elif name in item.annotations:
            del item.annotations[name]
        elif name == resolver:
            item.resolution = None
        else:
            raise Refused
        self.note_wanting()

    def resolve(self, name: str, item_id: str, label: str) -> int:
        item = self.items[item_id]
        if item.gold or not item.is_shared or not item.label:
            raise Refused
        if item.resolution and item.resolution[1] == label:
            return 0
        item.resolution = name, label
        self.done(item_id, name)
        return 1

    def exclude(self, item_id: str) -> int:
        if self.state(item_id) is ItemState.LABELLED or self.holders(item_id):
            raise Refused
        was, self.items[item_id].is_excluded = self.items[item_id].is_excluded, True
        return not was

    def restore(self, item_id: str) -> int:
        """Everybody's skips go."""
        item = self.items[item_id]
        if self.state(item_id) is ItemState.LABELLED:
            raise Refused
        changes = bool(item.is_excluded or item.skips)
        item.is_excluded = False
        item.skips.clear()
        return changes

    def open_lease(self, name: str, items: list[str], expires_at: float) -> ModelLease:
        lease = ModelLease(name, items, expires_at)
        self.leases.append(lease)
        return lease

    def release(self, lease: ModelLease) -> int:
        """How many items it held."""
        if lease not in self.leases:
            return 0
        self.leases = [each for each in self.leases if each is not lease]
        return len(lease.items)

    def expire(self, now: float) -> None:
        self.leases = [lease for lease in self.leases if lease.expires_at > now]

    # Steps of these.

    def own(self, item_id: str, name: str) -> str:
        """The label that a new one of this annotator's would take the place of."""
        item = self.items[item_id]
        return item.annotations.get(item.who(name), "")

    def check_lease(self, item_id: str, lease: ModelLease | None) -> None:
        """Where one label is for all, whoever holds the item has it alone."""
        item, held_by = self.items[item_id], [each for each in self.leases if item_id in each.items]
        if not item.is_shared and held_by and not any(each is lease for each in held_by):
            raise Refused

    def done(self, item_id: str, name: str) -> None:
        """The annotator's lease no longer holds the item; others' go on."""
        for lease in self.leases:
            if item_id in lease.items and (lease.annotator == name or not self.items[item_id].is_shared):
                lease.items.remove(item_id)
        self.leases = [lease for lease in self.leases if lease.items]
        self.note_wanting()

    def note_wanting(self) -> None:
        """Items with fewer annotations than wanted, in the order that they came to be so."""
        now = [
            item_id
            for item_id, item in self.items.items()
            if item.is_shared and 0 < len(item.annotations) < self.overlap and not item.resolution
        ]
        kept = [item_id for item_id in self.wanting if item_id in now]
        self.wanting = kept + [item_id for item_id in now if item_id not in kept]
