"""Names of what a job writes."""

MANIFEST = "manifest.json"
FAILURES = "failures.jsonl"
STATE_FOLDER = ".job"
"""Where a job keeps what it needs to go on; the manifest appears only when all is done."""

LISTING = "listing.jsonl"
"""In that folder: the images of an input of images, one to a line."""

DIGEST_KEY = b"vicinal.fingerprint_digest"
"""In the metadata of a Parquet schema: what its vectors were made with."""

FINGERPRINT_KEY = b"vicinal.fingerprint"
"""Likewise: all fields of it, as JSON."""


def shard_name(number: int) -> str:
    """The file name of a shard.

    >>> shard_name(3)
    'part-00003.parquet'
    """
    return f"part-{number:05d}.parquet"
