"""Quantises an ONNX file as onnxruntime's own tool does (QDQ, uint8 activations, int8 weights), on random input.

    pip install onnx onnxruntime
    csp-profile export resnet18 --to onnx -o resnet18.onnx
    python quantise.py resnet18.onnx resnet18-qdq.onnx
"""

import sys

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

SAMPLES = 4


class RandomInput(CalibrationDataReader):
    def __init__(self, path):
        graph = onnx.load(path, load_external_data=False).graph
        stored = {tensor.name for tensor in graph.initializer}
        self.inputs = [port for port in graph.input if port.name not in stored]
        self.left = SAMPLES
        self.random = np.random.default_rng(1)

    def get_next(self):
        if self.left == 0:
            return None
        self.left -= 1
        return {
            port.name: self.random.random(
                [dim.dim_value for dim in port.type.tensor_type.shape.dim], dtype=np.float32
            )
            for port in self.inputs
        }


source, target = sys.argv[1:3]
quantize_static(
    source,
    target,
    RandomInput(source),
    quant_format=QuantFormat.QDQ,
    activation_type=QuantType.QUInt8,
    weight_type=QuantType.QInt8,
    per_channel=len(sys.argv) > 3 and sys.argv[3] == "per-channel",
)
