"""Which Ivy this is, down to the bytes: code, model, safety model, content, lexicon, encoders, release, ledger.

bot.project fixes its folders when it is imported, and a release may yet have to name them (bot/release/serving.py): so it is
imported here only when it is needed."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Mapping, Optional

CODE = ("bot/**/*", "actions/**/*", "data/follow_ups.yml", "data/spelling/*", "domain.yml", "config.yml", "endpoints.yml", "credentials.yml", "requirements.lock")


def ivy_version() -> str:
    """The number in pyproject.toml."""
    return metadata.version("ivy")


def must_fit() -> dict[str, str]:
    """What a model was trained with and can only be used with."""
    from bot.understanding.weight_files import encoder_version

    python = ".".join(platform.python_version_tuple()[:2])
    return {"ivy": ivy_version(), "python": python, "rasa": metadata.version("rasa"), "encoders": encoder_version()}


def code_hash() -> str:
    """sha256 over what this Ivy runs and reads, besides model and content."""
    from bot.project import ROOT

    return tree_hash(ROOT, sorted(path for pattern in CODE for path in ROOT.glob(pattern) if path.is_file() and "__pycache__" not in path.parts))


def folder_hash(folder: Path) -> Optional[str]:
    """sha256 over the names and contents of a folder's files; None where there is none."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return tree_hash(folder, files) if files else None


def tree_hash(root: Path, files: list[Path]) -> str:
    """sha256 over names (from `root` on) and contents."""
    return named_hash({path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files})


def named_hash(hashes: Mapping[str, str]) -> str:
    """One sha256 for many: over "name sha256" lines by name, so that a release's manifest gives the same without the files."""
    return hashlib.sha256("".join(f"{name} {hashes[name]}\n" for name in sorted(hashes)).encode()).hexdigest()


def describe() -> dict[str, object]:
    """Every hash of what `ivy serve` would run with these settings; None for what is not there. Verifies nothing."""
    from bot.project import MODELS, content_folder
    from bot.release.tarball import MANIFEST

    model, content = MODELS / "ivy.tar.gz", content_folder()
    release = json.loads((Path(os.environ["IVY_RELEASE"]) / MANIFEST).read_bytes()) if os.environ.get("IVY_RELEASE") else None
    return {**must_fit(), "code": code_hash(), "release": release and release["id"],
            "model": hashlib.sha256(model.read_bytes()).hexdigest() if model.exists() else None, "safety_model": folder_hash(MODELS / "safety"),
            "content": folder_hash(content), "lexicon": folder_hash(content / "safety"), "ledger_head": _ledger_head()}


def _ledger_head() -> Optional[str]:
    """The last row's hash, "empty" where nobody signed yet, None where the records are away. Looks only: no table is made or changed."""
    import sqlalchemy as sa

    from bot.library.approvals import FIRST, head
    from bot.records.database import BUSY_SECONDS, database_url

    url = sa.engine.make_url(database_url())
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite and not Path(url.database or "").exists():
        return None
    engine = sa.create_engine(url, future=True, connect_args={"timeout" if sqlite else "connect_timeout": BUSY_SECONDS})
    try:
        found = head(engine)
        return "empty" if found == FIRST else found
    except sa.exc.SQLAlchemyError:
        return None
    finally:
        engine.dispose()
