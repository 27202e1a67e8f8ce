import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

pytest.importorskip("cv2")

from benchmarks.dedupe_data import near_duplicates
from tests.support.scenes import encoded, noisy, scene
from vicinal.core.errors import ContentUnreadable
from vicinal.duplicates import find_image_duplicates
from vicinal.duplicates.images.reading import read_picture
from vicinal.duplicates.images.search import AHEAD


def untold(step, done, of):
    assert step in {"reading", "looking up", "verifying", "choosing"}


def found(**images):
    contents = {
        name: encoded(image) if isinstance(image, Image.Image) else image for name, image in images.items()
    }
    return find_image_duplicates(contents.items(), untold)


@pytest.mark.slow
def test_groups_with_the_original_kept():
    image = scene(1)
    findings = found(
        a_turned=image.rotate(-25),
        b_noisy=noisy(image, 12),
        c_mirror=ImageOps.mirror(image),
        d_original=image,
        e_blurred=image.filter(ImageFilter.GaussianBlur(2)),
        f_other=scene(2),
    )
    (group,) = findings.groups
    assert group.representative_id == "d_original"
    duplicates = {copy.item_id: copy for copy in group.duplicates}
    assert set(duplicates) == {"a_turned", "b_noisy", "c_mirror", "e_blurred"}
    assert {name: copy.reason for name, copy in duplicates.items()} == {
        "a_turned": "augmentation",
        "b_noisy": "duplicate",
        "c_mirror": "augmentation",
        "e_blurred": "duplicate",
    }
    assert duplicates["a_turned"].evidence.kinds[0] == "rotated by 25 degrees"
    assert duplicates["c_mirror"].evidence.kinds[0] == "mirrored"
    assert all(copy.representative_id == copy.compared_with == "d_original" for copy in duplicates.values())
    assert (findings.items, list(findings.left_out)) == (6, [])


def test_flat_pictures_are_grouped_by_their_pixels_alone():
    flat = Image.new("RGB", (30, 20), "red")
    findings = found(a=flat, b=encoded(flat, "BMP"), c=encoded(flat), d=Image.new("RGB", (30, 20), "blue"))
    (group,) = findings.groups
    assert group.item_ids == ("a", "b", "c")
    assert [copy.evidence.kinds for copy in group.duplicates] == [("identical pixels",), ("identical file",)]


def test_exact_duplicates_of_a_duplicate_are_of_its_group():
    turned = encoded(scene(1).rotate(-25))
    (group,) = found(a=scene(1), b=turned, c=turned).groups
    assert sorted(group.item_ids) == ["a", "b", "c"]
    assert all(copy.representative_id == group.representative_id for copy in group.duplicates)


def test_what_cannot_be_read_is_named():
    findings = found(a=b"no picture", b=scene(1), c=encoded(scene(1))[:500], d=encoded(scene(1), "BMP"))
    assert [each.item_id for each in findings.left_out] == ["a", "c"]
    assert findings.items == 2
    assert [group.item_ids for group in findings.groups] == [("b", "d")]


def test_nothing_to_search():
    assert found().groups == []
    assert found(a=scene(1)).groups == []


@pytest.mark.slow
def test_few_contents_are_held_at_a_time():
    taken, done_of = [], []

    def contents():
        for number in range(40):
            taken.append(number)
            yield str(number), encoded(scene(number % 3, 40, 30))

    def watch(step, done, of):
        if step == "reading":
            done_of.append(done)
            assert len(taken) - done < AHEAD * os.cpu_count()

    find_image_duplicates(contents(), watch)
    assert done_of == list(range(1, 41))


class TestReading:
    def test_exif_orientation_is_applied(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        turned = read_picture(encoded(scene(1), "JPEG", exif=exif))
        assert turned.grey.shape == (256, 192)

    def test_transparency_is_laid_on_white(self):
        clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
        assert np.all(read_picture(encoded(clear)).grey == 255)

    @pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "I;16"])
    def test_other_modes_are_taken(self, mode):
        image = Image.new("I;16", (9, 9)) if mode == "I;16" else scene(1).convert(mode)
        kind = "TIFF" if mode == "CMYK" else "PNG"
        assert max(read_picture(encoded(image, kind)).grey.shape) == 256

    @pytest.mark.slow
    def test_too_many_pixels_are_refused_before_decoding(self):
        huge = encoded(Image.new("1", (9000, 9000)))
        with pytest.raises(ContentUnreadable, match="9000 x 9000"):
            read_picture(huge)

    @pytest.mark.parametrize("content", [b"", b"%!PS-Adobe", b"GIF89a"])
    def test_what_is_no_image_is_refused(self, content):
        with pytest.raises(ContentUnreadable, match="cannot be read"):
            read_picture(content)


@pytest.mark.slow
def test_real_edits_of_a_photo_and_other_views_of_things():
    shared = Path(os.environ.get("VICINAL_SHARED") or Path(__file__).parents[5] / "shared")
    if not (shared / "data/near_duplicates").is_dir():
        pytest.skip("the pictures are not here; VICINAL_SHARED names the folder of data/near_duplicates")
    known = near_duplicates(shared)
    chosen = [item for item in known.family_of if item.split("/")[0] in {"pdq", "imagededup", "views"}]
    findings = find_image_duplicates(((each, (known.folder / each).read_bytes()) for each in chosen), untold)
    sizes = Counter(len(group.item_ids) for group in findings.groups)
    assert sizes[19] == 1
    for group in findings.groups:
        assert len({known.family_of[item] for item in group.item_ids}) == 1
        assert not known.aside.intersection(group.item_ids)
