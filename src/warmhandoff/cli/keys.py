"""`warmhandoff keys …`: the keys everything is sealed with, renewed while serving, and destroyed for good."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from warmhandoff.cli.environment import start_django
from warmhandoff.cli.match import printable
from warmhandoff.rules.refusals import BadInput, Problem

if TYPE_CHECKING:
    from warmhandoff.core.resealing import Keys
    from warmhandoff.core.rotating import WrappingKey

keys_app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@keys_app.command()
def rotate(
    only_add: Annotated[bool, typer.Option("--only-add", help="Put the new key into the file, and use it later.")]
    = False,
    as_json: Json = False,
) -> None:
    """Begin a new wrapping key and wrap every practice's data keys with it. The server goes on.

    Example: warmhandoff keys rotate

    Copy the key file anew afterwards: the copy you have does not open what is made from now on. Where several machines
    serve, use --only-add, copy the file to each of them, and then call it again.
    """
    start_django()
    from warmhandoff.core import clock, rotating

    name = rotating.rotate(now=clock.now(), only_add=only_add, progress=_bar(as_json, "wrap"))
    if as_json:
        _say_json({"key": name, "in_use": not only_add})
    elif only_add:
        typer.echo(f"{name} is in the key file and not used yet. Copy the file to every machine, then: keys rotate")
    else:
        typer.echo(f"{name} wraps everything now. Copy the key file to its safe place; remove the old key with: "
                   "keys retire NAME")


@keys_app.command()
def rewrap(as_json: Json = False) -> None:
    """Wrap with the newest wrapping key whatever another one still holds: finishes a rotation that was interrupted.

    Example: warmhandoff keys rewrap
    """
    start_django()
    from warmhandoff.core import rotating

    count = rotating.rewrap(progress=_bar(as_json, "wrap"))
    if as_json:
        _say_json({"wrapped": count})
    else:
        typer.echo(f"{count} data keys wrapped anew.")


@keys_app.command()
def retire(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The wrapping key, as `keys status` names it.")],
    give_up_backups: Annotated[
        bool, typer.Option("--give-up-backups", help="Also where backups in the backup folder open with it alone.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Remove an old wrapping key from the key file. No backup sealed with it can be read afterwards, by anyone.

    Example: warmhandoff keys retire k1

    Refused (exit code 3) while data keys need it, and while the backup folder holds backups that open with it alone.
    What it signed, the audit and its anchors, stays checkable.
    """
    start_django()
    from warmhandoff.core import clock, rotating

    gone = rotating.retire(name, now=clock.now(), give_up_backups=give_up_backups)
    if as_json:
        _say_json({"retired": name, "signed": gone.signed, "backups_given_up": gone.backups})
        return
    typer.echo(f"{name} is gone. Backups sealed with it can no longer be read: make a new one now.")
    for what, count in gone.signed.items():
        typer.echo(f"{count:,} {what} it signed can still be checked.")


@keys_app.command()
def renew(
    practice: Annotated[str | None, typer.Option(metavar="SLUG", help="Only this practice.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every practice of the server.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Do the work here and now; else the server's worker does.")]
    = False,
    as_json: Json = False,
) -> None:
    """Give a practice a new data key, seal all it holds anew, and destroy the old key when nothing needs it.

    Example: warmhandoff keys renew --practice lakeside --wait

    New values use the new key within seconds. Exit code 1: values were left that do not open; they stay as they are.
    """
    if (practice is None) == (not every):
        raise BadInput(Problem("name a practice with --practice, or give --all", field="--practice"))
    start_django()
    from warmhandoff.core import clock, resealing

    chosen = _chosen(practice)
    made = {slug: resealing.renew(one, now=clock.now()) for slug, one in chosen.items()}
    left = {slug: _work(one, slug, as_json) for slug, one in chosen.items()} if wait else {}
    if as_json:
        _say_json({"practices": [{"practice": slug, "version": version, "left": left.get(slug)}
                                 for slug, version in made.items()]})
    else:
        for slug, version in made.items():
            typer.echo(f"{slug}: version {version}. {_progress(left.get(slug))}")
    if any(left.values()):
        raise typer.Exit(1)


def _chosen(practice: str | None) -> dict[str, UUID]:
    from warmhandoff.core.resealing import data_keys
    from warmhandoff.directory.queries import practice_of_slug

    if practice is not None:
        return {practice: practice_of_slug(practice)}
    names = _names()
    return {names.get(held.practice_id, str(held.practice_id)): held.practice_id
            for held in data_keys() if held.versions}


def _progress(left: int | None) -> str:
    if left is None:
        return "The worker seals everything anew; `keys status` tells how far it is."
    if left:
        return f"{left:,} values do not open and stay as they are; the log names them, and the old key stays."
    return "Everything is sealed anew, and the old key is destroyed."


def _work(practice_id: UUID, slug: str, as_json: bool) -> int:
    from warmhandoff.core import clock, resealing

    show, most, left = _bar(as_json, slug), 0, 0
    for left in resealing.work_through(practice_id, clock=clock.now):
        most = max(most, left)
        if show and most:
            show(most - left, most)
    return left


@keys_app.command()
def shred(
    practice: Annotated[str, typer.Option(metavar="SLUG", help="The practice.")],
    sure: Annotated[
        str | None, typer.Option("--yes-i-know", metavar="SLUG", help="Its short name again, instead of being asked.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Destroy a practice's keys: nothing it sealed can be read again, here or in any restore. Cannot be undone.

    Example: warmhandoff keys shred --practice lakeside --yes-i-know lakeside

    Memberships, sessions, links and unsent messages end. The audit stays, and can be checked. Exit code 1: something
    could be read afterwards.
    """
    start_django()
    from warmhandoff.core import clock, shredding
    from warmhandoff.directory.queries import practice_of_slug

    practice_id = practice_of_slug(practice)
    if sure is None:
        typer.echo(f"Everything {practice} holds becomes unreadable, for everyone and for good.", err=True)
        sure = typer.prompt("Type the practice's short name to go on", err=True)
    if sure != practice:
        raise BadInput(Problem(f"that is not {practice!r}; nothing was destroyed", field="--yes-i-know"))
    done = shredding.shred(practice_id, now=clock.now())
    if as_json:
        _say_json({"practice": practice, **done.as_json()})
    else:
        for line in _shredded_lines(practice, done.keys, done.ended, (done.tried, done.opened)):
            typer.echo(line)
        if done.in_log:
            typer.echo("A reader kept the database's log from being emptied: restart the server to have it done.")
    if done.opened:
        raise typer.Exit(1)


def _shredded_lines(practice: str, keys: int, ended: dict[str, int], read: tuple[int, int]) -> Iterator[str]:
    yield f"{practice}: {keys} keys destroyed. Ended: " + ", ".join(f"{n} {what}" for what, n in ended.items()) + "."
    yield f"Tried to read a value of each of {read[0]} sealed columns: {read[1]} opened."
    yield "Older backups still hold the key, wrapped. To make them useless too: keys rotate, then keys retire."


@keys_app.command()
def status(as_json: Json = False) -> None:
    """Show every practice's data keys with what lies under each, and every wrapping key with what needs it.

    Example: warmhandoff keys status --json

    Exit code 1: something is sealed under a key that is gone, though its practice was not shredded.
    """
    start_django()
    from warmhandoff.core.resealing import data_keys
    from warmhandoff.core.rotating import wrapping_keys

    practices, wrapping, names = data_keys(), wrapping_keys(), _names()
    if as_json:
        _say_json({
            "practices": [_practice(held, names) for held in practices],
            "wrapping_keys": [one.as_json() for one in wrapping],
        })
    else:
        for line in (*_practice_lines(practices, names), *map(_wrapping_line, wrapping)):
            typer.echo(printable(line))
    if any(held.lost and held.versions for held in practices):
        raise typer.Exit(1)


def _practice(held: Keys, names: dict[UUID, str]) -> dict[str, Any]:
    versions = [{**vars(one), "created_at": one.created_at.isoformat()} for one in held.versions]
    return {"practice": names.get(held.practice_id), "id": str(held.practice_id), "versions": versions,
            "left": held.left, "lost": held.lost, "shredded": not held.versions}


def _practice_lines(practices: list[Keys], names: dict[UUID, str]) -> Iterator[str]:
    for held in practices:
        name = names.get(held.practice_id, str(held.practice_id))
        if not held.versions:
            yield f"{name}: shredded; {held.lost:,} values that nobody can read"
            continue
        newest = held.versions[-1]
        yield f"{name}: version {newest.version} of {newest.created_at:%Y-%m-%d}, {newest.values:,} values"
        for old in held.versions[:-1]:
            yield f"  version {old.version} of {old.created_at:%Y-%m-%d}: {old.values:,} values to seal anew"
        if held.lost:
            yield f"  {held.lost:,} values lie under a version that is gone"


def _wrapping_line(key: WrappingKey) -> str:
    leads = [f"{count:,} {what}" for what, count in (*key.needs.items(), *key.signed.items())]
    leads += [f"{len(key.backups)} backups"] if key.backups else []
    return f"wrapping key {key.name} ({key.state}): {', '.join(leads) or 'nothing leads to it'}"


def _names() -> dict[UUID, str]:
    from warmhandoff.accounts.queries import slugs_of_practices

    return slugs_of_practices()


def _say_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=1))


def _bar(as_json: bool, what: str) -> Callable[[int, int], None] | None:
    if as_json or not sys.stderr.isatty():
        return None

    def show(done: int, every: int) -> None:
        filled = 40 * done // max(1, every)
        end = "\n" if done >= every else ""
        typer.echo(f"\r{what} [{'#' * filled}{'.' * (40 - filled)}] {done:,} of {every:,}{end}", nl=False, err=True)

    return show
