"""Trains a small tokenizer of each kind that encoders come with, and says which tokens the tokenizers library makes of 2,000
texts in ten scripts. Needs Python's tokenizers. The same texts are made in main.rs.

    python tests/tokenizers/make.py
"""

import base64
import json
import struct
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).resolve().parent
TEXTS, MAX_LENGTH = 2000, 48
RANGES = {
    "latin": "a-z A-Z ä-ö è-ê ñ ç ø ł",
    "greek": "α-ω Α-Ρ ά έ",
    "cyrillic": "а-я А-Я ё",
    "arabic": "ا-غ ف-ي \u064b-\u0652",
    "hebrew": "א-ת",
    "devanagari": "क-ह \u093e-\u094d",
    "thai": "ก-ฮ \u0e31-\u0e3a",
    "han": "一-七 世-丗 中-丮 人-仓",
    "kana": "ぁ-ん ァ-ン",
    "hangul": "가-각 나-낙 \u1100-\u1105 \u1161-\u1165",
}
ODD = ["[MASK]", "<mask>", " <mask> ", "</s>", "[SEP]", "ﬁ", "½", "ﷺ", "e\u0301", "İ", "ß", "ς", "\u200b", "\u00a0", "\u3000",
       "😀", "👩\u200d👩\u200d👧", "don't", "I'LL", "123456", "3.14", "''", "``", "a\tb", "\u0001", "\r\n", "    ", "…", "<unk>",
       "x" * 120, "①", "™", "\ufffd", "ÀÉ", "\u0301", "-_-", "__init__"]
SEPARATORS = [" ", " ", " ", " ", "  ", "", ",", ", ", "\n", " - ", "!? "]


def alphabet(ranges):
    letters = ""
    for part in ranges.split(" "):
        first, *last = part.split("-")
        letters += "".join(map(chr, range(ord(first), ord(last[0] if last else first) + 1)))
    return letters


ALPHABETS = [alphabet(ranges) for ranges in RANGES.values()]


class Draw:
    def __init__(self, seed):
        self.state = seed

    def __call__(self, count):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % count


def text(number):
    draw, parts = Draw(number), []
    for _ in range(1 + draw(14)):
        if draw(8) == 0:
            parts.append(ODD[draw(len(ODD))])
        else:
            letters = ALPHABETS[draw(10) if draw(8) == 0 else number % 10]
            # few different letters, so that pairs of them come again
            start = draw(len(letters))
            parts.append("".join(letters[(start + draw(5)) % len(letters)] for _ in range(1 + draw(6))))
        parts.append(SEPARATORS[draw(len(SEPARATORS))])
    return "".join(parts)


def charsmap(rules):
    """SentencePiece's format: a double array of the keys' bytes, then the values, each ended by a zero."""
    values, tree = b"", {}
    for key, value in rules.items():
        node = tree
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[0] = len(values)
        values += value.encode() + b"\0"
    units, used, bases = [0] * 256, {0}, set()

    def place(node, at):
        base = next(base for base in range(1, 1 << 20)
                    if base not in bases and not any(base ^ byte in used for byte in node))
        while len(units) <= base | 255:
            units.extend([0] * 256)
        bases.add(base)
        used.update(base ^ byte for byte in node)
        offset = base ^ at
        assert offset < 1 << 21
        units[at] |= offset << 10 | (1 << 8 if 0 in node else 0)
        for byte, child in sorted(node.items()):
            if byte == 0:
                units[base] = child | 1 << 31
            else:
                units[base ^ byte] = byte
        for byte, child in sorted(node.items()):
            if byte:
                place(child, base ^ byte)

    place(tree, 0)
    blob = struct.pack(f"<{len(units)}I", *units)
    return base64.b64encode(struct.pack("<I", len(blob)) + blob + values).decode()


RULES = {"ﬁ": "fi", "½": "1/2", "\u3000": " ", "\u00a0": " ", "…": "...", "™": "TM", "①": "1", "\n": " ", "\r": " ", "\t": " ",
         "\u200b": "", "e\u0301": "é", "ﷺ": "صلى الله عليه وسلم"}


def added(*names, lstrip=()):
    return [AddedToken(name, special=True, normalized=False, lstrip=name in lstrip) for name in names]


def template(cls, sep, tokenizer, pair_type=1, double=False):
    middle = f"{sep} {sep}" if double else sep
    return processors.TemplateProcessing(
        single=f"{cls} $A {sep}",
        pair=f"{cls} $A {middle} $B:{pair_type} {sep}:{pair_type}",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in (cls, sep)],
    )


def trained(model, trainer, normalizer, pre_tokenizer):
    tokenizer = Tokenizer(model)
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    # of the texts that are tokenised some letters are unknown
    tokenizer.train_from_iterator((text(number) for number in range(10_000, 14_000) if number % 10 != 8), trainer)
    return tokenizer


def bert():
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=900, special_tokens=names, show_progress=False)
    tokenizer = trained(models.WordPiece(unk_token="[UNK]"), trainer, normalizers.BertNormalizer(),
                        pre_tokenizers.BertPreTokenizer())
    tokenizer.post_processor = template("[CLS]", "[SEP]", tokenizer)
    return tokenizer


def mpnet():
    names = ["<s>", "<pad>", "</s>", "[UNK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=700, special_tokens=names, show_progress=False)
    tokenizer = trained(models.WordPiece(unk_token="[UNK]"), trainer, normalizers.BertNormalizer(),
                        pre_tokenizers.BertPreTokenizer())
    tokenizer.add_special_tokens(added("<mask>", lstrip=["<mask>"]))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def wordpiece():
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    trainer = trainers.WordPieceTrainer(vocab_size=800, special_tokens=names, show_progress=False)
    steps = [normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents(), normalizers.Replace("''", '"')]
    cut = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True)])
    tokenizer = trained(models.WordPiece(unk_token="[UNK]"), trainer, normalizers.Sequence(steps), cut)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def roberta():
    names = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.BpeTrainer(vocab_size=1200, special_tokens=names, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer = trained(models.BPE(), trainer, None, pre_tokenizers.ByteLevel(add_prefix_space=False))
    tokenizer.add_special_tokens(added("<mask>", lstrip=["<mask>"]))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def modernbert():
    names = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    trainer = trainers.BpeTrainer(vocab_size=1200, special_tokens=[], show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer = trained(models.BPE(), trainer, normalizers.NFC(), pre_tokenizers.ByteLevel(add_prefix_space=False))
    tokenizer.add_tokens([AddedToken(" " * count, normalized=True) for count in (4, 3, 2)])
    tokenizer.add_special_tokens(added(*names, lstrip=["[MASK]"]))
    tokenizer.post_processor = template("[CLS]", "[SEP]", tokenizer, pair_type=0)
    return tokenizer


def qwen():
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
               r"|\s+(?!\S)|\s+")
    trainer = trainers.BpeTrainer(vocab_size=1200, special_tokens=["<s>", "</s>"], show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    cut = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"),
                                   pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer = trained(models.BPE(), trainer, normalizers.NFC(), cut)
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False),
                                                    template("<s>", "</s>", tokenizer, pair_type=0)])
    return tokenizer


def fallback():
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=1000, special_tokens=["<s>", "</s>", "<unk>", *bytes_], show_progress=False)
    steps = [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    cut = pre_tokenizers.Sequence([pre_tokenizers.Split("▁", "merged_with_next"), pre_tokenizers.Punctuation()])
    model = models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    tokenizer = trained(model, trainer, normalizers.Sequence(steps), cut)
    tokenizer.post_processor = template("<s>", "</s>", tokenizer)
    return tokenizer


def xlmr(cut):
    names = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=900, special_tokens=names, unk_token="<unk>", show_progress=False)
    steps = [normalizers.Precompiled(base64.b64decode(charsmap(RULES))), normalizers.Replace(Regex(" {2,}"), " ")]
    tokenizer = trained(models.Unigram(), trainer, normalizers.Sequence(steps), cut)
    tokenizer.add_special_tokens(added("<mask>", lstrip=["<mask>"]))
    tokenizer.post_processor = template("<s>", "</s>", tokenizer, pair_type=0, double=True)
    return tokenizer


KINDS = {
    "bert": bert,
    "mpnet": mpnet,
    "wordpiece": wordpiece,
    "roberta": roberta,
    "modernbert": modernbert,
    "qwen": qwen,
    "fallback": fallback,
    "e5": lambda: xlmr(pre_tokenizers.Metaspace()),
    "xlmr": lambda: xlmr(pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])),
}


def digest(encoding):
    """32 bits of the tokens and their types: FNV-1a over 32-bit words."""
    found = 0x811C9DC5
    for id, type_id in zip(encoding.ids, encoding.type_ids):
        found = (found ^ (id << 1 | type_id)) * 0x01000193 % 2**32
    return f"{found:08x}"


def main():
    texts = {"alphabets": ALPHABETS, "odd": ODD, "separators": SEPARATORS, "max_length": MAX_LENGTH}
    (HERE / "texts.json").write_text(json.dumps(texts, ensure_ascii=True, indent=1) + "\n")
    for name, make in KINDS.items():
        path = HERE / f"{name}.json"
        if not path.exists():  # training is not the same twice in each version of the library
            path.write_text(make().to_str(pretty=False) + "\n")
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.enable_truncation(MAX_LENGTH, strategy="longest_first")
        # every fifth with a pair
        encode = lambda number: tokenizer.encode(text(number), text(number + 1) if number % 5 == 0 else None)
        digests = [digest(encode(number)) for number in range(TEXTS)]
        lines = ["".join(digests[start:start + 16]) for start in range(0, TEXTS, 16)]
        (HERE / f"{name}.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
