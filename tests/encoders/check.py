#!/usr/bin/env python3
"""Checks for every family of encoders that what subtune exports loads in plain transformers and gives the same probabilities.

    /tmp/transformers/bin/python tests/encoders/check.py [NAME ...]

Trains the golden models a few steps, pooled by the mean and by their own head, with the binary that SUBTUNE names (default
target/release/subtune), exports them as float32 and float16, and holds each against transformers as
tests/transformers/check.py does. Exits with 1 where one differs.
"""
import csv, importlib.util, json, os, pathlib, shutil, string, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).parent
found = importlib.util.spec_from_file_location("check", HERE.parent / "transformers/check.py")
check = importlib.util.module_from_spec(found)
found.loader.exec_module(check)
BINARY = os.environ.get("SUBTUNE", "target/release/subtune")
# only tokens that are known: the unknown one has the id of some families' padding, which moves positions in transformers
WORDS = {"yes": ["good", "fine", "nice", "great"], "no": ["bad", "poor", "ugly", "dull"]}


def tokenizer():
    """WordPiece over single letters and digits."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = list(string.ascii_lowercase + string.digits)
    vocabulary = {token: i for i, token in enumerate(special + letters + ["##" + one for one in letters])}
    added = [dict(id=i, content=token, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
             for i, token in enumerate(special)]
    token = lambda name: {"SpecialToken": {"id": name, "type_id": 0}}
    single = [token("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}}, token("[SEP]")]
    pair = single + [{"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}]
    ids = {name: {"id": name, "ids": [vocabulary[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": ids},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary},
    }


def model(name, folder):
    shutil.copytree(HERE / name, folder, ignore=shutil.ignore_patterns("expected.json"))
    json.dump(tokenizer(), open(folder / "tokenizer.json", "w"))
    settings = dict(tokenizer_class="PreTrainedTokenizerFast", pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
                    mask_token="[MASK]", model_input_names=["input_ids", "attention_mask"])
    json.dump(settings, open(folder / "tokenizer_config.json", "w"))


def run(*arguments):
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def main(names):
    good = True
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        data = place / "data.csv"
        with open(data, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "label"])
            for i in range(60):
                label = ["yes", "no"][i % 2]
                words = WORDS[label]
                writer.writerow([" ".join([words[i % 4], words[i // 4 % 4], str(i)] * (1 + i % 3)), label])
        for name in names or sorted(one.name for one in HERE.iterdir() if one.is_dir() and (one / "config.json").exists()):
            model(name, place / name)
            for pooling in ("mean", "cls"):
                out = place / f"{name}-{pooling}"
                run("train", "--model", place / name, "--train-file", data, "--output-dir", out, "--pooling", pooling, "--max-length", 40,
                    "--device", "cpu")
                half = place / f"{name}-{pooling}-half"
                run("export", "--model", out, "--output", half, "--dtype", "float16")
                for folder in (out, half):
                    print(folder.name, end=": ", flush=True)
                    good &= check.main(str(folder), str(data))
    return good


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
