"""Pools that search for duplicates by augmentations too."""

import pytest

pytest.importorskip("cv2")

from PIL import Image

from tests.support.scenes import encoded, scene
from vicinal.client import InvalidArgumentError, NewItem


def test_a_pool_with_augmentations_finds_turned_images(client, pool_id):
    pool = client.create_pool(
        pool_id, featurizer="image-statistics", duplicates="near", augmentations=["turns", "blur"]
    )
    assert pool.augmentations == ("turns", "blur")
    turned = scene(1).transpose(Image.Transpose.ROTATE_90)
    items = [NewItem("a", encoded(scene(1))), NewItem("b", encoded(scene(2))), NewItem("c", encoded(turned))]
    assert client.add_items(pool_id, items).duplicates == 1
    (group,) = client.list_duplicate_groups(pool_id)
    assert (group.representative.item_id, [each.item_id for each in group.duplicates]) == ("a", ["c"])


def test_an_unknown_augmentation_is_refused_with_the_known_ones(client, pool_id):
    with pytest.raises(InvalidArgumentError, match=r"'askew'.*turns.*rotate-90"):
        client.create_pool(pool_id, featurizer="image-statistics", duplicates="near", augmentations=["askew"])
