"""Trains the English encoder on Ivy's own sentences: two heads, topics and warning signs, over one MiniLM.

The heads are thrown away; Ivy learns its own on the vectors (`ivy train`). Each starts as a logistic
regression on the untrained vectors, so that the first steps do not spoil what the encoder knows
(Kumar and others 2022, arXiv 2202.10054)."""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from graph import read_graph, write_graph
from minilm import OFFICIAL, SIZE, MiniLM, encode, load_official, official_files, read_tokenizer
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn import functional as F

HEADS = ("topic", "safety")
BATCH, HEAD_RATE, LAYER_DECAY, WARM_UP = 32, 1e-3, 0.9, 0.1
MASKED = 0.1  # of the word pieces, at random in each round: no sentence is learnt by heart
FIRST_PIECE, LAST_PIECE, MASK_PIECE = 101, 102, 103  # [CLS], [SEP], [MASK] of the vocabulary
WEIGHTS = "minilm-ivy.onnx"


def main() -> None:
    options = _options()
    torch.manual_seed(options.seed), random.seed(options.seed), np.random.seed(options.seed)
    rows = [json.loads(line) for line in options.sentences.read_text(encoding="utf-8").splitlines()]
    files = official_files()
    tokenizer, model = read_tokenizer(files["tokenizer.json"]), load_official(files["model.safetensors"])
    start = _sha256(options.start) if options.start else OFFICIAL["model.safetensors"]  # now: the result may take its place
    if options.start:
        read_graph(model, options.start)
    for row, tokens in zip(rows, tokenizer.encode_batch([row["text"] for row in rows])):
        row["ids"] = tokens.ids
    held = rows[:: options.hold_out] if options.hold_out else []
    kept = [row for number, row in enumerate(rows) if not options.hold_out or number % options.hold_out]
    heads = {head: Head(model, [row for row in kept if row["head"] == head]) for head in HEADS}
    _report("before", model, heads, held)
    _train(model, heads, kept, options.epochs, options.rate)
    _report("after", model, heads, held)
    options.out.mkdir(parents=True, exist_ok=True)
    write_graph(model, options.out / WEIGHTS)
    _compare(model, options.out / WEIGHTS, [row["ids"] for row in rows[:: max(1, len(rows) // 300)]])
    manifest = {"file": WEIGHTS, "sha256": _sha256(options.out / WEIGHTS), "base": {"model": "all-MiniLM-L6-v2", "sha256": OFFICIAL["model.safetensors"]},
                "sentences": len(kept), "sentences_sha256": _sha256(options.sentences), "epochs": options.epochs, "rate": options.rate,
                "start": start}
    (options.out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


class Head(nn.Linear):
    """Scores of one set of labels, first fitted to the vectors as they are."""

    def __init__(self, model: MiniLM, rows: list[dict]) -> None:
        fitted = LogisticRegression(C=3, max_iter=60, tol=1e-3).fit(encode(model, [row["ids"] for row in rows]), [row["label"] for row in rows])
        super().__init__(SIZE, len(fitted.classes_))
        self.labels = {label: number for number, label in enumerate(fitted.classes_)}
        self.weight.data, self.bias.data = torch.tensor(fitted.coef_, dtype=torch.float32), torch.tensor(fitted.intercept_, dtype=torch.float32)

    def loss(self, vectors: torch.Tensor, rows: list[dict]) -> torch.Tensor:
        """Summed over the rows."""
        return F.cross_entropy(self(vectors), torch.tensor([self.labels[row["label"]] for row in rows]), reduction="sum")


def _train(model: MiniLM, heads: dict[str, Head], rows: list[dict], epochs: float, rate: float) -> None:
    optimizer = torch.optim.AdamW(_groups(model, heads, rate), fused=True)
    steps = int(epochs * len(rows) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / (WARM_UP * steps)) * (1 - step / steps))
    started, trainable = time.monotonic(), [p for part in (model, *heads.values()) for p in part.parameters() if p.requires_grad]
    half = torch.cpu._is_avx512_bf16_supported()  # bfloat16 is nearly twice as fast there, and many times slower where it is emulated
    model.train()
    for step, batch in zip(range(1, steps + 1), _batches(rows)):
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            vectors = model(*_masked(*_padded(batch))).float()
        loss = sum(head.loss(vectors[places], [batch[place] for place in places]) for name, head in heads.items()
                   if (places := [place for place, row in enumerate(batch) if row["head"] == name])) / len(batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(trainable, 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step} of {steps}, loss {loss.item():.3f}, {step * BATCH / (time.monotonic() - started):.0f} sentences a second", flush=True)


def _groups(model: MiniLM, heads: dict[str, Head], rate: float) -> list[dict]:
    """Lower layers learn more slowly: they hold the language, the upper ones the task."""
    top = len(model.layers)
    layers = [{"params": list(layer.parameters()), "lr": rate * LAYER_DECAY ** (top - 1 - number), "weight_decay": 0.01} for number, layer in enumerate(model.layers)]
    return [*layers, {"params": list(model.norm.parameters()), "lr": rate * LAYER_DECAY**top, "weight_decay": 0.0},
            {"params": [p for head in heads.values() for p in head.parameters()], "lr": HEAD_RATE, "weight_decay": 0.0}]


def _batches(rows: list[dict]):
    """Batches without end, sentences of a like length together, in another order each round."""
    while True:
        order = random.sample(rows, len(rows))
        chunks = [sorted(order[i : i + 20 * BATCH], key=lambda row: len(row["ids"])) for i in range(0, len(order), 20 * BATCH)]
        batches = [chunk[i : i + BATCH] for chunk in chunks for i in range(0, len(chunk), BATCH)]
        yield from random.sample(batches, len(batches))


def _padded(batch: list[dict]) -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.zeros(len(batch), max(len(row["ids"]) for row in batch), dtype=torch.long)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    for place, row in enumerate(batch):
        ids[place, : len(row["ids"])] = torch.tensor(row["ids"])
        mask[place, : len(row["ids"])] = True
    return ids, mask


def _masked(ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Some pieces taken away, never the first or the last of a sentence."""
    hidden = (torch.rand(ids.shape) < MASKED) & mask & (ids != FIRST_PIECE) & (ids != LAST_PIECE)
    return ids.masked_fill(hidden, MASK_PIECE), mask


def _report(when: str, model: MiniLM, heads: dict[str, Head], held: list[dict]) -> None:
    for name, head in heads.items():
        rows = [row for row in held if row["head"] == name and row["label"] in head.labels]
        if rows:
            with torch.inference_mode():
                guessed = head(torch.tensor(encode(model, [row["ids"] for row in rows]))).argmax(1).tolist()
            right = sum(head.labels[row["label"]] == place for row, place in zip(rows, guessed))
            print(f"{when}: {name} {right / len(rows):.3f} of {len(rows)} sentences held out", flush=True)


def _compare(model: MiniLM, path: Path, tokens: list[list[int]]) -> None:
    """Print how near the int8 file's vectors are to the trained ones."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    small = np.vstack([session.run(None, {"input_ids": np.array([ids], np.int64)})[0] for ids in tokens])
    cosines = (small * encode(model, tokens)).sum(axis=1)
    print(f"int8 against float: cosine {cosines.mean():.4f} on average, {cosines.min():.4f} at least, over {len(tokens)} sentences", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sentences", type=Path, help="JSON lines written by sentences.py")
    parser.add_argument("out", type=Path, help="folder for the weights and their manifest")
    parser.add_argument("--epochs", type=float, default=4)
    parser.add_argument("--rate", type=float, default=1e-4, help="of learning, of the upper layer")
    parser.add_argument("--start", type=Path, metavar="FILE", help="go on from weights that an earlier run wrote, with fewer epochs and a lower rate")
    parser.add_argument("--seed", type=int, default=0, help="another order of the sentences")
    parser.add_argument("--hold-out", type=int, default=0, metavar="N", help="keep every Nth sentence out and report how it is read (to try settings, not to ship)")
    return parser.parse_args()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
