"""What is called identical is identical: in pools and in searches, with what older versions kept, too."""

import hashlib

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("cv2")

from benchmarks.hostile import images as hostile
from tests.support.scenes import encoded, scene
from vicinal.core.errors import ContentUnreadable
from vicinal.core.records import Sketch
from vicinal.data.images.decoding import ImageLimits
from vicinal.duplicates import ImageDuplicateFinder, compare_images, find_image_duplicates
from vicinal.duplicates.exact import SAME_BYTES, SAME_PIXELS

DUPLICATES = hostile.duplicates()


def finder(*contents, near=False):
    sketches = []
    made = ImageDuplicateFinder(lambda positions: [sketches[each].body for each in positions], near=near)
    sketches += [made.sketch(content) for content in contents]
    made.grow(sketches)
    return made


def untold(step, done, of):
    pass


@pytest.mark.slow
@pytest.mark.parametrize("name", DUPLICATES)
def test_duplicates_are_no_exact_duplicates(name):
    made = finder(*DUPLICATES[name])
    assert made.groups([0, 1], [], untold) == []
    assert made.matches(made.sketch(DUPLICATES[name][0])) != []
    assert compare_images(*DUPLICATES[name]) not in (SAME_BYTES, SAME_PIXELS)


@pytest.mark.slow
def test_deep_grey_pictures_are_no_duplicates_of_one_another():
    """Ramps, whose 8 bits were all white: so many different pictures became one."""
    down, across = np.indices((300, 300))
    deep = {
        str(turn): encoded(Image.fromarray(((down * turn + across * (20 - turn)) * 11).astype(np.uint16)))
        for turn in range(20)
    }
    assert find_image_duplicates(deep.items(), untold).groups == []
    floats = {
        "right": encoded(Image.fromarray((across / 612).astype(np.float32)), "TIFF"),
        "down": encoded(Image.fromarray((down / 612).astype(np.float32)), "TIFF"),
    }
    assert find_image_duplicates(floats.items(), untold).groups == []


@pytest.mark.slow
def test_deep_and_float_grey_are_seen_as_featurizers_see_them():
    """A picture of 16 bits, or of floats, is a near duplicate of its own 8 bits."""
    grey = np.asarray(scene(1).convert("L"))
    made = {
        "8 bits": encoded(Image.fromarray(grey)),
        "16 bits": encoded(Image.fromarray(grey.astype(np.uint16) * 257)),
        "floats": encoded(Image.fromarray(grey.astype(np.float32) / 1000), "TIFF"),
        "other": encoded(scene(2)),
    }
    (group,) = find_image_duplicates(made.items(), untold).groups
    assert sorted(group.item_ids) == ["16 bits", "8 bits", "floats"]
    assert all("identical" not in kind for copy in group.duplicates for kind in copy.evidence.kinds)


def test_pictures_without_loss_are_the_same_in_every_format():
    image = scene(1)
    made = finder(*(encoded(image, kind) for kind in ("PNG", "BMP", "TIFF")))
    (group,) = made.groups([0, 1, 2], [], untold)
    assert [copy.evidence for copy in group.duplicates] == [SAME_PIXELS, SAME_PIXELS]


@pytest.mark.slow
def test_animations_are_compared_as_a_whole_alone():
    """The first frames are the same, so that a search by one frame would call them duplicates."""
    first, others = scene(1), (scene(2), scene(3))
    moving = [encoded(first, "GIF", save_all=True, append_images=[each]) for each in others]
    made = finder(*moving, encoded(first, "GIF"), moving[0] + b"\0", near=True)
    (group,) = made.groups(range(4), [], untold)
    assert (group.representative, [duplicate.position for duplicate in group.duplicates]) == (0, [3])
    assert compare_images(*moving) is None


def test_a_photo_with_a_preview_behind_it_is_compared_by_the_photo():
    image = scene(1)
    phone = encoded(image, "MPO", save_all=True, append_images=[image.resize((80, 60))], quality=90)
    (group,) = finder(phone, encoded(image), near=True).groups([0, 1], [], untold)
    assert len(group.duplicates) == 1


def test_digests_of_older_versions_make_nothing_identical():
    """They are in pools of older data directories, and were of what was left in 8 bits."""
    digest = hashlib.sha256(b"white").hexdigest()
    old = [Sketch((f"bytes:{row}", f"pixels:{digest}")) for row in range(3)]
    made = ImageDuplicateFinder(lambda positions: [b""] * len(positions), near=False)
    made.grow(old)
    content = encoded(scene(1))
    made.grow([made.sketch(content), made.sketch(encoded(scene(1), "BMP"))])
    assert made.matches(old[0]) == made.compared(old[0], [0])
    assert [match.position for match in made.matches(old[1])] == [1]
    (group,) = made.groups(range(5), [], untold)
    assert (group.representative, [duplicate.position for duplicate in group.duplicates]) == (3, [4])


def test_limits_hold_for_the_search_too():
    content = encoded(Image.new("RGB", (60, 40)))
    small = ImageDuplicateFinder(lambda positions: [], limits=ImageLimits(60 * 40 - 1))
    with pytest.raises(ContentUnreadable, match="60 x 40 pixels, more than 2,399"):
        small.sketch(content)
