"""A release is one file: model, safety model, content with the lexicon, the ledger of approvals, and a signed manifest of their hashes.

Nothing in it is believed before the signature of the manifest and every hash are right: Rasa runs what its model archive
names, so an archive that somebody else made is somebody else's program."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Mapping, Sequence

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.release.keys import ReleaseError, is_signed, sign
from bot.release.tarball import MANIFEST, TarballError, digest, plain_name, read_first, read_manifest, unpack, write_tarball
from bot.release.versions import code_hash, must_fit, named_hash

KIND, FORMAT = "ivy release", 1
SIGNATURE, LEDGER = "manifest.sig", "ledger.jsonl"
BESIDE = frozenset({MANIFEST, SIGNATURE})
#: What a release names and hashes as a whole, by where its files lie.
PARTS = {"model": "models/ivy.tar.gz", "safety_model": "models/safety/", "content": "content/", "lexicon": "content/safety/", "ledger": LEDGER}
MOST_PROBLEMS = 20


def make_release(to: Path, key: Ed25519PrivateKey, models: Path, content: Path, engine: sa.engine.Engine) -> dict:
    """Write a release of trained models, a content folder and the ledger in the records. Returns its manifest.

    Raises ReleaseError for a file that is there, a part that is missing or a damaged ledger; ContentError or LexiconError for content that could not be served."""
    from bot.library.approvals import all_rows, verify
    from bot.library.exchange import as_json_lines
    from bot.library.library import read_library
    from bot.safety.lexicon import read_lexicon

    rows = all_rows(engine)
    wrong = [f"the ledger: {line}" for line in verify(rows)]
    if to.exists():
        wrong.append(f"{to} is there already; name a file that is not")
    read_library(content)
    read_lexicon(content / "safety")
    sources = {"models/ivy.tar.gz": models / "ivy.tar.gz", **_tree("models/safety", models / "safety"), **_tree("content", content)}
    wrong += [f"{path} is missing; run ivy train" for path in (models / "ivy.tar.gz", models / "safety" / "classifier.json") if not path.is_file()]
    wrong += [f"{name} has a name that a release cannot hold; rename it" for name in sources if not plain_name(name)]
    if wrong:
        raise ReleaseError("\n".join(wrong))
    ledger = as_json_lines(rows).encode()
    manifest = _manifest({name: digest(path) for name, path in sources.items()}, ledger, rows[-1].hash if rows else "")
    text = json.dumps(manifest, indent=1, sort_keys=True).encode()
    try:
        write_tarball(to, {MANIFEST: text, SIGNATURE: sign(key, text), LEDGER: ledger, **sources})
    except OSError as error:
        raise ReleaseError(f"{to} cannot be written ({error.strerror}); name a folder with room that you may write to") from error
    return manifest


def verify_file(path: Path, key: Ed25519PublicKey, into: Path | None = None) -> dict:
    """The manifest of a release file that is whole, and signed with the private half of `key`; its files are written to `into`, if given.
    Raises ReleaseError, and what was written until then is to be thrown away."""
    try:
        text, signature = read_first(path, MANIFEST), read_first(path, SIGNATURE)
        manifest = _signed(text, signature, key)
        unpack(path, into, manifest["files"], BESIDE)
    except TarballError as error:
        raise ReleaseError(f"{path}: {error}. It was not used; take the release from whoever made it again") from error
    if into:
        (into / MANIFEST).write_bytes(text)
        (into / SIGNATURE).write_bytes(signature)
    return manifest


def verify_folder(folder: Path, key: Ed25519PublicKey) -> dict:
    """The manifest of a release in a folder that has exactly its files, unaltered, and is signed with the private half of `key`.
    Raises ReleaseError with every file that is missing, added or altered."""
    try:
        manifest = _signed((folder / MANIFEST).read_bytes(), (folder / SIGNATURE).read_bytes(), key)
    except OSError as error:
        raise ReleaseError(f"{folder} is no release ({Path(error.filename or '').name or folder} cannot be read); name a folder that ivy release install made") from error
    except TarballError as error:
        raise ReleaseError(f"{folder}: {error}. It was not loaded; install the release again, or go back: ivy release rollback") from error
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}
    wrong = [f"'{name}' is missing" for name in sorted(set(manifest["files"]) - set(there))]
    wrong += [f"'{name}' was added" for name in sorted(set(there) - set(manifest["files"]) - BESIDE)]
    wrong += [f"'{name}' was altered" for name, path in sorted(there.items()) if name in manifest["files"] and (path.is_symlink() or digest(path) != manifest["files"][name])]
    if wrong:
        more = [f"and {len(wrong) - MOST_PROBLEMS} more"] if len(wrong) > MOST_PROBLEMS else []
        raise ReleaseError("\n".join([f"{folder} is not the release that was signed:", *wrong[:MOST_PROBLEMS], *more, "It was not loaded; install the release again, or go back: ivy release rollback"]))
    return manifest


def check_fits(manifest: Mapping[str, Any]) -> None:
    """Raises ReleaseError for a release that was made for another Ivy, Python, Rasa or other sentence encoders than run here."""
    here = must_fit()
    other = [f"{name} {manifest['fits'].get(name, 'unknown')[:12]} (here {version[:12]})" for name, version in here.items() if manifest["fits"].get(name) != version]
    if other:
        raise ReleaseError(f"release {manifest['id']} was made for {', '.join(other)}; make it again with the Ivy that runs here, or run the Ivy it was made for")


def _signed(text: bytes, signature: bytes, key: Ed25519PublicKey) -> dict:
    """The signature first: what was not signed is not even parsed."""
    if not is_signed(key, text, signature):
        raise TarballError("its manifest is not signed with the key that belongs to this public key")
    return read_manifest(text, KIND, FORMAT)


def _manifest(files: Mapping[str, Mapping[str, Any]], ledger: bytes, head: str) -> dict:
    files = {**files, LEDGER: {"sha256": hashlib.sha256(ledger).hexdigest(), "bytes": len(ledger)}}
    fits, now = must_fit(), datetime.now(timezone.utc)
    name = named_hash({**{name: file["sha256"] for name, file in files.items()}, **fits})
    return {"kind": KIND, "format": FORMAT, "id": f"{now:%Y%m%d}-{name[:12]}", "ivy": fits["ivy"], "made_at": now.isoformat(timespec="seconds"), "fits": fits,
            "code": code_hash(), "ledger_head": head, "hashes": {part: part_hash(files, where) for part, where in PARTS.items()}, "files": files}


def part_hash(files: Mapping[str, Mapping[str, Any]], where: str) -> str:
    """The hash of a part: of its one file, or of names and hashes of its folder."""
    if not where.endswith("/"):
        return files[where]["sha256"]
    return named_hash({name.removeprefix(where): file["sha256"] for name, file in files.items() if name.startswith(where)})


def _tree(name: str, folder: Path) -> dict[str, Path]:
    """A folder's files by their names in the release; hidden ones are an editor's or a system's, not content."""
    paths: Sequence[Path] = sorted(path for path in folder.rglob("*") if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts))
    return {f"{name}/{path.relative_to(folder).as_posix()}": path for path in paths}
