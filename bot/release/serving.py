"""Serving a release: it is verified before anything of it, and anything that reads models or content, is loaded.

So nothing here may import bot.project before the folders are set: it fixes them when it is imported."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional

from bot.release.bundle import check_fits, verify_folder
from bot.release.keys import ReleaseError, read_public


def use_release(named: Optional[str] = None) -> Optional[dict]:
    """Verify the release in a folder (given, or IVY_RELEASE) with the public key of IVY_RELEASE_KEY, and turn models and content to it.
    Returns its manifest; None where no release is named. Raises ReleaseError: then nothing of it was loaded."""
    folder, key = named or os.environ.get("IVY_RELEASE", ""), os.environ.get("IVY_RELEASE_KEY", "")
    if not folder:
        return None
    wrong = [f"{setting} is set, and a release brings its own; unset it" for setting in ("IVY_CONTENT", "IVY_MODELS") if os.environ.get(setting)]
    if not key:
        wrong.append("IVY_RELEASE_KEY is not set; name the file of the public key that releases are verified with (ivy release key)")
    if wrong:
        raise ReleaseError("\n".join(wrong))
    root = Path(folder).resolve()  # `current` may be switched while this server runs
    manifest = verify_folder(root, read_public(Path(key)))
    os.environ.update({"IVY_RELEASE": str(root), "IVY_MODELS": str(root / "models"), "IVY_CONTENT": str(root / "content")})
    check_fits(manifest)
    return manifest
