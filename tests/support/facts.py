"""What a server holds, as plain facts, and all that it shows, as bytes."""

from collections import Counter
from collections.abc import Iterator

from vicinal.v1 import examples_pb2 as examples
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

Fact = tuple[str, ...]
Facts = dict[Fact, object]

STATES = {number: name.removeprefix("ITEM_STATE_").lower() for name, number in resources.ItemState.items()}


def facts_of(stub: SamplerServiceStub) -> Facts:
    """Pools, the state of their items, their examples, and how many lines each annotator has in the log."""
    facts: Facts = {}
    for pool_id in pool_ids(stub):
        facts["pool", pool_id] = True
        for item in _items(stub, pool_id):
            facts["item", pool_id, item.item_id] = told(item)
        listed = stub.ListExamples(examples.ListExamplesRequest(pool_id=pool_id, page_size=1000))
        for example in listed.examples:
            facts["example", pool_id, example.example_id] = example.label
        log = stub.ExportLabels(service.ExportLabelsRequest(pool_id=pool_id, history=True))
        events = [event for answer in log for event in answer.events]
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        for annotator, lines in Counter(event.annotator for event in events).items():
            facts["log", pool_id, annotator] = lines
    return facts


def told(item: resources.Item) -> str:
    """An item's state in one word or two."""
    return " ".join(filter(None, (STATES[item.state], item.label, item.lease_id)))


def shown(stub: SamplerServiceStub) -> list[bytes]:
    """Scores, pools and items. Scoring comes first: it builds the graph that GetPool tells of."""
    answers: list[bytes] = []
    for pool_id in pool_ids(stub):
        scored = stub.ScorePool(service.ScorePoolRequest(pool_id=pool_id))
        answers += [row.SerializeToString(deterministic=True) for row in scored]
        pool = stub.GetPool(service.GetPoolRequest(pool_id=pool_id))
        answers.append(pool.SerializeToString(deterministic=True))
        answers += [item.SerializeToString(deterministic=True) for item in _items(stub, pool_id)]
    return answers


def pool_ids(stub: SamplerServiceStub) -> list[str]:
    listed = stub.ListPools(service.ListPoolsRequest(page_size=1000))
    return [pool.config.pool_id for pool in listed.pools]


def _items(stub: SamplerServiceStub, pool_id: str) -> Iterator[resources.Item]:
    token = ""
    while True:
        request = service.ListItemsRequest(pool_id=pool_id, page_size=1000, page_token=token)
        page = stub.ListItems(request)
        yield from page.items
        token = page.next_page_token
        if not token:
            return
