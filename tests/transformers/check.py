#!/usr/bin/env python3
"""Checks that an exported model loads in Python transformers and gives the same probabilities.

    python3 -m venv /tmp/transformers && /tmp/transformers/bin/pip install -r tests/transformers/requirements.txt
    /tmp/transformers/bin/python tests/transformers/check.py MODEL_DIR [CSV_FILE [TEXT_COLUMN [PAIR_COLUMN]]]

Runs `subtune predict` (the binary named by SUBTUNE, default target/release/subtune) and transformers on the same texts
and compares every probability. Weights in float16 are computed with in float32 on both sides. Exits with 1 where one differs by more than 1e-4:
float32 arithmetic in another order, through softmax or sigmoid. A model of several labels a text must give the same labels too, and
one that reads long texts in windows (`--long windows`) the mean of their logits.
"""
import csv, json, os, subprocess, sys, tempfile
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

TOLERANCE = 1e-4
MOST_WINDOWS = 16
TEXTS = [
    "WINNER! Claim your prize now, call 09061701461", "see you at seven then", "Café naïve — İstanbul", "今天天气很好",
    "a [MASK] inside", "x" * 300, " ".join(f"word{i}" for i in range(300)), "ok",
]


def rows_of(data, text, pair):
    with open(data, encoding="utf-8", newline="") as file:
        return [{"text": row[text], **({"pair": row[pair]} if pair else {})} for row in csv.DictReader(file)]


def main(folder, data=None, text="text", pair=None):
    rows = rows_of(data, text, pair) if data else [{"text": one} for one in TEXTS]
    binary = os.environ.get("SUBTUNE", "target/release/subtune")
    with tempfile.TemporaryDirectory() as place:
        given, answers = f"{place}/texts.jsonl", f"{place}/answers.jsonl"
        with open(given, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        command = [binary, "predict", "--model", folder, "--file", given, "--output", answers, "--probabilities"]
        command += ["--text-column", "text", *(["--pair-column", "pair"] if pair else [])]
        subprocess.run(command, check=True, capture_output=True)
        with open(answers, encoding="utf-8") as file:
            found = [json.loads(line) for line in file]
    assert len(found) == len(rows)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    trained = json.load(open(f"{folder}/config.json")).get("subtune", {})
    max_length = trained.get("max_length", 128)
    has_several = model.config.problem_type == "multi_label_classification"
    thresholds = trained.get("thresholds") or [0.5] * model.config.num_labels
    worst, same = 0.0, 0
    for start in range(0, len(found), 32):
        batch = found[start:start + 32]
        pairs = [row["pair"] for row in batch] if pair else None
        options = {"truncation": "longest_first", "max_length": max_length, "padding": True, "return_tensors": "pt"}
        if trained.get("long") == "windows":
            assert not pair, "transformers has no windows that move on together"
            options |= {"stride": (max_length - tokenizer.num_special_tokens_to_add()) // 4, "return_overflowing_tokens": True}
        inputs = tokenizer([row["text"] for row in batch], pairs, **options)
        texts = inputs.pop("overflow_to_sample_mapping", torch.arange(len(batch)))
        with torch.no_grad():
            logits = model(**inputs).logits
            logits = torch.stack([logits[texts == text][:MOST_WINDOWS].mean(0) for text in range(len(batch))])
        if "value" in batch[0]:
            worst = max(worst, max(abs(row["value"] - float(one)) for row, one in zip(batch, logits[:, 0])))
            continue
        for row, expected in zip(batch, (logits.sigmoid() if has_several else logits.softmax(-1)).tolist()):
            names = [model.config.id2label[i] for i in range(len(expected))]
            said = {one["label"]: one["probability"] for one in row["probabilities"]}
            assert list(said) == names, (list(said), names)
            worst = max(worst, max(abs(said[name] - p) for name, p in zip(names, expected)))
            if has_several:
                labels = [name for name, p, threshold in zip(names, expected, thresholds) if p >= threshold]
                near = any(abs(p - threshold) <= TOLERANCE for p, threshold in zip(expected, thresholds))
                assert row["labels"] == labels or near, (row, expected, thresholds)
                same += row["labels"] == labels
            else:
                same += row["label"] == names[expected.index(max(expected))]
    print(f"{len(found)} texts, {same} with the same label, largest difference {worst:.2e}")
    return worst <= TOLERANCE


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
