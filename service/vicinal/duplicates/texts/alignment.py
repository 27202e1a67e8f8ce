"""Where two lists of words differ: short differences with the same words around them, or none at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_WORDS = 4
"""Words of either text that one difference spans; what differs in more is not the same message."""
_FIRST_STRIDE = 16
# The fewest words first; of equally many, one word for another before words that came or went.
_STEPS = sorted(
    ((step, other) for step in range(MOST_WORDS + 1) for other in range(MOST_WORDS + 1) if step or other),
    key=lambda steps: (max(steps), abs(steps[0] - steps[1])),
)


@dataclass(frozen=True)
class Difference:
    """A place where two lists differ: left[start:stop] stands where right[other_start:other_stop] does."""

    start: int
    stop: int
    other_start: int
    other_stop: int


def differences(left: Sequence[str], right: Sequence[str]) -> Iterator[Difference | None]:
    """All differences, in order; the last is None where it spans too much.

    Takes time as the length of the texts and the number of differences: from one end to the other, each is
    the shortest after which the two agree again.
    """
    at, other = 0, 0
    while True:
        same = _agreeing(left, right, at, other)
        at, other = at + same, other + same
        if at == len(left) and other == len(right):
            return
        step = _shortest(left, right, at, other)
        if step is None:
            yield None
            return
        yield Difference(at, at + step[0], other, other + step[1])
        at, other = at + step[0], other + step[1]


def _agreeing(left: Sequence[str], right: Sequence[str], at: int, other: int) -> int:
    """How many items are the same from two places on, found in strides."""
    same, stride = 0, _FIRST_STRIDE
    most = min(len(left) - at, len(right) - other)
    while same < most:
        stride = min(stride, most - same)
        begin, other_begin = at + same, other + same
        if left[begin : begin + stride] == right[other_begin : other_begin + stride]:
            same, stride = same + stride, 2 * stride
        elif stride == 1:
            break
        else:
            stride = max(stride // 4, 1)
    return same


def _shortest(left: Sequence[str], right: Sequence[str], at: int, other: int) -> tuple[int, int] | None:
    """Words to pass over in both lists until a word is the same again or both end; the fewest that do."""
    for step, other_step in _STEPS:
        after, other_after = at + step, other + other_step
        if after > len(left) or other_after > len(right):
            continue
        if left[after : after + 1] == right[other_after : other_after + 1]:
            return step, other_step
    return None
