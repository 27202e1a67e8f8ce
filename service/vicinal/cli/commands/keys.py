"""`vicinal keys`: the API keys of a server, in the file that it reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from vicinal.cli.failures import Failure
from vicinal.cli.options import JsonOption
from vicinal.cli.output import complain, print_json, print_table, say
from vicinal.server.security.keys import Key, KeysUnusable, create_key, read_keys, revoke_key
from vicinal.server.security.roles import Role

KeysArgument = Annotated[
    Path,
    typer.Argument(metavar="FILE", envvar="VICINAL_KEYS_FILE", help="File of keys, the server's keys_file."),
]


def create(
    *,
    file: KeysArgument,
    name: Annotated[str, typer.Option(help="Whose it is: a person, or a program.")],
    role: Annotated[
        Role,
        typer.Option(
            help="read: look and classify. label: also lease, label, skip, exclude. "
            "admin: also make, fill and delete pools."
        ),
    ],
    pools: Annotated[
        list[str] | None, typer.Option("--pool", help="The only pool it sees; repeat it. Default: all.")
    ] = None,
    annotator: Annotated[
        str, typer.Option(help="The only annotator in whose name it may lease and label. Default: any.")
    ] = "",
    days: Annotated[
        float | None, typer.Option(min=0.001, max=36_500, help="How long it lasts. Default: until revoked.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make a key and show it, once: the file keeps only a hash. A running server takes it up by itself."""
    now = datetime.now(UTC)
    with _translate_errors():
        key, text = create_key(
            file,
            name,
            role,
            now,
            pools=frozenset(pools) if pools else None,
            expires_at=now + timedelta(days=days) if days else None,
            annotator=annotator,
        )
    if json:
        print_json({**_facts(key), "key": text})
    else:
        complain(f"key {key.key_id} of role {key.role} for {key.name}; it is shown this once:")
        say(text)


def show_all(*, file: KeysArgument, json: JsonOption = False) -> None:
    """List the keys in a file: ids, names, roles, what they are for. The keys themselves are not kept."""
    with _translate_errors():
        found = read_keys(file)
    if json:
        print_json([_facts(key) for key in found])
    else:
        columns = ["id", "name", "role", "pools", "annotator", "created", "expires"]
        print_table("Keys", columns, map(_row, found))


def revoke(
    *,
    file: KeysArgument,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `vicinal keys list` shows it.")],
    json: JsonOption = False,
) -> None:
    """Take a key out; a running server turns it away a second later. Calls under way end by themselves."""
    with _translate_errors():
        revoke_key(file, key_id)
    if json:
        print_json({"revoked": key_id})
    else:
        say(f"revoked key {key_id}")


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except KeysUnusable as error:
        raise Failure(error.message) from error


def _facts(key: Key) -> dict[str, Any]:
    return {
        "id": key.key_id,
        "name": key.name,
        "role": key.role.value,
        "pools": None if key.pools is None else sorted(key.pools),
        "annotator": key.annotator or None,
        "created": key.created_at,
        "expires": key.expires_at,
    }


def _row(key: Key) -> list[str]:
    pools = "all" if key.pools is None else ", ".join(sorted(key.pools)) or "none"
    expires = key.expires_at.strftime("%Y-%m-%d %H:%M") if key.expires_at else "never"
    created = key.created_at.strftime("%Y-%m-%d %H:%M")
    return [key.key_id, key.name, key.role.value, pools, key.annotator or "any", created, expires]
