"""`vicinal keys`: create, list and revoke API keys, in the server's file of keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from vicinal.cli.failures import Failure
from vicinal.cli.options import JsonOption
from vicinal.cli.output import complain, print_json, print_table, say
from vicinal.cli.registration import CommandGroup, command
from vicinal.server.security.keys import Key, KeysUnusable, create_key, read_keys, revoke_key
from vicinal.server.security.roles import Role

KeysArgument = Annotated[
    Path,
    typer.Argument(metavar="FILE", envvar="VICINAL_KEYS_FILE", help="File of keys, the server's keys_file."),
]


@command(
    "create",
    "vicinal keys create keys.jsonl --name ana --role label --pool fruits",
    "vicinal keys create keys.jsonl --name nightly-import --role admin --days 90",
)
def create(
    *,
    file: KeysArgument,
    name: Annotated[str, typer.Option(help="Owner of the key: a person or a program.")],
    role: Annotated[
        Role,
        typer.Option(
            help="read: read and classify. label: also lease, label, skip, exclude. "
            "admin: also create, fill and delete pools."
        ),
    ],
    pools: Annotated[
        list[str] | None,
        typer.Option("--pool", help="A pool that the key can use; repeat it. Default: all pools."),
    ] = None,
    annotator: Annotated[
        str, typer.Option(help="The only annotator for whom the key can lease and label. Default: any.")
    ] = "",
    days: Annotated[
        float | None, typer.Option(min=0.001, max=36_500, help="Days until the key expires. Default: never.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Create a key and show it once. The file has only its hash. A running server reloads the file."""
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


@command(
    "list",
    "vicinal keys list keys.jsonl --json",
)
def show_all(*, file: KeysArgument, json: JsonOption = False) -> None:
    """List the keys in a file with their ids, names and roles. The keys themselves are not stored."""
    with _translate_errors():
        found = read_keys(file)
    if json:
        print_json([_facts(key) for key in found])
    else:
        columns = ["id", "name", "role", "pools", "annotator", "created", "expires"]
        print_table("Keys", columns, map(_row, found))


@command(
    "revoke",
    "vicinal keys revoke keys.jsonl 0a1b2c3d4e5f",
)
def revoke(
    *,
    file: KeysArgument,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `vicinal keys list` shows it.")],
    json: JsonOption = False,
) -> None:
    """Revoke a key. A running server refuses it after one second; running calls finish."""
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


key_commands = CommandGroup(
    "keys",
    "Create, list and revoke the API keys of a server.",
    (
        create,
        show_all,
        revoke,
    ),
)
