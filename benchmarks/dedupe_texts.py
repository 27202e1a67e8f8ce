"""Duplicates of tweets made up for measuring: case, a URL, a mention dropped, one typo, a retweet."""

import csv
import gzip
import re
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np

from vicinal.duplicates import find_text_duplicates

TEXTS, COPIED = 6000, 1500
Edit = Callable[[str, np.random.Generator], str]


def measure_texts(shared: Path, seed: int = 0) -> dict[str, object]:
    """Precision and recall over all pairs, of tweets among which some have five duplicates each."""
    texts, family_of, edit_of = made_up(shared, seed)
    started = time.perf_counter()
    findings = find_text_duplicates(texts.items(), untold)
    seconds = round(time.perf_counter() - started, 1)
    called = {tuple(sorted(pair)) for group in findings.groups for pair in combinations(group.item_ids, 2)}
    true = _pairs_of_families(family_of)
    group_of = {item: group.representative_id for group in findings.groups for item in group.item_ids}
    found = defaultdict(list)
    for item, edit in edit_of.items():
        found[edit].append(group_of.get(item, item) == group_of.get(family_of[item], family_of[item]))
    return {
        "texts/precision": len(called & true) / max(len(called), 1),
        "texts/recall": len(called & true) / len(true),
        **{f"texts/recall_{edit}": float(np.mean(each)) for edit, each in found.items()},
        "texts/seconds": seconds,
    }


def made_up(shared: Path, seed: int) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Texts by id, the family of each id (that of its original), and the edit behind each duplicate.

    Of tweets that are the same but for mentions, links and signs ("@ana thanks"), one is taken: as originals
    they would be duplicates of one another.
    """
    with gzip.open(shared / "data/sentiment140/train.csv.gz", "rt", encoding="utf-8", newline="") as file:
        tweets = [row["text"] for row in csv.DictReader(file)]
    rng = np.random.default_rng(seed)
    different = list({_letters(tweet): tweet for tweet in tweets}.values())
    drawn = rng.permutation(len(different))[:TEXTS]
    texts = {f"{place:05d}": different[place] for place in drawn.tolist()}
    family_of = {item: item for item in texts}
    edit_of: dict[str, str] = {}
    for item in list(texts)[:COPIED]:
        for name, edit in EDITS.items():
            duplicate = f"{item}_{name}"
            texts[duplicate], family_of[duplicate], edit_of[duplicate] = edit(texts[item], rng), item, name
    return texts, family_of, edit_of


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", re.sub(r"(?:@|https?://|www\.)\S+", "", text)).lower()


def _pairs_of_families(family_of: dict[str, str]) -> set[tuple[str, ...]]:
    families: dict[str, list[str]] = defaultdict(list)
    for item, family in family_of.items():
        families[family].append(item)
    return {tuple(sorted(pair)) for members in families.values() for pair in combinations(members, 2)}


def _typo(text: str, rng: np.random.Generator) -> str:
    place = int(rng.integers(len(text)))
    letter = "abcdefghijklmnopqrstuvwxyz"[rng.integers(26)]
    after = {"swap": text[place + 1 : place + 2] + text[place], "drop": "", "put": letter + text[place]}
    kind = ("swap", "drop", "put", "change")[rng.integers(4)]
    rest = place + (2 if kind == "swap" else 1)
    return text[:place] + after.get(kind, letter) + text[rest:]


def _url(text: str, rng: np.random.Generator) -> str:
    return f"{text} http://bit.ly/{rng.integers(10**6)}"


EDITS: dict[str, Edit] = {
    "case": lambda text, _: text.upper(),
    "url": _url,
    "mention": lambda text, _: re.sub(r"@\w+\s*", "", text, count=1) or text,
    "typo": _typo,
    "retweet": lambda text, _: f"RT @somebody: {text}",
}


def untold(step: str, done: int, of: int) -> None:
    """Nobody watches."""
    del step, done, of
