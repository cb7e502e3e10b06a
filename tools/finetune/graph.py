"""The trained encoder as one ONNX file: fused operators, dense layers in int8, token ids in, a unit vector and the state of each piece out.

Weights have seven bits a channel, so that sums of products stay exact on processors with and without
the newer int8 instructions; activations are scaled for each call (ONNX Runtime's dynamic quantisation,
docs/performance/model-optimizations/quantization). One sentence a call: the scale is then its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from minilm import HEADS, MiniLM
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

CONTRIB = "com.microsoft"
OPSET, CONTRIB_OPSET, IR = 17, 1, 8


class Graph:
    """Nodes and constants while the graph grows."""

    def __init__(self) -> None:
        self.nodes, self.constants = [], []

    def constant(self, name: str, values) -> str:
        array = values.detach().numpy() if hasattr(values, "detach") else values
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **options) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **options))
        return output


def write_graph(model: MiniLM, path: Path) -> None:
    """Write the encoder to `path`."""
    graph = Graph()
    state = _embedding(graph, model)
    for number, layer in enumerate(model.layers):
        state = _layer(graph, layer, state, f"layer{number}.")
    graph.node("ReduceMean", [graph.node("Identity", [state], "states")], "mean", axes=[1], keepdims=0)
    graph.node("LpNormalization", ["mean"], "vector", axis=-1, p=2)
    whole = helper.make_graph(
        graph.nodes, "minilm", [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["sentences", "pieces"])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["sentences", model.places.weight.shape[1]]),
         helper.make_tensor_value_info("states", TensorProto.FLOAT, ["sentences", "pieces", model.places.weight.shape[1]])], graph.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, CONTRIB_OPSET)]
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        onnx.save(helper.make_model(whole, opset_imports=opsets, ir_version=IR), full)
        quantize_dynamic(full, path, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Attention"],
                         extra_options={"DefaultTensorType": TensorProto.FLOAT})


def read_graph(model: MiniLM, path: Path) -> None:
    """Give the model the weights of a file that `write_graph` wrote: its training can go on from there, on other sentences."""
    saved = {tensor.name: torch.tensor(numpy_helper.to_array(tensor)) for tensor in onnx.load(path).graph.initializer}
    model.words.weight.data = saved["words"].float() * saved["scales"]
    model.places.weight.data = saved["places"][0]
    _into(model.norm, saved, "norm", "norm.bias")
    for number, layer in enumerate(model.layers):
        name = f"layer{number}."
        for part in ("qkv", "out", "up", "down"):
            getattr(layer, part).weight.data = (saved[f"{name}{part}_quantized"].float() * saved[f"{name}{part}_scale"]).T.contiguous()
        layer.qkv.bias.data, layer.up.bias.data = saved[name + "qkv.bias"], saved[name + "up.bias"]
        for linear, norm, place in ((layer.out, layer.norm_out, "half"), (layer.down, layer.norm_down, "whole")):
            linear.bias.data = saved[f"{name}{place}.bias"]
            _into(norm, saved, f"{name}{place}.norm", f"{name}{place}.norm.bias")
    for places in (model.words, model.places):
        places.weight.requires_grad = False


def _into(norm, saved: dict, weight: str, bias: str) -> None:
    norm.weight.data, norm.bias.data = saved[weight], saved[bias]


def _embedding(graph: Graph, model: MiniLM) -> str:
    """Word vectors kept in eight bits, one scale a word; places added; normalised."""
    words = model.words.weight.detach().numpy()
    scale = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-9) / 127
    graph.constant("words", np.round(words / scale).astype(np.int8))
    graph.constant("scales", scale.astype(np.float32))
    graph.node("Cast", [graph.node("Gather", ["words", "input_ids"], "word")], "word.float", to=TensorProto.FLOAT)
    graph.node("Mul", ["word.float", graph.node("Gather", ["scales", "input_ids"], "scale")], "word.scaled")
    graph.constant("places", model.places.weight.detach().numpy()[None])
    graph.constant("start", np.array([0], np.int64))
    graph.constant("axis", np.array([1], np.int64))
    graph.node("Slice", ["places", "start", graph.node("Shape", ["input_ids"], "length", start=1, end=2), "axis"], "place")
    graph.node("Add", ["word.scaled", "place"], "placed")
    return graph.node("LayerNormalization", ["placed", graph.constant("norm", model.norm.weight), graph.constant("norm.bias", model.norm.bias)], "state", axis=-1, epsilon=1e-12)


def _layer(graph: Graph, layer, state: str, name: str) -> str:
    bias = graph.constant(name + "qkv.bias", layer.qkv.bias)
    mixed = graph.node("Attention", [state, _matrix(graph, layer.qkv, name + "qkv"), bias], name + "mixed", domain=CONTRIB, num_heads=HEADS)
    dense = graph.node("MatMul", [mixed, _matrix(graph, layer.out, name + "out")], name + "dense")
    half = _add_and_normalise(graph, dense, state, layer.out, layer.norm_out, name + "half")
    raised = graph.node("MatMul", [half, _matrix(graph, layer.up, name + "up")], name + "raised")
    active = graph.node("BiasGelu", [raised, graph.constant(name + "up.bias", layer.up.bias)], name + "active", domain=CONTRIB)
    lowered = graph.node("MatMul", [active, _matrix(graph, layer.down, name + "down")], name + "lowered")
    return _add_and_normalise(graph, lowered, half, layer.down, layer.norm_down, name + "whole")


def _add_and_normalise(graph: Graph, dense: str, skipped: str, linear, norm, name: str) -> str:
    inputs = [dense, skipped, graph.constant(name + ".norm", norm.weight), graph.constant(name + ".norm.bias", norm.bias), graph.constant(name + ".bias", linear.bias)]
    return graph.node("SkipLayerNormalization", inputs, name, domain=CONTRIB, epsilon=1e-12)


def _matrix(graph: Graph, linear, name: str) -> str:
    return graph.constant(name, linear.weight.detach().numpy().T)
