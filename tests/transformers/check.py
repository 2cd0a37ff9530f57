#!/usr/bin/env python3
"""Checks that an exported model loads in Python transformers and gives the same probabilities.

    python3 -m venv /tmp/transformers && /tmp/transformers/bin/pip install -r tests/transformers/requirements.txt
    /tmp/transformers/bin/python tests/transformers/check.py MODEL_DIR [DATA_FILE]

Runs `subtune predict --log-format json` (the binary named by SUBTUNE, default target/release/subtune) and
transformers on the same texts and compares every probability. Exits with 1 where one differs by more than 1e-4:
float32 arithmetic in another order, through softmax.
"""
import json, os, subprocess, sys
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

TOLERANCE = 1e-4
TEXTS = [
    "WINNER! Claim your prize now, call 09061701461", "see you at seven then", "Café naïve — İstanbul", "今天天气很好",
    "a [MASK] inside", "x" * 300, " ".join(f"word{i}" for i in range(300)), "ok",
]


def main(folder, data=None):
    command = [os.environ.get("SUBTUNE", "target/release/subtune"), "predict", "--model", folder, "--log-format", "json"]
    command += ["--file", data] if data else TEXTS
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    found = [json.loads(line) for line in lines]
    assert data or len(found) == len(TEXTS)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    worst, same = 0.0, 0
    for start in range(0, len(found), 32):
        rows = found[start:start + 32]
        texts = [row["text"] for row in rows]
        pairs = [row["pair"] for row in rows]
        pairs = None if all(pair is None for pair in pairs) else [pair or "" for pair in pairs]
        batch = tokenizer(texts, pairs, truncation="longest_first", max_length=128, padding=True, return_tensors="pt")
        with torch.no_grad():
            logits = model(**batch).logits
        if "value" in rows[0]:
            worst = max(worst, max(abs(row["value"] - float(one)) for row, one in zip(rows, logits[:, 0])))
            continue
        for row, expected in zip(rows, logits.softmax(-1).tolist()):
            names = [model.config.id2label[i] for i in range(len(expected))]
            assert list(row["probabilities"]) == names, (list(row["probabilities"]), names)
            worst = max(worst, max(abs(row["probabilities"][n] - p) for n, p in zip(names, expected)))
            same += row["label"] == names[expected.index(max(expected))]
    print(f"{len(found)} texts, {same} with the same label, largest difference {worst:.2e}")
    return worst <= TOLERANCE


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
