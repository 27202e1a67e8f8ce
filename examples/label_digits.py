"""Labels handwritten digits through a running server: `python examples/label_digits.py [TARGET]`.

The vectors are scikit-learn's 8 x 8 pictures as they are, and the known answers stand in for annotators.
Prints the accuracy on held-out digits as labels come in.
"""

import sys
import uuid

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from vicinal.client import Client

BATCH = 10
BUDGET = 100


def accuracy(client: Client, pool_id: str, vectors: np.ndarray, answers: np.ndarray) -> float:
    """Share of the vectors that the pool's votes classify as the answers say."""
    predictions = client.classify(pool_id, vectors).predictions
    right = [
        prediction is not None and prediction.label == str(answer)
        for prediction, answer in zip(predictions, answers, strict=True)
    ]
    return float(np.mean(right))


def main(target: str) -> None:
    """Runs the loop once, in a pool that it takes away again."""
    digits = load_digits()
    pool, test, pool_answers, test_answers = train_test_split(
        digits.data, digits.target, test_size=0.2, stratify=digits.target, random_state=0
    )
    item_ids = [f"digit-{number}" for number in range(len(pool))]
    answer_of = dict(zip(item_ids, map(str, pool_answers), strict=True))
    pool_id = f"digits-{uuid.uuid4().hex[:8]}"

    with Client(target) as client:
        client.create_pool(pool_id, dimension=pool.shape[1])
        client.add_vectors(pool_id, item_ids, pool)
        batch = client.lease_batch(pool_id, BATCH)
        for labelled in range(BATCH, BUDGET + 1, BATCH):
            labels = {item.item_id: answer_of[item.item_id] for item in batch.items}
            batch = client.submit_labels(pool_id, labels, lease_id=batch.lease_id, next_size=BATCH).next
            print(f"{labelled:4d} labels: {accuracy(client, pool_id, test, test_answers):.3f} accuracy")
        client.delete_pool(pool_id)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "localhost:50051")
