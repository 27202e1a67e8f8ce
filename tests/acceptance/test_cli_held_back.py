"""What is held back, from the command line."""

import json

import numpy as np
import pytest

IDS = [f"v{row:02}" for row in range(76)]


@pytest.fixture
def vectors(tmp_path):
    """Three clusters of vectors, and four that are like nothing else."""
    rows = np.eye(8)[np.arange(72) % 3] + np.random.default_rng(5).normal(scale=0.1, size=(72, 8))
    np.savez(tmp_path / "v.npz", vectors=np.concatenate([rows, np.eye(8)[4:] - 0.3]), ids=np.array(IDS))
    return tmp_path / "v.npz"


def test_held_back_items_are_listed_and_restored(vicinal, vectors, tmp_path):
    vicinal("pool", "create", "cells", "--dimension", 8, "--known-share", 0.7, "--isolation", 6)
    vicinal("add", "cells", vectors)
    isolated = vicinal("held-back", "cells", "--isolated", "--json")
    assert [each["item"]["item_id"] for each in isolated["items"]] == IDS[72:]
    assert isolated["counts"] == {"known": 0, "isolated": 4}
    rows = [{"item_id": IDS[row], "label": f"c{row % 3}"} for row in range(12) if row % 3]
    (tmp_path / "given.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    vicinal("label", "cells", "--file", tmp_path / "given.jsonl")

    shown = vicinal("held-back", "cells", "--known", "--limit", 3)
    assert "known" in shown
    assert "4 isolated" in shown
    known = vicinal("held-back", "cells", "--known", "--json")
    assert {each["holding"]["held_back"] for each in known["items"]} == {"known"}
    count = known["counts"]["known"]
    assert len(known["items"]) == min(count, 50) > 0
    assert f"{count} known (from 70.0%), 4 isolated (from 6 spreads)" in vicinal("status", "cells")
    assert [pool["held_back"]["known"] for pool in vicinal("status", "--json")["pools"]] == [count]

    vicinal("readmit", "cells", IDS[75])
    assert "3 isolated" in vicinal("held-back", "cells")
