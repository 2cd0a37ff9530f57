"""Labels 5,000 messages with `subtune predict` and with ONNX Runtime, by turns in one run.

    python benches/predict/compare.py target/release/subtune [rounds]

Needs onnxruntime, tokenizers and numpy. The model is the bundled one with a classifier that was trained for two steps, which
computes as any other does; `subtune export --format onnx` makes the graph. Both compute in float32 on two threads, from a file of
texts to a label and a probability for each. ONNX Runtime gets its batches as it likes them best: of 32 texts, sorted by length,
padded to the longest of the batch; loading its model and its libraries is not counted, while that of subtune is. Prints seconds,
and the seconds of all threads together (`CPU`), which other work on the machine disturbs less.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

TEXTS, BATCH, THREADS, LENGTH = 5000, 32, 2, 128
ROOT = Path(__file__).parents[2]


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class Onnx:
    def __init__(self, folder):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        self.session = onnxruntime.InferenceSession(
            str(folder / "onnx/model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.names = [one.name for one in self.session.get_inputs()]
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(LENGTH)
        self.tokenizer.no_padding()

    def predict(self, file):
        with open(file, newline="") as lines:
            texts = [row[0] for row in csv.reader(lines)][1:]
        encoded = self.tokenizer.encode_batch(texts)
        order = sorted(range(len(texts)), key=lambda at: len(encoded[at].ids))
        probabilities = [None] * len(texts)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            longest = max(len(encoded[at].ids) for at in rows)
            ids = np.zeros((len(rows), longest), np.int64)
            mask = np.zeros_like(ids)
            for row, at in enumerate(rows):
                ids[row, : len(encoded[at].ids)] = encoded[at].ids
                mask[row, : len(encoded[at].ids)] = 1
            inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            (logits,) = self.session.run(["logits"], {name: inputs[name] for name in self.names})
            for at, row in zip(rows, softmax(logits)):
                probabilities[at] = float(row.max())
        return probabilities


def timed(work):
    before = [sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    began = time.perf_counter()
    answer = work()
    seconds = time.perf_counter() - began
    after = [sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return answer, seconds, sum(after) - sum(before)


def main():
    program = str(Path(sys.argv[1]).resolve())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    place = Path(tempfile.mkdtemp())
    sample = ROOT / "samples/sms_spam.csv"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True, "cwd": place}
    train = "train --device cpu --recipe plain --max-steps 2 --max-train-samples 64 --output-dir model --train-file"
    subprocess.run([program, *train.split(), sample], **quiet)
    subprocess.run([program, *"export --model model --format onnx --output graph".split()], **quiet)
    with open(sample, newline="") as lines, open(place / "texts.csv", "w", newline="") as file:
        rows = list(csv.DictReader(lines))[:TEXTS]
        csv.writer(file).writerows([["text"], *([row["text"]] for row in rows)])
    onnx = Onnx(place / "graph")
    command = [program, *"predict --device cpu --model model --file texts.csv --output labelled.csv --overwrite".split()]
    environment = {**os.environ, "RAYON_NUM_THREADS": str(THREADS)}
    found = {"subtune": [], "ONNX Runtime": []}
    for number in range(rounds):
        _, seconds, cpu = timed(lambda: subprocess.run(command, env=environment, **quiet))
        found["subtune"].append((seconds, cpu))
        expected, seconds, cpu = timed(lambda: onnx.predict(place / "texts.csv"))
        found["ONNX Runtime"].append((seconds, cpu))
        with open(place / "labelled.csv", newline="") as lines:
            ours = [float(row["probability"]) for row in csv.DictReader(lines)]
        apart = max(abs(one - other) for one, other in zip(ours, expected, strict=True))
        assert apart < 1e-4, f"probabilities are {apart} apart"
        ratios = [one / other for one, other in zip(found["subtune"][-1], found["ONNX Runtime"][-1])]
        print(f"round {number + 1}: ratio {ratios[0]:.2f}, of CPU {ratios[1]:.2f}; probabilities at most {apart:.1e} apart", flush=True)
    medians = {name: [median(column) for column in zip(*times)] for name, times in found.items()}
    for name, (seconds, cpu) in medians.items():
        print(f"{name}: {seconds:.1f} s, CPU {cpu:.1f} s")
    ours, theirs = medians["subtune"], medians["ONNX Runtime"]
    print(json.dumps({"ratio": round(ours[0] / theirs[0], 3), "cpu_ratio": round(ours[1] / theirs[1], 3)}))


main()
