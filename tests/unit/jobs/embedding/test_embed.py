"""Folders and tables into shards, and on after an earlier run."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
import pytest
from pyarrow import parquet

from tests.support.photos import picture
from vicinal.core.arrays import Vectors
from vicinal.core.errors import FingerprintMismatch, InvalidInput, JobUnfinished
from vicinal.jobs import ColumnChoice, EmbeddingOutcome, ModelSource, Progress, open_vectors
from vicinal.jobs import vectors_in as distinct
from vicinal.jobs.embedding.job import embed
from vicinal.jobs.embedding.row_ranges import read_row_range
from vicinal.jobs.embedding.sources import find_input, split_input

STATISTICS = ModelSource("image-statistics")


def run(source: Path | str, out: Path, shard_rows: int = 10, **more: Any) -> EmbeddingOutcome:
    return embed(source, out, model=STATISTICS, shard_rows=shard_rows, **more)


def vectors_in(out: Path) -> dict[str, Vectors]:
    batches = open_vectors(out).read_batches()
    return {item_id: row for ids, rows in batches for item_id, row in zip(ids, rows, strict=True)}


def bare(contents: dict[str, bytes]) -> dict[str, Vectors]:
    rows = STATISTICS.load().embed(list(contents.values())).vectors
    return dict(zip(contents, rows, strict=True))


def check_same(found: dict[str, Vectors], wanted: dict[str, Vectors]) -> None:
    assert list(found) == list(wanted)
    for name, row in wanted.items():
        np.testing.assert_allclose(found[name], row, atol=1e-6)


def failures(out: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (out / "failures.jsonl").read_text().splitlines()]


def test_a_folder_of_images_becomes_shards_of_the_model_s_vectors(
    make_photos: Callable[[int], Path], tmp_path: Path
) -> None:
    photos, out = make_photos(25), tmp_path / "out"
    (photos / "a" / "broken.png").write_bytes(b"no picture")
    (photos / "a" / ".hidden.png").write_bytes(b"no picture")
    told: list[Progress] = []
    done = run(photos, out, on_progress=told.append)
    assert (done.rows, done.failures, done.shards, done.shards_made) == (25, 1, 3, 3)
    paths = sorted(photos.glob("*/0*.png"))
    check_same(
        vectors_in(out), bare({path.relative_to(photos).as_posix(): path.read_bytes() for path in paths})
    )
    assert [each["id"] for each in failures(out)] == ["a/broken.png"]
    assert "cannot be read" in failures(out)[0]["reason"]
    assert (told[-1].rows_done, told[-1].rows_total) == (26, 26)
    assert told[-1].rows_per_second > 0
    schema = parquet.read_schema(out / "part-00000.parquet")
    assert schema.field("vector").type == arrow.list_(arrow.float32(), 256)
    assert schema.metadata[b"vicinal.fingerprint_digest"].decode() == STATISTICS.load().fingerprint.digest
    assert open_vectors(out).fingerprint_digest == STATISTICS.load().fingerprint.digest


def test_shards_hold_no_more_rows_than_was_asked_for(
    make_photos: Callable[[int], Path], tmp_path: Path
) -> None:
    run(make_photos(25), tmp_path / "out", shard_rows=7)
    sizes = [parquet.read_metadata(path).num_rows for path in sorted((tmp_path / "out").glob("*.parquet"))]
    assert sizes == [7, 7, 7, 4]


def test_two_workers_write_what_one_writes(make_photos: Callable[[int], Path], tmp_path: Path) -> None:
    photos = make_photos(25)
    run(photos, tmp_path / "one")
    run(photos, tmp_path / "two", workers=2)
    files = sorted(path.name for path in (tmp_path / "one").iterdir() if path.is_file())
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_images_in_parquet_and_paths_in_tables_give_the_same_vectors(tmp_path: Path) -> None:
    contents = {f"id {number}": picture(number) for number in range(30)}
    wanted = bare(contents)
    rows = {"id": list(contents), "image": list(contents.values())}
    parquet.write_table(arrow.table(rows), tmp_path / "images.parquet", row_group_size=8)
    run(tmp_path / "images.parquet", tmp_path / "a")
    check_same(vectors_in(tmp_path / "a"), wanted)

    nested = [{"bytes": content, "path": None} for content in contents.values()]
    parquet.write_table(arrow.table({"key": list(contents), "picture": nested}), tmp_path / "hub.parquet")
    columns = ColumnChoice(image_column="picture", id_column="key")
    run(tmp_path / "hub.parquet", tmp_path / "b", wanted=columns)
    check_same(vectors_in(tmp_path / "b"), wanted)

    (tmp_path / "pictures").mkdir()
    for number, content in enumerate(contents.values()):
        (tmp_path / "pictures" / f"{number}.png").write_bytes(content)
    with (tmp_path / "table.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "note", "path"])
        notes = ['two\nlines, "quoted"', "", "x" * 3000]
        writer.writerows(
            [name, notes[number % 3], f"pictures/{number}.png"] for number, name in enumerate(contents)
        )
    run(tmp_path / "table.csv", tmp_path / "c", workers=2)
    check_same(vectors_in(tmp_path / "c"), wanted)


def test_rows_that_cannot_be_read_are_told_of_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "good.png").write_bytes(picture(0))
    lines = [
        '{"id": "good", "path": "good.png"}',
        '{"id": "gone", "path": "gone.png"}',
        "not json",
        "",
        '{"id": "empty", "path": null}',
        '{"id": "number", "path": 7}',
        '{"path": "good.png"}',
        '{"id": "half \\ud800", "path": "good.png"}',
    ]
    (tmp_path / "table.jsonl").write_text("\n".join(lines))
    done = run(tmp_path / "table.jsonl", tmp_path / "out", shard_rows=3)
    assert (done.rows, done.failures) == (1, 6)
    reasons = {each["id"]: each["reason"] for each in failures(tmp_path / "out")}
    wanted = [
        "gone.png: No such file",
        "is not JSON",
        "is empty",
        "holds int, and no path",
        "no id",
        "not UTF-8",
    ]
    assert list(reasons)[:5] == ["gone", "3", "empty", "number", "6"]
    for reason, part in zip(reasons.values(), wanted, strict=True):
        assert part in reason


def test_several_tables_name_their_rows_by_file(tmp_path: Path) -> None:
    for name in ("x", "y"):
        parquet.write_table(arrow.table({"image": [picture(1), picture(2)]}), tmp_path / f"{name}.parquet")
    run(f"{tmp_path}/*.parquet", tmp_path / "out")
    assert list(vectors_in(tmp_path / "out")) == [
        *("x.parquet:1", "x.parquet:2", "y.parquet:1", "y.parquet:2"),
    ]


def test_shards_that_are_done_stay_and_damaged_ones_are_made_again(
    make_photos: Callable[[int], Path], tmp_path: Path
) -> None:
    photos, out = make_photos(25), tmp_path / "out"
    run(photos, out)
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in out.glob("*.parquet")}
    assert run(photos, out).shards_made == 0
    (out / "part-00000.parquet").unlink()
    damaged = bytearray(before["part-00001.parquet"][1])
    damaged[100] ^= 1
    (out / "part-00001.parquet").write_bytes(damaged)
    done = run(photos, out)
    assert (done.rows, done.shards, done.shards_made) == (25, 3, 2)
    for name, (changed, content) in before.items():
        assert (out / name).read_bytes() == content
        assert ((out / name).stat().st_mtime_ns == changed) == (name == "part-00002.parquet")


def test_another_input_model_or_cut_is_refused_and_nothing_changes(
    make_photos: Callable[[int], Path], tmp_path: Path
) -> None:
    photos, out = make_photos(12), tmp_path / "out"
    run(photos, out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    with pytest.raises(FingerprintMismatch, match='was begun with featurizer "image-statistics"'):
        embed(photos, out, model=ModelSource("mobilenet-v2"), shard_rows=10)
    with pytest.raises(InvalidInput, match="was begun with shard_rows 10, not 5"):
        run(photos, out, shard_rows=5)
    (photos / "a" / "more.png").write_bytes(picture(99))
    with pytest.raises(InvalidInput, match="holds vectors of another input, or the input has changed"):
        run(photos, out)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_another_version_of_the_model_is_refused(make_photos: Callable[[int], Path], tmp_path: Path) -> None:
    photos, out = make_photos(12), tmp_path / "out"
    run(photos, out)
    for record in (out / ".job").glob("part-*.json"):
        told = json.loads(record.read_text())
        told["fingerprint"]["digest"] = "0" * 32
        record.write_text(json.dumps(told))
    with pytest.raises(FingerprintMismatch, match=r"another model or version \(0{32}\)"):
        run(photos, out)


def test_what_is_no_input_is_refused_and_leaves_nothing(
    make_photos: Callable[[int], Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (tmp_path / "t.jsonl").write_text('{"id": "1", "body": "x"}\n')
    with pytest.raises(InvalidInput, match="neither image nor table"):
        run(tmp_path / "nowhere", out)
    with pytest.raises(InvalidInput, match=r"no column text, image or path; .*there are: 'id', 'body'"):
        run(tmp_path / "t.jsonl", out)
    with pytest.raises(InvalidInput, match=r"has no column 'story'; there are: 'id', 'body'"):
        run(tmp_path / "t.jsonl", out, wanted=ColumnChoice(text_column="story"))
    with pytest.raises(InvalidInput, match="workers: must be 1 or more, not 0"):
        run(tmp_path / "t.jsonl", out, workers=0)
    assert not out.exists()
    with pytest.raises(InvalidInput, match="image-statistics reads images, but these are texts"):
        run(tmp_path / "t.jsonl", out, wanted=ColumnChoice(text_column="body"))
    out = make_photos(2)
    with pytest.raises(InvalidInput, match="is there already, and no output of such a job"):
        run(tmp_path / "t.jsonl", out, wanted=ColumnChoice(text_column="body"))
    assert not (out / ".job").exists()


def test_an_input_file_that_is_broken_or_gone_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    for number, name in enumerate(("a", "b", "c")):
        rows = {"id": [f"{name}1", f"{name}2"], "image": [picture(number), picture(number + 10)]}
        parquet.write_table(arrow.table(rows), tmp_path / f"{name}.parquet")
    whole = (tmp_path / "b.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[:-20])
    out = tmp_path / "out"
    with pytest.raises(JobUnfinished, match=r"2 of 2 shards are done\. .*b\.parquet: cannot be read"):
        run(f"{tmp_path}/*.parquet", out)
    with pytest.raises(InvalidInput, match="has not finished"):
        open_vectors(out)
    os.rename(tmp_path / "c.parquet", tmp_path / "c.aside")
    (tmp_path / "b.parquet").write_bytes(whole)
    with pytest.raises(JobUnfinished, match=r"c\.parquet: is missing"):
        run(f"{tmp_path}/*.parquet", out)
    os.rename(tmp_path / "c.aside", tmp_path / "c.parquet")
    done = run(f"{tmp_path}/*.parquet", out)
    assert (done.rows, done.shards, done.shards_made) == (6, 3, 0)
    assert list(vectors_in(out)) == ["a1", "a2", "b1", "b2", "c1", "c2"]


def test_a_file_that_breaks_in_the_middle_costs_its_own_shard_alone(tmp_path: Path) -> None:
    path, out = tmp_path / "a.parquet", tmp_path / "out"
    rows = {"id": [str(number) for number in range(30)], "image": [picture(number) for number in range(30)]}
    parquet.write_table(arrow.table(rows), path, row_group_size=10, use_dictionary=False, compression="zstd")
    whole = path.read_bytes()
    column = parquet.read_metadata(path).row_group(1).column(1)
    damaged = bytearray(whole)
    damaged[column.data_page_offset : column.data_page_offset + 500] = b"\xff" * 500
    path.write_bytes(damaged)
    with pytest.raises(JobUnfinished, match=r"part-00001\.parquet \(a\.parquet, rows 11 to 20\)"):
        run(path, out)
    path.write_bytes(whole)
    done = run(path, out)
    assert (done.rows, done.shards_made) == (30, 1)


def write_pictures(path: Path, ids: list[str]) -> None:
    rows = {"id": ids, "image": [picture(int(item_id)) for item_id in ids]}
    parquet.write_table(arrow.table(rows), path)


@pytest.mark.parametrize("shard_rows", [1, 2, 10])
def test_of_rows_with_one_id_the_first_alone_is_embedded(tmp_path: Path, shard_rows: int) -> None:
    write_pictures(tmp_path / "x.parquet", ["1", "2", "3", "2"])
    write_pictures(tmp_path / "y.parquet", ["4", "3"])
    done = run(f"{tmp_path}/*.parquet", tmp_path / "out", shard_rows)
    assert (done.rows, done.failures) == (4, 2)
    assert list(vectors_in(tmp_path / "out")) == ["1", "2", "3", "4"]
    assert failures(tmp_path / "out") == [
        {"id": "2", "reason": "row 2 has this id already; keep one of the two (row 4 of x.parquet)"},
        {
            "id": "3",
            "reason": "row 3 of 'x.parquet' has this id already; keep one of the two (row 2 of y.parquet)",
        },
    ]


def test_a_row_that_another_file_repeats_no_more_is_embedded_when_the_job_goes_on(tmp_path: Path) -> None:
    pattern, out = f"{tmp_path}/*.parquet", tmp_path / "out"
    write_pictures(tmp_path / "x.parquet", ["1", "2"])
    write_pictures(tmp_path / "y.parquet", ["2", "3"])
    (tmp_path / "z.parquet").write_bytes(b"no Parquet")
    with pytest.raises(JobUnfinished):
        run(pattern, out)
    write_pictures(tmp_path / "x.parquet", ["1", "5"])
    write_pictures(tmp_path / "z.parquet", ["4"])
    with pytest.raises(InvalidInput, match="the input has changed; name a new folder"):
        run(pattern, out)


def test_rows_of_text_are_counted_as_people_count_them(tmp_path: Path) -> None:
    path = tmp_path / "z.csv"
    path.write_text("id,text\n1,a\n\n 7 ,b\n1.0,c\n1,d\n")
    made = split_input(find_input(path), ColumnChoice(), 2, tmp_path / "listing")
    rows = [row for row_range in made.row_ranges for row in read_row_range(row_range, made.columns)]
    assert [row.item_id for row in rows if row.content is not None] == ["1", " 7 ", "1.0"]
    (left_out,) = [row for row in rows if row.content is None]
    assert (left_out.item_id, left_out.why) == (
        "1",
        "row 2 has this id already; keep one of the two (row 6 of z.csv)",
    )


def test_a_column_that_is_none_of_ids_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "_MOST_REPEATED", 3)
    write_pictures(tmp_path / "x.parquet", ["1"] * 5)
    with pytest.raises(InvalidInput, match=r"column 'id': of 5 rows 4 have the id of another row"):
        run(tmp_path / "x.parquet", tmp_path / "out")
    assert not (tmp_path / "out").exists()
