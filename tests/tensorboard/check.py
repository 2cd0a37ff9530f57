#!/usr/bin/env python3
"""Checks that TensorBoard reads the event files of a run, and that its curves are the run's.

    python3 -m venv /tmp/tb && /tmp/tb/bin/pip install tensorboard
    subtune train ... --log-dir LOG_DIR --log-format json > EVENTS
    /tmp/tb/bin/python tests/tensorboard/check.py LOG_DIR EVENTS...

EVENTS are the lines of a run, and of those that resumed it. Exits with 1 unless each curve has the values of the lines.
"""
import json, pathlib, struct, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

PARTS = {"validation": "eval", "test": "test", "cross_validation": "cross_validation"}
NAMES = {"accuracy": "accuracy", "f1": "macro_f1", "loss": "loss", "spearman": "spearman", "mse": "mean_squared_error"}


def expected(events):
    """The values of each curve by step, as float32."""
    curves, single = {}, lambda value: struct.unpack("f", struct.pack("f", value))[0]
    for event in events:
        if event["type"] == "step":
            for name in ["loss", "learning_rate", "grad_norm", "epoch"]:
                curves.setdefault(f"train/{name}", {})[event["step"]] = single(event[name])
        if event["type"] == "evaluation":
            for name, key in NAMES.items():
                if event.get(key) is not None:
                    curves.setdefault(f"{PARTS[event['part']]}/{name}", {})[event["step"]] = single(event[key])
    return curves


def main(log_dir, *files):
    # a resumed run repeats what came after its checkpoint
    lines = [line for file in files for line in pathlib.Path(file).read_text().splitlines()]
    events = EventAccumulator(log_dir, size_guidance={"scalars": 0})
    events.Reload()
    found = {tag: {one.step: one.value for one in events.Scalars(tag)} for tag in events.Tags()["scalars"]}
    curves = expected(map(json.loads, lines))
    wrong = {tag for tag in curves if found.get(tag) != curves[tag]}
    print(f"{len(found)} curves, {len(curves) - len(wrong)} of {len(curves)} that are compared have the run's values; others: {sorted(wrong)}")
    return curves and not wrong


sys.exit(0 if main(*sys.argv[1:]) else 1)
