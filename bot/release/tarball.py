"""One plain tar file with a manifest first: written whole or not at all, read without trusting a name or a size in it.

Uncompressed: what is inside is packed already, and nothing can grow while it is unpacked."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Iterator, Mapping, Optional, Union

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 8 << 20
_BLOCK = 1 << 20


class TarballError(ValueError):
    """The file is damaged, or is not what it should be; the message says where."""


def digest(path: Path) -> dict[str, Any]:
    """{"sha256", "bytes"} of a file, as manifests have it."""
    seen, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            seen.update(block)
            size += len(block)
    return {"sha256": seen.hexdigest(), "bytes": size}


def write_tarball(to: Path, members: Mapping[str, Union[bytes, Path]]) -> None:
    """Write members in their order, readable by the owner only. `to` is there only when all of it is on the disk. Raises OSError."""
    part = to.with_name(f"{to.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                for name, content in members.items():
                    info = tarfile.TarInfo(name)  # no owner, no time: the same members make the same file
                    info.size = len(content) if isinstance(content, bytes) else content.stat().st_size
                    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as source:
                        tar.addfile(info, source)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, to)
    finally:
        part.unlink(missing_ok=True)
    flush_folder(to.parent)


def members(path: Path) -> Iterator[tuple[str, int, BinaryIO]]:
    """(name, bytes, content) of each member, in order. Raises TarballError for a file that is no tar, ends early, or holds
    anything but plain files with plain names, each once."""
    seen = set()
    try:
        with tarfile.open(path, mode="r:") as tar:
            for info in tar:
                if not info.isreg() or not plain_name(info.name) or info.name in seen:
                    raise TarballError(f"holds '{info.name}', which is no plain file inside it, or stands twice")
                seen.add(info.name)
                yield info.name, info.size, tar.extractfile(info)
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        raise TarballError(f"is no whole tar file ({error})") from error
    except OSError as error:
        raise TarballError(f"cannot be read ({error.strerror or error})") from error


def read_first(path: Path, wanted: str) -> bytes:
    """A small member that stands before the large ones. Raises TarballError."""
    for name, size, content in members(path):
        if name == wanted and size <= LARGEST_MANIFEST:
            return _read(name, content, size)
        if size > LARGEST_MANIFEST:
            break
    raise TarballError(f"has no {wanted} where one belongs")


def read_manifest(text: bytes, kind: str, newest: int) -> dict:
    """A manifest of a kind, in a form that this Ivy knows. Raises TarballError."""
    try:
        manifest = json.loads(text)
        if not isinstance(manifest, dict) or manifest.get("kind") != kind:
            raise ValueError
    except ValueError as error:
        raise TarballError(f"is no {kind}") from error
    if not isinstance(manifest.get("format"), int) or manifest["format"] > newest:
        raise TarballError(f"was written by a newer Ivy ({manifest.get('ivy')}; form {manifest.get('format')}, this Ivy reads up to {newest}); use that Ivy")
    return manifest


def unpack(path: Path, into: Optional[Path], files: Mapping[str, Mapping[str, Any]], beside: frozenset = frozenset({MANIFEST})) -> None:
    """Write the members that `files` names ({name: {"sha256", "bytes"}}) into a folder, each compared while it is written; without
    a folder only compare them.

    Raises TarballError for a member that is missing, added or altered; members in `beside` are passed over. OSError when the disk is full."""
    missing = set(files)
    for name, size, content in members(path):
        if name in beside:
            continue
        if name not in files:
            raise TarballError(f"holds '{name}', which its manifest does not name")
        if size != files[name]["bytes"]:
            raise TarballError(f"'{name}' has {size} bytes and not {files[name]['bytes']}")
        found = _copy(name, content, into)
        if found != files[name]["sha256"]:
            raise TarballError(f"'{name}' was altered: its sha256 is {found[:12]}... and not {files[name]['sha256'][:12]}...")
        missing.discard(name)
    if missing:
        raise TarballError(f"'{sorted(missing)[0]}' is missing")


def plain_name(name: str) -> bool:
    """Whether a name stays within the folder it is unpacked into, on any system."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and str(path) == name and "\\" not in name and ":" not in name and name.isprintable()


def flush_folder(folder: Path) -> None:
    """Put a folder's entries on the disk: a new name may else be gone after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy(name: str, source: BinaryIO, into: Optional[Path]) -> str:
    """The sha256 of a member, which is on the disk when this returns, if it is to be written."""
    to = into / name if into else Path(os.devnull)
    to.parent.mkdir(parents=True, exist_ok=True)
    seen = hashlib.sha256()
    with to.open("wb") as file:
        while block := _read(name, source, _BLOCK):
            seen.update(block)
            file.write(block)
        file.flush()
        if into:
            os.fsync(file.fileno())
    return seen.hexdigest()


def _read(name: str, source: BinaryIO, size: int) -> bytes:
    try:
        return source.read(size)
    except tarfile.ReadError as error:
        raise TarballError(f"ends in the middle of '{name}'") from error
