"""`vicinal advise`: advice whether to stop labelling."""

from typing import Annotated

import typer

from vicinal.cli.options import DEFAULT_TARGET, JsonOption, PoolArgument, TargetOption, connect
from vicinal.cli.output import print_json, say, share
from vicinal.cli.registration import command
from vicinal.client import Advice


@command(
    "advise",
    "vicinal advise fruits",
    "vicinal advise fruits --budget 500 --target-accuracy 0.9",
)
def advise(
    *,
    pool: PoolArgument,
    budget: Annotated[
        int, typer.Option(min=0, help="Total number of labels that you can afford. 0: no limit.")
    ] = 0,
    target_accuracy: Annotated[
        float | None, typer.Option("--target-accuracy", help="Accuracy that you need, such as 0.9.")
    ] = None,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Advise whether to stop labelling, with the reasons for and against."""
    if ":" not in target and target.replace(".", "", 1).isdecimal():
        raise typer.BadParameter(f"--target is where the server is; give --target-accuracy {target}")
    with connect(target) as client:
        advice = client.get_advice(pool, budget=budget, target_accuracy=target_accuracy)
    if json:
        print_json(advice)
    else:
        _show(pool, advice)


def _show(pool: str, advice: Advice) -> None:
    say(f"{'Stop' if advice.stop else 'Go on'} labelling {pool}: {advice.label_count} labels so far.")
    if advice.now is not None:
        now = advice.now
        say(
            f"Accuracy {share(now.value)} ({share(now.low)} to {share(now.high)}), "
            f"measured on {now.items} {advice.source} items."
        )
    for sign in advice.reasons:
        say(f"  for stopping: {sign.message}")
    for sign in advice.against:
        say(f"  for going on: {sign.message}")
    say(advice.active_against_random.message)
