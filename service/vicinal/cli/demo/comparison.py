"""Every strategy on the same splits, with accuracy printed as it is measured."""

from collections.abc import Mapping, Sequence

from rich.console import Console

from vicinal.cli.demo.embedding import EmbeddedPictures
from vicinal.cli.demo.labelling import DemoPlan, DemoRun, label_pool
from vicinal.cli.demo.live_table import LiveTable, shown_counts
from vicinal.cli.demo.settings import DemoSettings
from vicinal.cli.failures import Failure
from vicinal.client import Client
from vicinal.evaluation.splits import Split, split_by_group

# The strategies that are compared, each with its style on the terminal.
STRATEGIES: Mapping[str, str] = {"default": "bold green", "random": "bold"}


def compare(
    client: Client, embedded: EmbeddedPictures, settings: DemoSettings, console: Console
) -> Mapping[str, Sequence[DemoRun]]:
    """Runs every strategy as often as asked for.

    Returns:
        Outcomes by strategy, one for each repeat.

    Raises:
        Failure: there are too few pictures to put some aside for testing.
    """
    splits = [_split(embedded, settings, repeat) for repeat in range(settings.repeats)]
    budget = min(settings.budget, *(len(split.train) for split in splits))
    live = LiveTable(console, shown_counts(budget, settings.batch))
    live.header()
    outcomes: dict[str, list[DemoRun]] = {strategy: [] for strategy in STRATEGIES}
    for repeat, split in enumerate(splits):
        for strategy, style in STRATEGIES.items():
            live.begin(f"{strategy} {repeat + 1}/{settings.repeats}", style)
            plan = DemoPlan(strategy, budget, settings.batch, settings.seed + repeat)
            outcomes[strategy].append(label_pool(client, plan, embedded, split, live.measured))
            live.end()
    return outcomes


def _split(embedded: EmbeddedPictures, settings: DemoSettings, repeat: int) -> Split:
    groups = [picture.group for picture in embedded.pictures]
    answers = [picture.answer for picture in embedded.pictures]
    split = split_by_group(groups, answers, settings.test_share, settings.seed + repeat)
    if not len(split.test):
        raise Failure("no picture can be kept for testing: each class has one source photo only")
    return split
