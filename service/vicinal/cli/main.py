"""The `vicinal` command."""

import sys

try:
    import rich  # noqa: F401
    import typer  # noqa: F401
except ModuleNotFoundError as missing:
    sys.exit(f"vicinal: the command needs {missing.name}; install Vicinal as 'vicinal[service]'")

from vicinal.cli.commands import annotators, duplicates, examples, keys, pool
from vicinal.cli.commands.add import add
from vicinal.cli.commands.advise import advise
from vicinal.cli.commands.classify import classify
from vicinal.cli.commands.curve import curve
from vicinal.cli.commands.dedupe.command import dedupe
from vicinal.cli.commands.demo.command import demo
from vicinal.cli.commands.embed import embed
from vicinal.cli.commands.export import export
from vicinal.cli.commands.filtered import filtered
from vicinal.cli.commands.items import restore_items, skip
from vicinal.cli.commands.label import label
from vicinal.cli.commands.probe import probe
from vicinal.cli.commands.pull import pull
from vicinal.cli.commands.push import push
from vicinal.cli.commands.score import score
from vicinal.cli.commands.serve import serve
from vicinal.cli.commands.simulate import simulate
from vicinal.cli.commands.snapshot import import_pool, restore, snapshot
from vicinal.cli.commands.status import status
from vicinal.cli.commands.suggest import suggest
from vicinal.cli.failures import Commands
from vicinal.cli.options import Typer


def _examples(*lines: str) -> str:
    """Shown below a command's help, each line on its own."""
    return "\n\n".join(["Examples:", *lines])


app = Typer(
    cls=Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_show_locals=False,
    help="Finds the next item worth a label in a pool of images or texts, and learns from the label at once.",
)
pool_commands = Typer(no_args_is_help=True, help="Make, list, show and delete pools.")
app.add_typer(pool_commands, name="pool")
example_commands = Typer(
    no_args_is_help=True, help="Labelled contents from elsewhere: they vote, and are never suggested."
)
app.add_typer(example_commands, name="examples")
annotator_commands = Typer(
    no_args_is_help=True, help="Who labels, how right each is, and how what they disagree on is settled."
)
app.add_typer(annotator_commands, name="annotators")
duplicate_commands = Typer(
    no_args_is_help=True, help="Duplicates in a pool: one of each group is shown, the others are left out."
)
app.add_typer(duplicate_commands, name="duplicates")

key_commands = Typer(no_args_is_help=True, help="Make, list and revoke the API keys of a server.")
app.add_typer(key_commands, name="keys")

app.command(
    epilog=_examples(
        "vicinal serve",
        "vicinal serve --listen 127.0.0.1:6000 --data-dir pools",
        "vicinal serve --listen 0.0.0.0:50051 --tls-certificate server.pem --tls-key server-key.pem "
        "--keys-file keys.jsonl",
    )
)(serve)
key_commands.command(
    epilog=_examples(
        "vicinal keys create keys.jsonl --name ana --role label --pool fruits",
        "vicinal keys create keys.jsonl --name nightly-import --role admin --days 90",
    )
)(keys.create)
key_commands.command("list", epilog=_examples("vicinal keys list keys.jsonl --json"))(keys.show_all)
key_commands.command(epilog=_examples("vicinal keys revoke keys.jsonl 0a1b2c3d4e5f"))(keys.revoke)
app.command(epilog=_examples("vicinal probe", "vicinal probe --live --target gpu-box:50051"))(probe)
app.command(epilog=_examples("vicinal demo", "vicinal demo --data photos --out result"))(demo)
app.command(
    epilog=_examples(
        "vicinal simulate photos/ --groups 'IMG_([0-9]+)' --out result",
        "vicinal simulate reviews.csv --text-column body --label-column stars --folds 5 --out result",
        "vicinal simulate vectors/ --labels labels.csv --out result",
        "vicinal simulate vectors.npz --strategy default --strategy random/blended --budget 300 --out result",
    )
)(simulate)
pool_commands.command(
    epilog=_examples(
        "vicinal pool create fruits --featurizer mobilenet-v2",
        "vicinal pool create reviews --featurizer use-offline --class good --class bad",
        "vicinal pool create sounds --dimension 128 --metric euclidean",
        "vicinal pool create cells --featurizer mobilenet-v2 --holdout-share 0.1 --control-share 0.1",
        "vicinal pool create scans --featurizer mobilenet-v2 --overlap 3 --gold-share 0.05",
        "vicinal pool create scans --featurizer mobilenet-v2 --duplicates near --carry-labels",
        "vicinal pool create birds --featurizer mobilenet-v2 --confidence-filter 0.9 --outlier-filter 5",
    )
)(pool.create)
pool_commands.command("list", epilog=_examples("vicinal pool list --json"))(pool.show_all)
pool_commands.command(epilog=_examples("vicinal pool show fruits"))(pool.show)
pool_commands.command(epilog=_examples("vicinal pool delete fruits --yes"))(pool.delete)
app.command(
    epilog=_examples(
        "vicinal add fruits photos/",
        "vicinal add reviews reviews.csv --text-column body --id-column key",
        "vicinal add sounds vectors.npz",
        "vicinal add fruits test-photos/ --holdout",
        "vicinal add fruits known/ --gold-column class",
    )
)(add)
app.command(
    epilog=_examples(
        "vicinal suggest fruits --size 5 --annotator ana",
        "vicinal suggest fruits --holdout --size 20 --annotator ana",
        "vicinal suggest fruits --review --annotator dora",
    )
)(suggest)
example_commands.command(
    epilog=_examples(
        "vicinal examples add fruits style-guide/fresh --label fresh",
        "vicinal examples add fruits older-project/ --label-column class",
        "vicinal examples add reviews labelled.csv --label-column verdict --relabel",
    )
)(examples.add)
example_commands.command("list", epilog=_examples("vicinal examples list fruits --json"))(examples.show_all)
example_commands.command(epilog=_examples("vicinal examples remove fruits apple_1.jpg apple_2.jpg"))(
    examples.remove
)
annotator_commands.command("list", epilog=_examples("vicinal annotators list scans"))(annotators.show_all)
annotator_commands.command(epilog=_examples("vicinal annotators disputed scans"))(annotators.disputed)
annotator_commands.command(
    epilog=_examples("vicinal annotators resolve scans scan_7.png benign --annotator dora")
)(annotators.resolve)
annotator_commands.command(epilog=_examples("vicinal annotators settle scans"))(annotators.settle)
duplicate_commands.command(epilog=_examples("vicinal duplicates find fruits"))(duplicates.find)
duplicate_commands.command(
    "list", epilog=_examples("vicinal duplicates list fruits", "vicinal duplicates list fruits --json")
)(duplicates.show_all)
duplicate_commands.command(epilog=_examples("vicinal duplicates split fruits apple_17.jpg"))(duplicates.split)
duplicate_commands.command(
    epilog=_examples(
        "vicinal duplicates check fruits new/", "vicinal duplicates check reviews 'what a lovely film' --json"
    )
)(duplicates.check)
app.command(
    epilog=_examples(
        "vicinal label fruits apple_17.jpg fresh --annotator ana",
        "vicinal label reviews review_3 -1",
        "vicinal label fruits --file labels.csv",
        "vicinal label fruits apple_17.jpg rotten --relabel",
        "vicinal label fruits apple_17.jpg --remove",
    )
)(label)
app.command(
    "filtered", epilog=_examples("vicinal filtered fruits", "vicinal filtered fruits --outliers --json")
)(filtered)
app.command(epilog=_examples("vicinal skip fruits apple_18.jpg --reason 'out of focus'"))(skip)
app.command("restore", epilog=_examples("vicinal restore fruits apple_18.jpg apple_19.jpg"))(restore_items)
app.command(
    epilog=_examples(
        "vicinal classify fruits new/pear.jpg",
        "vicinal classify reviews 'what a lovely film' --neighbours",
        "vicinal classify vectors/ --labels labels.csv --out classes --workers 2",
    )
)(classify)
app.command(
    epilog=_examples(
        "vicinal score vectors/ --labels labels.csv --out scores --batch 100 --workers 2",
        "vicinal score 'vectors/*.parquet' --labels export.jsonl --out scores --engine ray",
        "vicinal score fruits/ --labels fruits/ --out scores",
    )
)(score)
app.command(
    epilog=_examples(
        "vicinal export fruits > labels.csv",
        "vicinal export fruits --history --out log.jsonl",
        "vicinal export fruits --with-duplicates --out labels.csv",
        "vicinal export fruits --all --out fruits/",
    )
)(export)
app.command(
    "import", epilog=_examples("vicinal import fruits/", "vicinal import fruits/ --pool fruits-again")
)(import_pool)
snapshot_commands = Typer(no_args_is_help=True, help="Snapshots: pools as one file to keep.")
app.add_typer(snapshot_commands, name="snapshot")
snapshot_commands.command(
    "create",
    epilog=_examples(
        "vicinal snapshot create fruits --out fruits.tar",
        "vicinal snapshot create --out everything.tar",
        "vicinal snapshot create --data-dir vicinal-data --out everything.tar",
    ),
)(snapshot)
snapshot_commands.command(
    "restore",
    epilog=_examples(
        "vicinal snapshot restore fruits.tar",
        "vicinal snapshot restore fruits.tar --pool fruits-again",
        "vicinal snapshot restore everything.tar --data-dir new-data",
    ),
)(restore)
app.command(epilog=_examples("vicinal curve fruits", "vicinal curve fruits --out curve.png"))(curve)
app.command(
    epilog=_examples("vicinal advise fruits", "vicinal advise fruits --budget 500 --target-accuracy 0.9")
)(advise)
app.command(
    epilog=_examples(
        "vicinal dedupe photos/ --out groups.csv --gallery groups.html",
        "vicinal dedupe reviews.csv --text-column body --out groups.csv",
        "vicinal dedupe new/ --against photos/ --out groups.csv",
        "vicinal dedupe new/ --against fruits --target gpu-box:50051 --out groups.csv",
        "vicinal dedupe photos/ --featurizer mobilenet-v2 --augmentations turns --out groups.csv",
        "vicinal dedupe vectors/ --out groups.csv",
    )
)(dedupe)
app.command(
    epilog=_examples(
        "vicinal embed photos/ vectors/ --workers 2",
        "vicinal embed 'reviews/*.parquet' vectors/ --text-column body --id-column key",
        "vicinal embed photos.parquet vectors/ --image-column image --featurizer mobilenet-v2",
        "vicinal embed photos/ vectors/ --engine ray --ray-address ray://head:10001 --workers 64",
    )
)(embed)
app.command(
    epilog=_examples("vicinal push vectors/ fruits", "vicinal push 'old/*.npz' fruits --fingerprint 0a1b")
)(push)
app.command(epilog=_examples("vicinal pull fruits --out labels.parquet"))(pull)
app.command(epilog=_examples("vicinal status", "vicinal status fruits --target gpu-box:50051"))(status)


def run() -> None:
    """What `vicinal` starts."""
    app()


if __name__ == "__main__":
    run()
