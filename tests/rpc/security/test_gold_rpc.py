"""Which items annotators are checked by, and their true labels: for admins alone to see."""

import grpc
import numpy as np
import pytest

from tests.support.waiting import eventually
from vicinal.v1 import annotators_pb2 as annotators
from vicinal.v1 import duplicate_groups_pb2 as duplicates
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.resources_pb2 import Content, NewItem, PoolConfig

TRUTH = "the-truth"
ORDINARY, GOLD = "item-0", "gold-0"


@pytest.fixture
def server(make_server_process, keys_file, new_key):
    new_key()
    return make_server_process(VICINAL_KEYS_FILE=str(keys_file))


@pytest.fixture
def let_in(server, new_key, stub_with):
    def enter(role, **more):
        stub = stub_with(server.target, new_key(role, **more))
        eventually(lambda: stub.ListPools(service.ListPoolsRequest()))
        return stub

    return enter


def fill(admin, pool_id, **config):
    wanted = PoolConfig(pool_id=pool_id, dimension=4, gold_share=0.4, **config)
    admin.CreatePool(service.CreatePoolRequest(config=wanted))
    rows = np.random.default_rng(0).normal(size=(24, 4)).astype(np.float32)
    items = [
        NewItem(item_id=f"item-{row}", content=Content(vector=each.tobytes()))
        for row, each in enumerate(rows[:16])
    ]
    items += [
        NewItem(item_id=f"gold-{row}", content=Content(vector=each.tobytes()), gold_label=TRUTH)
        for row, each in enumerate(rows[16:])
    ]
    admin.AddItems(service.AddItemsRequest(pool_id=pool_id, items=items))


def everything(stub, pool_id):
    """All that a key can read of a pool, by call."""
    ids = [ORDINARY, "item-1", GOLD, "gold-1"]
    return {
        "GetPool": stub.GetPool(service.GetPoolRequest(pool_id=pool_id)),
        "ListPools": stub.ListPools(service.ListPoolsRequest()),
        "ListItems": stub.ListItems(service.ListItemsRequest(pool_id=pool_id)),
        "ListAnnotators": stub.ListAnnotators(annotators.ListAnnotatorsRequest(pool_id=pool_id)),
        "ListDisputedItems": stub.ListDisputedItems(annotators.ListDisputedItemsRequest(pool_id=pool_id)),
        "ListDuplicateGroups": stub.ListDuplicateGroups(
            duplicates.ListDuplicateGroupsRequest(pool_id=pool_id)
        ),
        "Classify": stub.Classify(
            service.ClassifyRequest(
                pool_id=pool_id,
                inputs=[{"item_id": item_id} for item_id in ids],
                with_neighbours=True,
            )
        ),
        "ScorePool": list(stub.ScorePool(service.ScorePoolRequest(pool_id=pool_id))),
        "ExportLabels": list(stub.ExportLabels(service.ExportLabelsRequest(pool_id=pool_id, history=True))),
        **{
            f"GetItem {item_id}": stub.GetItem(service.GetItemRequest(pool_id=pool_id, item_id=item_id))
            for item_id in ids
        },
    }


def label(stub, pool_id, annotator, **labels):
    given = [{"item_id": name.replace("_", "-"), "label": said} for name, said in labels.items()]
    request = service.SubmitLabelsRequest(pool_id=pool_id, labels=given, annotator=annotator)
    return stub.SubmitLabels(request)


@pytest.mark.parametrize("overlap", [1, 3])
@pytest.mark.parametrize("role", ["read", "label"])
def test_no_true_label_is_in_anything_that_a_key_can_read(let_in, role, overlap):
    admin, stub = let_in("admin"), let_in(role)
    fill(admin, "p", overlap=overlap)
    label(admin, "p", "ana", item_0="a", gold_0="a", gold_1="b")
    for call, answer in everything(stub, "p").items():
        assert TRUTH not in str(answer), call
    seen = everything(admin, "p")
    assert TRUTH in str(seen["ListItems"])
    assert TRUTH in str(seen[f"GetItem {GOLD}"])
    assert any(each.HasField("gold") for each in seen["ListAnnotators"].annotators)
    hidden = everything(stub, "p")["ListAnnotators"].annotators
    assert not any(each.HasField("gold") for each in hidden)


def shape(item):
    """What there is of an item but its id, times and lease."""
    plain = type(item)()
    plain.CopyFrom(item)
    for field in ("item_id", "update_time", "lease_id", "metadata"):
        plain.ClearField(field)
    for annotation in plain.annotations:
        annotation.ClearField("time")
    return plain


@pytest.mark.parametrize("overlap", [1, 2])
def test_a_gold_item_looks_like_any_other_in_each_state(let_in, overlap):
    admin, ana = let_in("admin"), let_in("label", annotator="ana")
    fill(admin, "p", overlap=overlap)

    def assert_alike():
        listed = ana.ListItems(service.ListItemsRequest(pool_id="p")).items
        items = {item.item_id: shape(item) for item in listed}
        assert items[ORDINARY] == items[GOLD]
        for state in {item.state for item in listed}:
            found = ana.ListItems(service.ListItemsRequest(pool_id="p", states=[state])).items
            assert {each.item_id for each in found} == {
                each.item_id for each in listed if each.state == state
            }
        got = [
            ana.GetItem(service.GetItemRequest(pool_id="p", item_id=each)).item for each in (ORDINARY, GOLD)
        ]
        assert [shape(each) for each in got] == [items[ORDINARY]] * 2
        counts = ana.GetPool(service.GetPoolRequest(pool_id="p")).pool
        states = [each.state for each in listed]
        told = counts.counts
        assert [told.unlabelled, told.leased, told.labelled, told.skipped, told.excluded] == [
            states.count(number) for number in (1, 2, 3, 4, 5)
        ]
        labels = [each.label for each in listed if each.label]
        assert dict(counts.label_counts) == {each: labels.count(each) for each in set(labels)}

    assert_alike()
    label(ana, "p", "", item_0="a", gold_0="a")
    assert_alike()
    relabel = [{"item_id": each, "label": "b", "relabel": True} for each in (ORDINARY, GOLD)]
    ana.SubmitLabels(service.SubmitLabelsRequest(pool_id="p", labels=relabel))
    assert_alike()
    ana.RemoveLabels(service.RemoveLabelsRequest(pool_id="p", item_ids=[ORDINARY, GOLD]))
    assert_alike()
    skip = service.SkipItemsRequest(pool_id="p", item_ids=[ORDINARY, GOLD], reason="blurred")
    ana.SkipItems(skip)
    assert_alike()
    admin.ExcludeItems(service.ExcludeItemsRequest(pool_id="p", item_ids=["item-1", "gold-1"]))
    assert_alike()


def test_suggested_gold_items_look_like_the_others(let_in):
    admin, ana = let_in("admin"), let_in("label", annotator="ana")
    fill(admin, "p")
    label(admin, "p", "zoe", item_1="a", item_2="b")
    # All gold items were labelled by somebody else before.
    label(admin, "p", "zoe", **{f"gold_{row}": "a" for row in range(8)})
    items = ana.LeaseBatch(service.LeaseBatchRequest(pool_id="p", size=10)).batch.items
    gold = [item for item in items if item.item_id.startswith("gold")]
    others = [item for item in items if item.item_id.startswith("item")]
    assert gold
    assert others
    told = {item.item_id: str(item).replace(item.item_id, "") for item in items}
    assert {item.HasField("score") for item in items} == {False}
    assert {item.arm for item in gold} == {item.arm for item in others}
    assert {len(item.probabilities) for item in gold} == {len(item.probabilities) for item in others}
    for item in (gold[0], others[0]):
        explained = ana.GetItem(service.GetItemRequest(pool_id="p", item_id=item.item_id))
        assert (explained.rank, explained.HasField("score"), explained.item.label) == (0, False, "")
        assert (explained.item.state, explained.item.annotator) == (2, "ana"), told
    assert all(
        item.HasField("score")
        for item in admin.LeaseBatch(
            service.LeaseBatchRequest(pool_id="p", size=2, annotator="eve")
        ).batch.items
    )


def test_refusals_do_not_tell(let_in, failure_of):
    admin, stub = let_in("admin"), let_in("label")
    fill(admin, "p")
    for item_id in (ORDINARY, GOLD):
        given = [{"item_id": item_id, "label": "a"}]
        failures = [
            failure_of(
                lambda given=given: stub.SubmitLabels(service.SubmitLabelsRequest(pool_id="p", labels=given))
            ),
            failure_of(
                lambda item_id=item_id: stub.SkipItems(
                    service.SkipItemsRequest(pool_id="p", item_ids=[item_id])
                )
            ),
            failure_of(
                lambda given=given: stub.ResolveItems(
                    annotators.ResolveItemsRequest(pool_id="p", resolutions=given, annotator="ana")
                )
            ),
        ]
        told = [(each.code, each.message.replace(item_id, "X"), each.fields) for each in failures]
        if item_id == ORDINARY:
            expected = told
        assert told == expected
    assert expected[2][0] is grpc.StatusCode.FAILED_PRECONDITION


def test_what_decides_which_suggestions_are_gold_is_shown_to_nobody(let_in, server):
    """Seed and names are known: by them alone an annotator could work out which items are gold."""
    admin, ana = let_in("admin"), let_in("label", annotator="ana")
    places = []
    for number in range(6):
        fill(admin, f"p{number}")
        items = ana.LeaseBatch(service.LeaseBatchRequest(pool_id=f"p{number}", size=8)).batch.items
        places.append(tuple(item.item_id for item in items if item.item_id.startswith("gold")))
    assert len(set(places)) > 1
    assert "secret" not in str(admin.GetPool(service.GetPoolRequest(pool_id="p0")))


def test_whoever_resolves_a_gold_item_reads_what_they_read_of_others(let_in, failure_of):
    admin, ana = let_in("admin"), let_in("label")
    fill(admin, "p", classes=["a", TRUTH])
    for said in ("a", "no class"):
        failures = []
        for item_id in (ORDINARY, GOLD):
            request = annotators.ResolveItemsRequest(
                pool_id="p", annotator="ana", resolutions=[{"item_id": item_id, "label": said}]
            )
            failure = failure_of(lambda request=request: ana.ResolveItems(request))
            failures.append((failure.code, failure.reason, failure.message.replace(item_id, "")))
        assert failures[0] == failures[1]
