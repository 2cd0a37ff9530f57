#!/usr/bin/env python3
"""Golden values on real weights (sentence-transformers/all-MiniLM-L6-v2, float32): tokenisation, forward pass, loss and gradients.

    python minilm_oracle.py MODEL_DIR OUT_DIR      # needs torch, transformers, safetensors

texts.json           [{text, pair, input_ids, token_type_ids}] at max_length 128, longest-first truncation, no padding
head.safetensors     the pooler and a 3-way classifier used here (the model's own pooler is untrained)
expected.safetensors batch.{input_ids,attention_mask,token_type_ids,labels} of all texts padded to the longest;
                     layer{1..6}.cls and .mean [texts, 384] (mean over the attention mask), logits, loss (float64 arithmetic)
                     gradnorm.{parameter}, grad.{parameter} (only tensors of at most 400 entries)
Classifier: BertForSequenceClassification in eval mode (no dropout), mean cross-entropy.
"""
import json, os, sys
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

TEXTS = [
    ("This is an example sentence", None), ("A man is eating food.", "A man is eating a piece of bread."),
    ("Café naïve résumé — Ångström, Straße, İstanbul", None), ("今天天气很好。 東京タワー", "Привет, мир!"),
    ("emoji 👩‍👩‍👧‍👦 🚀🚀 and\u200bzero width\u00a0space", None), ("", None), ("   \t\n ", "second only"),
    ("a literal [MASK] and [SEP] inside, and ##subword", None), ("x" * 250, None), ("http://example.com/a?b=c&d=%20 e-mail: a.b+c@d.org", "100,000.50$ @#!~"),
    (" ".join(f"word{i}" for i in range(200)), None), (" ".join(["premise"] * 90), " ".join(["hypothesis"] * 90)),
    ("control \x00\x01\x7f chars \ufffd kept?", None), ("don't can't we'll I'm o'clock rock'n'roll", None), ("UPPER lower MiXeD", "upper LOWER mIxEd"),
    ("supercalifragilisticexpialidocious antidisestablishmentarianism", None),
]


def main(model_dir, out):
    os.makedirs(out, exist_ok=True)
    tok = BertTokenizerFast.from_pretrained(model_dir)
    tok.backend_tokenizer.no_padding()
    rows = []
    for a, b in TEXTS:
        e = tok(a, b, truncation="longest_first", max_length=128, padding=False)
        rows.append(dict(text=a, pair=b, input_ids=e["input_ids"], token_type_ids=e["token_type_ids"]))
    json.dump(rows, open(f"{out}/texts.json", "w"), ensure_ascii=False, indent=1)
    n, width = len(rows), max(len(r["input_ids"]) for r in rows)
    ids, att, typ = (torch.zeros(n, width, dtype=torch.long) for _ in range(3))
    for i, r in enumerate(rows):
        k = len(r["input_ids"])
        ids[i, :k], att[i, :k], typ[i, :k] = torch.tensor(r["input_ids"]), 1, torch.tensor(r["token_type_ids"])
    labels = torch.arange(n) % 3
    config = BertConfig.from_pretrained(model_dir, num_labels=3)
    torch.manual_seed(0)
    model = BertForSequenceClassification(config)
    weights = {"bert." + k: v for k, v in load_file(f"{model_dir}/model.safetensors").items() if "pooler" not in k and "position_ids" not in k}
    model.load_state_dict(weights, strict=False)
    head = {k: v.clone() for k, v in model.state_dict().items() if "pooler" in k or k.startswith("classifier")}
    save_file(head, f"{out}/head.safetensors")
    model = model.double().eval()
    r = model(input_ids=ids, attention_mask=att, token_type_ids=typ, labels=labels, output_hidden_states=True)
    r.loss.backward()
    x = {"batch.input_ids": ids, "batch.attention_mask": att, "batch.token_type_ids": typ, "batch.labels": labels,
         "logits": r.logits.detach().float(), "loss": r.loss.detach().float().reshape(1)}
    w = att.double()[..., None]
    for i, h in enumerate(r.hidden_states[1:], 1):
        x[f"layer{i}.cls"] = h[:, 0].detach().float().contiguous()
        x[f"layer{i}.mean"] = ((h * w).sum(1) / w.sum(1)).detach().float().contiguous()
    for name, p in model.named_parameters():
        x[f"gradnorm.{name}"] = p.grad.norm().float().reshape(1)
        if p.numel() <= 400:
            x[f"grad.{name}"] = p.grad.float().contiguous()
    save_file(x, f"{out}/expected.safetensors")
    print("loss", float(r.loss), "first mean", x["layer6.mean"][0, :4].tolist())


main(*sys.argv[1:])
