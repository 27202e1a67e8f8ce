"""What is filtered, from the command line."""

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


def test_filtered_items_are_listed_and_restored(vicinal, vectors, tmp_path):
    vicinal("pool", "create", "cells", "--dimension", 8, "--confidence-filter", 0.7, "--outlier-filter", 6)
    vicinal("add", "cells", vectors)
    outliers = vicinal("filtered", "cells", "--outliers", "--json")
    assert [each["item"]["item_id"] for each in outliers["items"]] == IDS[72:]
    assert outliers["counts"] == {"confident": 0, "outliers": 4}
    rows = [{"item_id": IDS[row], "label": f"c{row % 3}"} for row in range(12) if row % 3]
    (tmp_path / "given.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    vicinal("label", "cells", "--file", tmp_path / "given.jsonl")

    shown = vicinal("filtered", "cells", "--confident", "--limit", 3)
    assert "confident" in shown
    assert "4 outliers" in shown
    confident = vicinal("filtered", "cells", "--confident", "--json")
    assert {each["filter_decision"]["filtered"] for each in confident["items"]} == {"confident"}
    count = confident["counts"]["confident"]
    assert len(confident["items"]) == min(count, 50) > 0
    assert f"{count} confident (from 70.0%), 4 outliers (from 6 spreads)" in vicinal("status", "cells")
    assert [pool["filtered"]["confident"] for pool in vicinal("status", "--json")["pools"]] == [count]

    vicinal("restore", "cells", IDS[75])
    assert "3 outliers" in vicinal("filtered", "cells")
