"""Seeded subsets of public data sets, as CSV, for the quality table.

    data.py --data FOLDER [--given FOLDER] --out FOLDER

FOLDER of --data holds trec, banking77, sst2, sms_spam and so on, each as published (READERS says which files are read).
--given names a folder with subsets that were drawn before (DATASET/train-SIZE-sSEED.csv and DATASET/test.csv): they are copied
instead of drawn again, so that figures stay comparable. The output:

    OUT/final/DATASET/train-SIZE-sSEED.csv   seeds 1 to 5; sizes 8pc and 64pc (texts a class, or all there are) and 1000 (in all)
    OUT/final/DATASET/test.csv               500 texts for the table alone; they choose nothing
    OUT/dev/DATASET/train-SIZE-sSEED.csv     seeds 11 to 13, from the same training texts and of data sets that the table does not have
    OUT/dev/DATASET/dev.csv                  500 training texts that none of the dev subsets shares, to choose by

Columns: text, pair (where the data set has two texts), label. A text stands once in a data set; no training text is a test text.
"""
import argparse, collections, csv, pathlib, random

SIZES = ("8pc", "64pc", "1000")
FINAL_SEEDS, DEV_SEEDS = (1, 2, 3, 4, 5), (11, 12, 13)
TEST_TEXTS = DEV_TEXTS = 500
FINAL = ("trec", "banking77", "sst2", "sms_spam", "scitail")
RARE = 20  # in dev data sets, a class with fewer texts is left out


def lines(path, encoding="utf-8-sig"):
    return pathlib.Path(path).read_text(encoding=encoding).split("\n")


def tsv(path, *columns, header=False, names=None):
    """Rows of the given columns; the last one is the label, renamed by `names`."""
    width = max(columns) + 1
    for line in lines(path)[1 if header else 0:]:
        cells = line.rstrip("\r").split("\t")
        if len(cells) >= width:
            *texts, label = (cells[c].strip() for c in columns)
            yield (*texts, names[label] if names else label)


def trec(path, fine=False):
    for line in lines(path, "latin-1"):
        if line.strip():
            label, text = line.strip().split(" ", 1)
            yield text, label if fine else label.split(":")[0]


def banking77(path):
    with open(path, encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            yield row["text"].strip(), row["category"]


def scitail(path):
    return tsv(path, 0, 1, 2, names={"0": "entails", "1": "neutral"})


def stanford(path):
    for line in lines(path):
        if line.strip():
            label, text = line.strip().split(" ", 1)
            yield text, SENTIMENT[label]


SENTIMENT = {"0": "negative", "1": "positive"}
INFERENCE = {"0": "entailment", "1": "neutral", "2": "contradiction"}
DUPLICATE = {"0": "different", "1": "duplicate"}
# name -> (training texts, test texts or None where the training texts are split)
READERS = {
    "trec": (lambda d: trec(d / "trec/TREC.train"), lambda d: trec(d / "trec/TREC.test")),
    "banking77": (lambda d: banking77(d / "banking77/train.csv"), lambda d: banking77(d / "banking77/test.csv")),
    "sst2": (lambda d: tsv(d / "sst2/train.tsv", 0, 1, header=True, names=SENTIMENT), lambda d: stanford(d / "sst2/stsa.binary.test")),
    "sms_spam": (lambda d: tsv(d / "sms_spam/SMSSpamCollection", 1, 0), None),
    "scitail": (lambda d: scitail(d / "scitail/test.txt"), lambda d: scitail(d / "scitail/dev.txt")),  # the larger file trains
    "snli": (lambda d: tsv(d / "snli/dev.txt", 0, 1, 2, names=INFERENCE), None),
    "quora": (lambda d: tsv(d / "quora/dev.txt", 0, 1, 2, names=DUPLICATE), None),
    "trec_fine": (lambda d: trec(d / "trec/TREC.train", fine=True), None),
    "cola": (lambda d: tsv(d / "cola/train.tsv", 3, 1, names={"0": "unacceptable", "1": "acceptable"}), None),
    "mrpc": (lambda d: tsv(d / "mrpc/train.tsv", 3, 4, 0, header=True, names={"0": "different", "1": "paraphrase"}), None),
    "qnli": (lambda d: tsv(d / "qnli/dev.tsv", 1, 2, 3, header=True), None),
    "rte": (lambda d: tsv(d / "rte/train.tsv", 1, 2, 3, header=True), None),
}


def distinct(rows, but=()):
    """Each text once; not those in `but`, nor those that stand with two labels."""
    labels = collections.defaultdict(set)
    for *texts, label in rows:
        labels[tuple(texts)].add(label)
    but = {tuple(texts) for *texts, _ in but}
    return [(*texts, *label) for texts, label in labels.items() if len(label) == 1 and texts not in but and all(texts)]


def draw(pool, size, rng):
    """`8pc` and `64pc`: so many of each class, or all there are. `1000`: so many in all, as they come; of each class the same where that is few."""
    pool = sorted(pool)
    rng.shuffle(pool)
    classes = collections.Counter(row[-1] for row in pool)
    if not size.endswith("pc") and len(classes) < 30:
        return pool[:int(size)]
    limit, taken, rows = int(size[:-2]) if size.endswith("pc") else int(size) // len(classes), collections.Counter(), []
    for row in pool:
        if taken[row[-1]] < limit:
            taken[row[-1]] += 1
            rows.append(row)
    return rows


def hold_out(pool, count, rng):
    """So many rows, and the rest. Of pairs, all that share the text that repeats most (a premise, a question) go together."""
    shared = min(range(len(pool[0]) - 1), key=lambda column: len({row[column] for row in pool}))
    groups = sorted({row[shared] for row in pool})
    rng.shuffle(groups)
    place = {text: i for i, text in enumerate(groups)}
    rows = sorted(pool, key=lambda row: (place[row[shared]], row))
    held, taken = rows[:count], {row[shared] for row in rows[:count]}
    return held, [row for row in rows if row[shared] not in taken]


def read(path):
    with open(path, encoding="utf-8", newline="") as f:
        return [tuple(row[c] for c in ("text", "pair", "label") if c in row) for row in csv.DictReader(f)]


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows([("text", "label") if len(rows[0]) == 2 else ("text", "pair", "label"), *rows])


def subset(name, file, given, make):
    path = given / name / f"{file}.csv" if given else None
    return read(path) if path and path.exists() else make()


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--data", type=pathlib.Path, required=True)
    args.add_argument("--given", type=pathlib.Path)
    args.add_argument("--out", type=pathlib.Path, required=True)
    args = args.parse_args()
    for name, (train, test) in READERS.items():
        rng = lambda what: random.Random(f"{name} {what}")
        pool = distinct(train(args.data))
        if name in FINAL:
            tests = subset(name, "test", args.given, lambda: draw(distinct(test(args.data)) if test else pool, str(TEST_TEXTS), rng("test")))
            pool = distinct(pool, but=tests + (list(test(args.data)) if test else []))
            write(args.out / "final" / name / "test.csv", tests)
            for seed in FINAL_SEEDS:
                for size in SIZES:
                    file = f"train-{size}-s{seed}"
                    write(args.out / "final" / name / f"{file}.csv", subset(name, file, args.given, lambda: draw(pool, size, rng(file))))
        else:
            counts = collections.Counter(row[-1] for row in pool)
            pool = [row for row in pool if counts[row[-1]] >= RARE]
        held, pool = hold_out(pool, DEV_TEXTS, rng("dev"))
        write(args.out / "dev" / name / "dev.csv", held)
        for seed in DEV_SEEDS:
            for size in SIZES:
                write(args.out / "dev" / name / f"train-{size}-s{seed}.csv", draw(pool, size, rng(f"train-{size}-s{seed}")))
        print(name, len(pool), "training texts,", len({row[-1] for row in pool}), "classes", flush=True)


if __name__ == "__main__":
    main()
