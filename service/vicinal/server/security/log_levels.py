"""What may write to the log at debug level: this program, which keeps contents out of it, and nobody else."""

import logging


def keep_contents_out_of_the_log(level: str) -> None:
    """Lets other packages write at info and above only, whatever the level of our own lines.

    Pillow, for one, tells the text that images carry along when it is asked to debug.
    """
    ours = logging.getLevelNamesMapping()[level.upper()]
    logging.getLogger("vicinal").setLevel(ours)
    logging.getLogger().setLevel(max(ours, logging.INFO))
