#!/usr/bin/env python3
"""Checks the ONNX export of every family of encoders against transformers in float64 (tests/encoders), with ONNX Runtime.

    python3 -m venv /tmp/onnx && /tmp/onnx/bin/pip install -r tests/onnx/requirements.txt
    cargo build --release --locked && /tmp/onnx/bin/python tests/onnx/encoders.py

Exports each folder of tests/encoders in float32, float16 and q8 with the binary named by SUBTUNE. Exits with 1 unless the
files are valid and every probability is within 1e-4 (float32) or 2e-3 (float16) of that of transformers; q8 is shown
only, because weights that are random say nothing of those that were trained.
"""
import json, os, pathlib, shutil, subprocess, sys, tempfile
import numpy, onnx, onnxruntime

TOKENIZER = {
    "model": {
        "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
        "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3},
    },
}
TOLERANCES = {"float32": 1e-4, "float16": 2e-3, "q8": None}


def probabilities(logits):
    powers = numpy.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def difference(folder, dtype, place):
    binary = os.environ.get("SUBTUNE", "target/release/subtune")
    # the folders hold no tokenizer, because their texts are ids
    model, output = pathlib.Path(place, "model"), pathlib.Path(place, "onnx")
    shutil.copytree(folder, model)
    (model / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    command = [binary, "export", "--model", model, "--format", "onnx", "--dtype", dtype, "--output", output]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    [file] = output.glob("onnx/*.onnx")
    onnx.checker.check_model(str(file), full_check=True)
    expected = json.loads((folder / "expected.json").read_text())
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    inputs = {one.name: numpy.array(expected[one.name], numpy.int64) for one in session.get_inputs()}
    [found] = session.run(["logits"], inputs)
    return numpy.abs(probabilities(found) - probabilities(numpy.array(expected["logits"]))).max()


def main():
    passed = True
    for folder in sorted(path for path in pathlib.Path("tests/encoders").iterdir() if path.is_dir()):
        for dtype, tolerance in TOLERANCES.items():
            with tempfile.TemporaryDirectory() as place:
                found = difference(folder, dtype, place)
            passed &= tolerance is None or found <= tolerance
            print(f"{folder.name:16} {dtype:8} largest difference {found:.1e}")
    return passed


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
