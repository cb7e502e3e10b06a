"""Model, content and approvals as one signed file: make it, verify it, install it, go back (docs/releases.md)."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(metavar="act", required=True)
    key = acts.add_parser("key", help="make a key pair: FILE, which signs and is for no server, and FILE.pub, which verifies")
    key.add_argument("file", type=Path)
    make = acts.add_parser("make", help="write the trained models, the content and the ledger as one signed file")
    make.add_argument("file", type=Path, help="a file that is not there yet")
    make.add_argument("--key", type=Path, required=True, help="the private key")
    verify = acts.add_parser("verify", help="compare a release file with its signature and every hash; install does it too")
    verify.add_argument("file", type=Path)
    install = acts.add_parser("install", help="verify a release, take in its approvals, make it the current one; restart the server then")
    install.add_argument("file", type=Path)
    install.add_argument("--older", action="store_true", help="also when it was made before the current one")
    back = acts.add_parser("rollback", help="make the release before it, or a named one, the current one again; restart the server then")
    back.add_argument("id", nargs="?", help="one of ivy release list (default: the one before)")
    listed = acts.add_parser("list", help="the releases that are installed")
    for act, act_parser in acts.choices.items():
        act_parser.set_defaults(act=act)
        if act in ("verify", "install", "rollback"):
            act_parser.add_argument("--public-key", type=Path, help="default: the file that IVY_RELEASE_KEY names")
    for act_parser in (install, back, listed):
        act_parser.add_argument("--to", type=Path, metavar="FOLDER", help="where releases are installed (default: releases in IVY_STATE)")


def run(arguments: argparse.Namespace) -> int:
    return {"key": _key, "make": _make, "verify": _verify, "install": _install, "rollback": _rollback, "list": _list}[arguments.act](arguments)


def _key(arguments: argparse.Namespace) -> int:
    from bot.release.keys import make_keys

    public = make_keys(arguments.file)
    print(f"{arguments.file} signs releases: keep it away from every server, and a copy of it safe\n{public} verifies them: IVY_RELEASE_KEY names it on each server")
    return 0


def _make(arguments: argparse.Namespace) -> int:
    from bot.project import MODELS, content_folder
    from bot.records.database import installed_records
    from bot.release.bundle import make_release
    from bot.release.keys import ReleaseError, read_private
    from bot.training import stale_parts

    key = read_private(arguments.key)
    if stale := stale_parts():
        raise ReleaseError(f"{' and '.join(stale)}: the model was not made from the files as they are now; run ivy train")
    _tell(make_release(arguments.file, key, MODELS, content_folder(), installed_records()), f"written to {arguments.file}")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from bot.release.bundle import verify_file

    manifest = verify_file(arguments.file, _public(arguments))
    _tell(manifest, f"the signature and {len(manifest['files'])} files are right")
    return 0


def _install(arguments: argparse.Namespace) -> int:
    from bot.records.database import installed_records
    from bot.release.installing import install

    manifest, new = install(arguments.file, _public(arguments), _folder(arguments), installed_records(), arguments.older)
    _tell(manifest, f"installed; {new} approvals were new. Restart the server: IVY_RELEASE={_folder(arguments) / 'current'}")
    return 0


def _rollback(arguments: argparse.Namespace) -> int:
    from bot.release.installing import rollback

    _tell(rollback(_folder(arguments), _public(arguments), arguments.id), "is the current one again. Restart the server. Approvals and withdrawals stay as they are")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from bot.release.installing import CURRENT, PREVIOUS, installed, named

    folder = _folder(arguments)
    marks = {named(folder, PREVIOUS): "previous", named(folder, CURRENT): "current"}
    for name in installed(folder):
        print(f"{name}  {marks.get(name, '')}".rstrip())
    return 0


def _tell(manifest: dict, what: str) -> None:
    print(f"release {manifest['id']}, made {manifest['made_at']} for Ivy {manifest['ivy']}, Rasa {manifest['fits']['rasa']}")
    for part, value in manifest["hashes"].items():
        print(f"  {part:13} {value}")
    print(what)


def _public(arguments: argparse.Namespace):
    from bot.release.keys import ReleaseError, read_public

    path = arguments.public_key or os.environ.get("IVY_RELEASE_KEY")
    if not path:
        raise ReleaseError("no public key: name one with --public-key, or set IVY_RELEASE_KEY")
    return read_public(Path(path))


def _folder(arguments: argparse.Namespace) -> Path:
    from bot.project import state_folder

    return arguments.to or state_folder() / "releases"
