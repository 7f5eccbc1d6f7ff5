"""Exports torchvision's networks to ONNX, weights random: python3 exportTorchvision.py FOLDER [OPSET...]

Needs torch, torchvision and onnx (Debian: python3-torch, python3-torchvision, python3-onnx).
"""

import os
import sys
import warnings

import torch
from torchvision.models import get_model

SIZES = {
    "squeezenet1_1": 224,
    "resnet50": 224,
    "resnext50_32x4d": 224,
    "densenet201": 224,
    "mobilenet_v2": 224,
    "mobilenet_v3_large": 224,
    "efficientnet_b0": 224,
    "efficientnet_v2_m": 480,
    "shufflenet_v2_x1_0": 224,
    "mnasnet1_0": 224,
    "googlenet": 224,
    "inception_v3": 299,
    "swin_t": 224,
    "vit_b_16": 224,
    "maxvit_t": 224,
    "convnext_base": 224,
    "vgg16": 224,
    "regnet_y_16gf": 224,
    "lraspp_mobilenet_v3_large": 520,
    "fcn_resnet50": 520,
    "deeplabv3_mobilenet_v3_large": 520,
    "ssdlite320_mobilenet_v3_large": 320,
    "ssd300_vgg16": 300,
    "fasterrcnn_resnet50_fpn": 800,
    "maskrcnn_resnet50_fpn": 800,
    "retinanet_resnet50_fpn": 800,
}

# Networks that have weights for a backbone of their own.
PARTS = ("lraspp", "fcn", "deeplab", "ssd", "rcnn", "retinanet")
# Networks that take a list of images.
LISTS = ("ssd", "rcnn", "retinanet")


def export(name, size, opset, file):
    torch.manual_seed(0)
    options = {"weights": None}
    if any(part in name for part in PARTS):
        options["weights_backbone"] = None
    model = get_model(name, **options).eval()
    image = torch.rand(3, size, size)
    inputs = ([image],) if any(part in name for part in LISTS) else (image[None],)
    torch.onnx.export(model, inputs, file, opset_version=opset)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    folder = sys.argv[1]
    opsets = [int(opset) for opset in sys.argv[2:]] or [11, 13, 16]
    os.makedirs(folder, exist_ok=True)
    for name, size in SIZES.items():
        for opset in opsets:
            file = os.path.join(folder, f"{name}-{opset}.onnx")
            if os.path.exists(file):
                continue
            try:
                export(name, size, opset, file)
                print(name, opset, os.path.getsize(file), flush=True)
            except Exception as error:
                if os.path.exists(file):
                    os.remove(file)
                print(name, opset, "not exported:", str(error)[:120], flush=True)
