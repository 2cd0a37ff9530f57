#!/usr/bin/env python3
"""Self-training with 8 labelled texts a class and 1000 without a label: accuracy without it and with it.

    python benches/self_training/run.py SUBTUNE FOLDER [--sets trec,sst2] [--seeds 1,2,3] [--method probe]

SUBTUNE is the program. FOLDER has a folder for each data set, as `benches/quality/data.py` makes them: labelled texts in
`train-8pc-sN.csv`, training texts whose labels are hidden in `train-1000-sN.csv` and, where these are fewer than 1000, in
`train-64pc-sN.csv`, and `test.csv`, which chooses nothing. It prints a line for each run and a table in Markdown.
Without `--method`, the whole recipe runs: the first model, fine-tuning and its cross-validation.
"""

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean

UNLABELLED = 1000


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def texts_of(row):
    return tuple(value for name, value in row.items() if name != "label")


def training_file(folder, seed, path):
    """Writes the labelled rows, and below them the others with an empty label."""
    labelled = rows(folder / f"train-8pc-s{seed}.csv")
    seen = {texts_of(row) for row in labelled}
    others = []
    for name in [f"train-1000-s{seed}.csv", f"train-64pc-s{seed}.csv"]:
        more = [row for row in rows(folder / name) if texts_of(row) not in seen]
        random.Random(seed).shuffle(more)
        seen.update(map(texts_of, more))
        others += [{**row, "label": ""} for row in more]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, labelled[0].keys())
        writer.writeheader()
        writer.writerows(labelled + others[:UNLABELLED])
    return "pair" in labelled[0]


def train(program, file, test, is_pair, out, more):
    columns = ["--text-column", "text", "--label-column", "label"] + (["--pair-column", "pair"] if is_pair else [])
    command = [program, "train", "--train-file", file, "--test-file", test, "--output-dir", out, "--overwrite-output-dir"]
    command += ["--device", "cpu", "--log-format", "json", *columns, *more]
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    probe = next(event for event in events if event["type"] == "probe")
    test = next(event for event in events if event["type"] == "evaluation" and event["part"] == "test")
    return test["accuracy"], probe["self_trained"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", default="trec,sst2,banking77,sms_spam,scitail")
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--method")
    flags = parser.parse_args()
    more = ["--method", flags.method] if flags.method else []
    table = []
    for name in flags.sets.split(","):
        runs = []
        for seed in map(int, flags.seeds.split(",")):
            with tempfile.TemporaryDirectory() as place:
                file = Path(place, "train.csv")
                is_pair = training_file(flags.folder / name, seed, file)
                test, out = flags.folder / name / "test.csv", Path(place, "out")
                (without, _), (accuracy, told) = (
                    train(flags.program, file, test, is_pair, out, [*more, "--seed", seed, "--self-training", choice])
                    for choice in ("off", "auto")
                )
            runs.append((without, accuracy, told))
            print(f"{name} seed {seed}: {without:.4f} without, {accuracy:.4f} with; {json.dumps(told)}", file=sys.stderr, flush=True)
        without, accuracy = (100 * mean(run[place] for run in runs) for place in (0, 1))
        chosen = sum(run[2]["used"] for run in runs)
        taught = mean(run[2]["taught"] for run in runs)
        table.append(f"| {name} | {without:.1f} % | {accuracy:.1f} % | {chosen} of {len(runs)} | {taught:.0f} |")
        print(table[-1], file=sys.stderr, flush=True)
    print("| texts | without | with | chosen | taught |\n|---|---:|---:|---:|---:|")
    print("\n".join(table))


if __name__ == "__main__":
    main()
