"""A tiny random BERT with the bundled tokenizer, a little labelled text, and runs on them, for scripts that disturb
runs from outside. Needs only Python."""

import hashlib
import json
import math
import os
import random
import shutil
import struct
from array import array
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("SUBTUNE", ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "subtune"))
HIDDEN, INNER, LAYERS = 32, 64, 1


def model(folder):
    folder.mkdir(parents=True)
    bundled = ROOT / "models" / "minilm"
    shutil.copy(bundled / "tokenizer.json", folder)
    config = json.loads((bundled / "config.json").read_text())
    config |= {"hidden_size": HIDDEN, "intermediate_size": INNER, "num_hidden_layers": LAYERS, "num_attention_heads": 2}
    (folder / "config.json").write_text(json.dumps(config))

    shapes = {
        "embeddings.word_embeddings.weight": [config["vocab_size"], HIDDEN],
        "embeddings.position_embeddings.weight": [config["max_position_embeddings"], HIDDEN],
        "embeddings.token_type_embeddings.weight": [config["type_vocab_size"], HIDDEN],
        "pooler.dense.weight": [HIDDEN, HIDDEN],
        "pooler.dense.bias": [HIDDEN],
        "embeddings.LayerNorm.weight": [HIDDEN],
        "embeddings.LayerNorm.bias": [HIDDEN],
    }
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        linear = {f"attention.self.{part}": (HIDDEN, HIDDEN) for part in ["query", "key", "value"]}
        linear |= {"attention.output.dense": (HIDDEN, HIDDEN), "intermediate.dense": (INNER, HIDDEN)}
        linear |= {"output.dense": (HIDDEN, INNER)}
        for name, shape in linear.items():
            shapes[f"{prefix}.{name}.weight"] = list(shape)
            shapes[f"{prefix}.{name}.bias"] = [shape[0]]
        for name in ["attention.output", "output"]:
            shapes[f"{prefix}.{name}.LayerNorm.weight"] = [HIDDEN]
            shapes[f"{prefix}.{name}.LayerNorm.bias"] = [HIDDEN]

    header, data, generator = {}, bytearray(), random.Random(1)
    for name, shape in shapes.items():
        entries = math.prod(shape)
        if name.endswith("LayerNorm.weight"):
            values = array("f", [1.0] * entries)
        elif name.endswith("bias"):
            values = array("f", [0.0] * entries)
        else:
            values = array("f", [generator.gauss(0, 0.05) for _ in range(entries)])
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * entries]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


def examples(path, count, words=None):
    """So many texts of 3 to 12 words, or of just as many as are given."""
    known = "good fine nice kind warm bad poor ugly cold rude the a this that was is very so film book meal day".split()
    generator = random.Random(2)
    rows = ["text,label"]
    for i in range(count):
        text = " ".join(generator.choices(known, k=words or generator.randint(3, 12)))
        rows.append(f"{text} {i},{'yes' if i % 2 else 'no'}")
    path.write_text("\n".join(rows) + "\n")


def arguments(folder, steps, *more, device="cpu", length=16, recipe="plain"):
    """A run of `steps` steps with the model and the data in `folder`, which logs JSON."""
    fixed = f"--model {folder}/model --train-file {folder}/data.csv --max-length {length} --max-steps {steps} --recipe {recipe}"
    return [str(BINARY), "train", *fixed.split(), "--device", device, "--log-format", "json", *map(str, more)]


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def broken_checkpoints(output):
    """Those that are there under their names and are not what their commit record says."""
    broken = []
    for folder in (output / "checkpoints").glob("[cs]*-*"):
        try:
            files = json.loads((folder / "commit.json").read_text())["files"]
            whole = all(sha256(folder / name) == record["sha256"] for name, record in files.items())
        except (OSError, ValueError, KeyError):
            whole = False
        if not whole:
            broken.append(folder.name)
    return broken
