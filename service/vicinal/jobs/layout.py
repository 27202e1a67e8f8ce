"""Names of what a job writes."""

from vicinal.data.shard import DIGEST_KEY

__all__ = ["DIGEST_KEY", "FAILURES", "FINGERPRINT_KEY", "LISTING", "MANIFEST", "STATE_FOLDER", "shard_name"]

MANIFEST = "manifest.json"
FAILURES = "failures.jsonl"
STATE_FOLDER = ".job"
"""Where a job keeps what it needs to go on; the manifest appears only when all is done."""

LISTING = "listing.jsonl"
"""In that folder: the images of an input of images, one to a line."""

FINGERPRINT_KEY = b"vicinal.fingerprint"
"""In the metadata of a Parquet schema: what its vectors were made with, all fields as JSON."""


def shard_name(number: int) -> str:
    """The file name of a shard.

    >>> shard_name(3)
    'part-00003.parquet'
    """
    return f"part-{number:05d}.parquet"
