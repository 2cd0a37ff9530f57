#!/usr/bin/env python3
"""Checks that an ONNX export is valid and that ONNX Runtime gives subtune's probabilities with it.

    python3 -m venv /tmp/onnx && /tmp/onnx/bin/pip install -r tests/onnx/requirements.txt
    subtune export --model MODEL_DIR --format onnx --dtype DTYPE --output ONNX_DIR
    /tmp/onnx/bin/python tests/onnx/check.py MODEL_DIR ONNX_DIR [CSV_FILE [TEXT_COLUMN [PAIR_COLUMN]]]

Runs `subtune predict` (the binary named by SUBTUNE, default target/release/subtune) with MODEL_DIR and ONNX Runtime with
ONNX_DIR on the same texts, 500 at most, in batches of mixed lengths. Exits with 1 unless every probability is within 1e-4
(float32) or 2e-3 (float16), or 99 of 100 labels are the same (q8; of several labels a text, all of at least one half). The values of a regression are compared in units of
their spread; those of q8 may differ by a tenth of it, as a root mean square.
"""
import csv, json, os, pathlib, subprocess, sys, tempfile
import numpy, onnx, onnxruntime
from tokenizers import Tokenizer

TOLERANCES = {"model": 1e-4, "model_fp16": 2e-3, "model_quantized": None}
MOST = 500
TEXTS = [
    "WINNER! Claim your prize now, call 09061701461", "see you at seven then", "Café naïve — İstanbul", "今天天气很好",
    "a [MASK] inside", "x" * 300, " ".join(f"word{i}" for i in range(300)), "ok",
]


def rows_of(data, text, pair):
    delimiter = "\t" if data.endswith(".tsv") else ","
    with open(data, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))[:MOST]
    return [{"text": row[text], **({"pair": row[pair]} if pair else {})} for row in rows]


def answers(model, rows, pair):
    """What subtune says: an array of probabilities, or of values."""
    binary = os.environ.get("SUBTUNE", "target/release/subtune")
    with tempfile.TemporaryDirectory() as place:
        given, found = f"{place}/texts.jsonl", f"{place}/answers.jsonl"
        with open(given, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        command = [binary, "predict", "--model", model, "--file", given, "--output", found, "--probabilities"]
        command += ["--text-column", "text", *(["--pair-column", "pair"] if pair else [])]
        subprocess.run(command, check=True, capture_output=True)
        with open(found, encoding="utf-8") as file:
            found = [json.loads(line) for line in file]
    assert len(found) == len(rows)
    if "value" in found[0]:
        return numpy.array([[row["value"]] for row in found])
    return numpy.array([[one["probability"] for one in row["probabilities"]] for row in found])


def logits(folder, file, rows):
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(settings["model_max_length"])
    tokenizer.enable_padding(pad_id=tokenizer.token_to_id("[PAD]"))
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    found = []
    for start in range(0, len(rows), 32):
        batch = [(row["text"], row["pair"]) if "pair" in row else row["text"] for row in rows[start:start + 32]]
        encoded = tokenizer.encode_batch(batch)
        inputs = {
            "input_ids": [one.ids for one in encoded],
            "attention_mask": [one.attention_mask for one in encoded],
            "token_type_ids": [one.type_ids for one in encoded],
        }
        found.append(session.run(["logits"], {name: numpy.array(ids, numpy.int64) for name, ids in inputs.items()})[0])
    return numpy.concatenate(found)


def main(model, exported, data=None, text="text", pair=None):
    folder = pathlib.Path(exported)
    [file] = (folder / "onnx").glob("*.onnx")
    onnx.checker.check_model(str(file), full_check=True)
    tolerance = TOLERANCES[file.stem]
    rows = rows_of(data, text, pair) if data else [{"text": one} for one in TEXTS]
    expected, found = answers(model, rows, pair), logits(folder, file, rows)
    if found.shape[1] == 1:
        differences = numpy.abs(found - expected) / expected.std()
        largest, typical = differences.max(), numpy.sqrt((differences**2).mean())
        print(f"{file.name}: {len(rows)} texts, differences in units of the spread: {largest:.2e} at most, {typical:.2e} typical")
        return largest <= tolerance if tolerance else typical <= 0.1
    has_several = json.loads((folder / "config.json").read_text()).get("problem_type") == "multi_label_classification"
    if has_several:
        found = 1 / (1 + numpy.exp(-found))
        same = ((found >= 0.5) == (expected >= 0.5)).all(-1).mean()
    else:
        powers = numpy.exp(found - found.max(-1, keepdims=True))
        found = powers / powers.sum(-1, keepdims=True)
        same = (found.argmax(-1) == expected.argmax(-1)).mean()
    difference = numpy.abs(found - expected).max()
    print(f"{file.name}: {len(rows)} texts, {same:.1%} with the same label, largest difference {difference:.2e}")
    return difference <= tolerance if tolerance else same >= 0.99


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
