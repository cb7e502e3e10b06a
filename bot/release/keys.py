"""The key pair that releases are signed with: Ed25519 (RFC 8032), from the library `cryptography`.

Who makes releases keeps the private key, away from every server; a server needs the public one alone."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key, load_pem_public_key

CONTEXT = b"ivy release\n"  # a signature on a release is a signature on nothing else


class ReleaseError(RuntimeError):
    """A release is refused, or could not be made or put in place; the message says what is wrong and what to do."""


def make_keys(private: Path) -> Path:
    """Write a new private key, for its owner's eyes, and beside it the public one, whose path is returned. Raises ReleaseError."""
    key, public = Ed25519PrivateKey.generate(), private.with_name(f"{private.name}.pub")
    for path, content, mode in ((private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600),
                                (public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)):
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(content)
        except OSError as error:
            raise ReleaseError(f"{path} cannot be written ({error.strerror}); name a new file in a folder that is there") from error
    return public


def read_private(path: Path) -> Ed25519PrivateKey:
    """Raises ReleaseError for a file that is no private key of this kind."""
    key = _read(path, lambda content: load_pem_private_key(content, None))
    if not isinstance(key, Ed25519PrivateKey):
        raise ReleaseError(f"{path} is no Ed25519 private key; ivy release key makes one")
    return key


def read_public(path: Path) -> Ed25519PublicKey:
    """Raises ReleaseError for a file that is no public key of this kind."""
    key = _read(path, load_pem_public_key)
    if not isinstance(key, Ed25519PublicKey):
        raise ReleaseError(f"{path} is no Ed25519 public key; ivy release key makes one, with the ending .pub")
    return key


def sign(key: Ed25519PrivateKey, manifest: bytes) -> bytes:
    """The signature on a manifest, in hexadecimal."""
    return key.sign(CONTEXT + manifest).hex().encode() + b"\n"


def is_signed(key: Ed25519PublicKey, manifest: bytes, signature: bytes) -> bool:
    """Whether the owner of the key signed exactly this."""
    try:
        key.verify(bytes.fromhex(signature.decode("ascii").strip()), CONTEXT + manifest)
        return True
    except (InvalidSignature, ValueError):
        return False


def _read(path: Path, load):
    try:
        return load(path.read_bytes())
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read ({error.strerror}); name the file of a key") from error
    except (ValueError, TypeError) as error:
        raise ReleaseError(f"{path} is not the key that belongs here; the private key signs (ivy release make), the public one, .pub, verifies") from error
