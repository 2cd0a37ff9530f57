#!/usr/bin/env python3
"""Fine-tunes the bundled model in PyTorch with the methods of the paper, as a reference for `subtune compare`.

    python3 -m venv /tmp/transformers && /tmp/transformers/bin/pip install -r tests/transformers/requirements.txt
    /tmp/transformers/bin/python tests/pytorch/compare.py cola data/cola/train.tsv data/cola/dev.tsv OUT.jsonl
    /tmp/transformers/bin/python tests/pytorch/compare.py cola --against OUT.jsonl runs/compare-cola/runs.jsonl

The first form trains (CPU, float32), writes a line of OUT.jsonl for each run, and continues if it was interrupted. The
second compares the runs with those of `subtune compare`, seed by seed.

Everything is the same as in `subtune compare --train-size 1000 --validation-split 0 --test-file dev.tsv`: the 1000 examples
of a seed, their order and batches, the tokens, the start of pooler and classifier, the columns that dps-mix drops, every
setting (3 passes, batches of 16, peak rate 1e-4, warm-up over a tenth, decay 0.01, gradient norm 1, no dropout), and the
last model is scored. Only rounding differs. The methods are those of tests/oracle/dps_oracle.py, whose docstring is
the specification; model, AdamW and clipping are those of transformers and PyTorch.
"""
import argparse, csv, json, math, os, sys, time
import numpy as np
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
sys.path.insert(0, os.path.join(ROOT, "tests/oracle"))
from dps_oracle import EPSILON, keep_mask, lr_at

MODEL = os.path.join(ROOT, "models/minilm")
METHODS = ["full", "dps-dense", "dps-mix"]
#        lines of the head, column of the label, columns of the texts, metric
TASKS = {"mrpc": (1, 0, [3, 4], "accuracy"), "cola": (0, 1, [3], "matthews_correlation")}
TRAIN_SIZE, EPOCHS, BATCH, PEAK, FROZEN, RATIO, MAX_LENGTH = 1000, 3, 16, 1e-4, 0.3, 0.05, 128


def philox(seed, counters):
    """subtune's random numbers (src/random.rs), Philox4x32-10: four 32-bit words for each row of `counters` `[n, 4]`."""
    low = np.uint64(0xFFFFFFFF)
    c = [np.asarray(column, dtype=np.uint64) for column in counters.T]
    k = [np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)]
    for turn in range(10):
        if turn:
            k = [(k[0] + np.uint64(0x9E3779B9)) & low, (k[1] + np.uint64(0xBB67AE85)) & low]
        a, b = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(b >> np.uint64(32)) ^ c[1] ^ k[0], b & low, (a >> np.uint64(32)) ^ c[3] ^ k[1], a & low]
    return np.stack(c, 1)


INITIALISATION, SHUFFLE, COLUMN_NOISE, SUBSAMPLE = 1, 3, 4, 6


class Random:
    """The draws of one stream in order."""

    def __init__(self, seed, stream, index=0):
        self.seed, self.stream, self.index, self.used, self.words = seed, stream, index, 0, []

    def draw(self, count):
        """The next words, in whole groups of four."""
        counters = np.zeros((-(-count // 4), 4), dtype=np.uint64)
        counters[:, 0] = np.arange(self.used, self.used + len(counters))
        counters[:, 1], counters[:, 2] = self.stream, self.index
        self.used += len(counters)
        return philox(self.seed, counters).ravel()

    def word(self):
        if not self.words:
            self.words = self.draw(4096).tolist()[::-1]
        return self.words.pop()

    def normal(self, count):
        """Standard normal numbers (Box and Muller)."""
        units = (self.draw(2 * count)[: 2 * count] >> np.uint64(8)).astype(np.float64).reshape(-1, 2) / 2**24
        return (np.sqrt(-2 * np.log(1 - units[:, 0])) * np.cos(2 * np.pi * units[:, 1])).astype(np.float32)

    def below(self, bound):
        while True:
            product = self.word() * bound
            if product % 2**32 >= 2**32 % bound:
                return product >> 32

    def shuffle(self, items):
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]


def subsample(count, seed):
    """src/text/split.rs: the rows of a random part, in the order of the file."""
    order = list(range(count))
    Random(seed, SUBSAMPLE).shuffle(order)
    return sorted(order[:TRAIN_SIZE])


def batches(lengths, epoch, seed):
    """src/text/batch.rs: batches of similar length in a random order, a smaller one last."""
    random, order = Random(seed, SHUFFLE, epoch), list(range(len(lengths)))
    random.shuffle(order)
    size = BATCH * min(max(len(order) // BATCH // 4, 1), 50)
    order = [row for start in range(0, len(order), size) for row in sorted(order[start:start + size], key=lambda row: -lengths[row])]
    full = len(order) // BATCH * BATCH
    groups = [order[start:start + BATCH] for start in range(0, full, BATCH)]
    random.shuffle(groups)
    return groups + ([order[full:]] if full < len(order) else [])


def read(path, task, tokenizer):
    head, label, texts, _ = TASKS[task]
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[head:]
    encode = lambda row: tokenizer(*[row[column] for column in texts], truncation="longest_first", max_length=MAX_LENGTH)
    return [(encode(row), int(row[label])) for row in rows]


def collate(examples, tokenizer):
    batch = tokenizer.pad([encoding for encoding, _ in examples], return_tensors="pt")
    return batch, torch.tensor([label for _, label in examples])


def fresh_model(seed):
    config = BertConfig.from_pretrained(MODEL, num_labels=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model = BertForSequenceClassification(config)
    weights = load_file(f"{MODEL}/model.safetensors")
    kept = {f"bert.{name}": weight for name, weight in weights.items() if "pooler" not in name and "position_ids" not in name}
    lacking = model.load_state_dict(kept, strict=False).missing_keys
    assert all("pooler" in name or name.startswith("classifier") or "position_ids" in name for name in lacking), lacking
    for index, linear in enumerate([model.bert.pooler.dense, model.classifier]):
        outputs, inputs = linear.weight.shape
        drawn = Random(seed, INITIALISATION, index).normal(inputs * outputs) * np.float32(config.initializer_range)
        linear.weight.data.copy_(torch.from_numpy(drawn.reshape(inputs, outputs).T))
        torch.nn.init.zeros_(linear.bias)
    return model


class Dps:
    """The methods, as dps_oracle.py has them, around a gradient step: `before` the forward pass and `after` the backward one."""

    def __init__(self, method, model, steps, seed):
        self.method, self.stage_steps, self.seed = method, max(1, int(steps * RATIO)), seed
        self.place = {name: place for place, (name, _) in enumerate(model.named_parameters())}
        self.covered = {} if method == "full" else {
            name + ".weight": module.weight for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)}
        self.pretrained = {name: weight.detach().clone() for name, weight in self.covered.items()}
        self.statistic, self.count, self.mask, self.target = {}, {}, {}, {}

    def columns(self, name, step, count):
        """Which columns of a matrix dps-mix keeps in a step of stage I, `[1, count]` (src/dps/noise.rs)."""
        counters = np.zeros((-(-count // 4), 4), dtype=np.uint64)
        counters[:, 0] = np.arange(len(counters))
        counters[:, 1], counters[:, 2], counters[:, 3] = COLUMN_NOISE, step, self.place[name]
        units = philox(self.seed, counters).ravel()[:count] >> np.uint64(8)
        return torch.from_numpy((units < round((1 - FROZEN) * 2**24)).astype(np.float32))[None]

    @torch.no_grad()
    def before(self, step):
        self.first, self.stage1 = (step - 1) % self.stage_steps == 0, math.ceil(step / self.stage_steps) % 2 == 1
        self.keep, self.trained = {}, {}
        for name, weight in self.covered.items():
            if not self.stage1 and self.first:
                score = self.statistic[name]
                if self.method == "dps-mix":
                    count = self.count[name].clamp(min=1)
                    score = score / count * (torch.exp(-count / self.stage_steps) if self.stage_steps >= 50 else 1.0)
                    self.target[name] = weight.clone()
                self.mask[name] = keep_mask(score, FROZEN).float()
            if self.method == "dps-mix":
                column = self.columns(name, step, weight.shape[1]) if self.stage1 else None
                keep = column.expand_as(weight) if self.stage1 else self.mask[name]
                anchor = self.pretrained[name] if self.stage1 else self.target[name]
                self.keep[name], self.trained[name] = keep, weight.detach().clone()
                weight.copy_(((1 - keep) * anchor + keep * weight - FROZEN * anchor) / (1 - FROZEN))
            elif not self.stage1:
                self.keep[name] = self.mask[name]

    @torch.no_grad()
    def after(self):
        for name, weight in self.covered.items():
            if name in self.trained:
                weight.copy_(self.trained[name])
            keep = self.keep.get(name)
            if self.stage1:
                add = weight.grad.square() / EPSILON * (1.0 if keep is None else keep)
                self.statistic[name] = add if self.first else self.statistic[name] + add
                if keep is not None:
                    self.count[name] = keep.clone() if self.first else self.count[name] + keep
            if keep is not None:
                weight.grad.mul_(keep)


def train(method, seed, examples, tokenizer):
    rows = [examples[row] for row in subsample(len(examples), seed)]
    lengths = [len(encoding["input_ids"]) for encoding, _ in rows]
    order = [batch for epoch in range(EPOCHS) for batch in batches(lengths, epoch, seed)]
    model = fresh_model(seed).train()
    decayed = lambda name: not (name.endswith("bias") or "LayerNorm" in name)
    groups = [dict(params=[weight for name, weight in model.named_parameters() if decayed(name) == decay],
                   weight_decay=0.01 if decay else 0.0) for decay in (True, False)]
    optimizer = torch.optim.AdamW(groups, lr=PEAK, betas=(0.9, 0.999), eps=1e-8)
    dps, steps = Dps(method, model, len(order), seed), len(order)
    started = time.monotonic()
    for step, batch in enumerate(order, 1):
        inputs, labels = collate([rows[row] for row in batch], tokenizer)
        dps.before(step)
        optimizer.zero_grad()
        model(**inputs, labels=labels).loss.backward()
        dps.after()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = lr_at(step, PEAK, math.ceil(0.1 * steps), steps)
        optimizer.step()
    return model.eval(), (time.monotonic() - started) / steps, steps


@torch.no_grad()
def scores(model, examples, tokenizer):
    order = sorted(range(len(examples)), key=lambda row: len(examples[row][0]["input_ids"]))
    table = [[0, 0], [0, 0]]
    for start in range(0, len(order), 32):
        inputs, labels = collate([examples[row] for row in order[start:start + 32]], tokenizer)
        for label, predicted in zip(labels.tolist(), model(**inputs).logits.argmax(-1).tolist()):
            table[label][predicted] += 1
    (tn, fp), (fn, tp) = table
    root = math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return dict(accuracy=(tn + tp) / len(examples), matthews_correlation=(tp * tn - fp * fn) / root if root else 0.0)


def run_all(task, train_file, test_file, out, seeds):
    tokenizer = BertTokenizerFast.from_pretrained(MODEL)
    tokenizer.backend_tokenizer.no_padding()
    examples, held_out = read(train_file, task, tokenizer), read(test_file, task, tokenizer)
    done = [json.loads(line) for line in open(out)] if os.path.exists(out) else []
    for seed in range(1, seeds + 1):
        for method in METHODS:
            if any((run["method"], run["seed"]) == (method, seed) for run in done):
                continue
            model, seconds, steps = train(method, seed, examples, tokenizer)
            run = dict(method=method, seed=seed, scores=scores(model, held_out, tokenizer), seconds_per_step=seconds, steps=steps)
            with open(out, "a") as file:
                file.write(json.dumps(run) + "\n")
            print(json.dumps(run), flush=True)


def against(task, ours, theirs):
    metric = TASKS[task][3]
    runs = [[json.loads(line) for line in open(path)] for path in (ours, theirs)]
    print(f"{metric}: mean and standard deviation in PyTorch and subtune; for each seed subtune less PyTorch")
    for method in METHODS:
        sides = [{run["seed"]: run["scores"][metric] for run in side if run.get("method") == method} for side in runs]
        seeds = sorted(set(sides[0]) & set(sides[1]))
        if len(seeds) < 2:
            continue
        pairs = torch.tensor([[side[seed] for side in sides] for seed in seeds]).double()
        mean, deviation = pairs.mean(0), pairs.std(0)
        shown = "   ".join(f"{mean[side]:.4f} ± {deviation[side]:.4f}" for side in (0, 1))
        print(f"{method:9}  {shown}   " + " ".join(f"{float(p - q):+.4f}" for q, p in pairs))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("task", choices=TASKS)
    arguments.add_argument("files", nargs="+", help="TRAIN_FILE TEST_FILE OUT, or with --against: OUT RUNS")
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--against", action="store_true")
    given = arguments.parse_args()
    against(given.task, *given.files) if given.against else run_all(given.task, *given.files, given.seeds)
