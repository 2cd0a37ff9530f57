#!/usr/bin/env python3
"""Golden values of every family of encoders: tiny random classifiers, and what transformers computes of them in float64.

    python3 -m venv /tmp/transformers && /tmp/transformers/bin/pip install -r tests/transformers/requirements.txt
    /tmp/transformers/bin/python tests/encoders/make.py [NAME ...]

Writes for each a folder beside this file: config.json and model.safetensors as transformers saves them (float32), and expected.json:

    input_ids, attention_mask, token_type_ids   [batch][length]
    labels                                      [batch]
    hidden                                      [layer][number]: the hidden states of all tokens that are no padding, row by row
    logits                                      [batch][label]
    loss                                        mean cross-entropy
    gradients                                   the norm of each parameter's gradient
"""
import json, pathlib, sys
import torch
from transformers import AutoConfig, AutoModelForSequenceClassification

HERE = pathlib.Path(__file__).parent
VOCABULARY, LABELS = 100, 3
SIZES = dict(vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=40,
             max_position_embeddings=48, num_labels=LABELS, initializer_range=0.2)
DISTILBERT = dict(vocab_size=VOCABULARY, dim=32, n_layers=2, n_heads=4, hidden_dim=40, max_position_embeddings=48, num_labels=LABELS)
PADDED = dict(pad_token_id=1, bos_token_id=2, eos_token_id=3)
MODERN = dict(SIZES, num_hidden_layers=3, intermediate_size=20, local_attention=8, pad_token_id=0, bos_token_id=2, eos_token_id=3,
              cls_token_id=2, sep_token_id=3)
# name: model_type, settings, longest text
MODELS = {
    "bert": ("bert", dict(SIZES, type_vocab_size=1, hidden_act="gelu_new"), 14),
    "distilbert": ("distilbert", DISTILBERT, 14),
    "roberta": ("roberta", dict(SIZES, type_vocab_size=1, layer_norm_eps=1e-5, **PADDED), 14),
    "xlm-roberta": ("xlm-roberta", dict(SIZES, type_vocab_size=1, layer_norm_eps=1e-5, **PADDED), 14),
    "electra": ("electra", dict(SIZES, embedding_size=16), 14),
    "mpnet": ("mpnet", dict(SIZES, layer_norm_eps=1e-5, **PADDED), 40),
    "modernbert": ("modernbert", dict(MODERN, classifier_pooling="mean"), 20),
    "modernbert-first": ("modernbert", dict(MODERN, classifier_pooling="cls", num_hidden_layers=2), 12),
}


def randomise(model):
    """Weights that no part of a model hides, and that float32 holds."""
    for name, parameter in model.named_parameters():
        noise = torch.randn_like(parameter)
        if "norm" in name.lower() and name.endswith("weight"):
            parameter.data = 1 + 0.1 * noise
        else:
            parameter.data = (0.1 if parameter.dim() == 1 else 0.2) * noise


def rounded(tensor):
    return [float(f"{float(value):.9g}") for value in tensor.flatten()]


def make(name):
    model_type, settings, longest = MODELS[name]
    torch.manual_seed(sum(name.encode()))
    config = AutoConfig.for_model(model_type, **settings)
    # of padding that no token is near to, eager attention makes NaN
    attention = "sdpa" if model_type == "modernbert" else "eager"
    model = AutoModelForSequenceClassification.from_config(config, attn_implementation=attention).float().eval()
    randomise(model)
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    model.save_pretrained(folder)
    written = json.load(open(folder / "config.json"))
    written.pop("transformers_version", None)
    json.dump(written, open(folder / "config.json", "w"), indent=1)

    lengths = [longest, longest // 2, 5]
    batch = len(lengths)
    ids = torch.full((batch, longest), config.pad_token_id or 0)
    mask, types = (torch.zeros(batch, longest, dtype=torch.long) for _ in range(2))
    for row, length in enumerate(lengths):
        ids[row, :length] = torch.randint(5, VOCABULARY, (length,))
        mask[row, :length] = 1
    if getattr(config, "type_vocab_size", 1) > 1:
        types[1, 3:lengths[1]] = 1
    labels = torch.arange(batch) % LABELS
    model = model.double()
    takes_types = getattr(config, "type_vocab_size", 0) > 1
    inputs = dict(input_ids=ids, attention_mask=mask, **(dict(token_type_ids=types) if takes_types else {}))
    said = model(**inputs, labels=labels, output_hidden_states=True)
    said.loss.backward()
    expected = dict(
        input_ids=ids.tolist(), attention_mask=mask.tolist(), token_type_ids=types.tolist(), labels=labels.tolist(),
        hidden=[rounded(hidden[mask.bool()].detach()) for hidden in said.hidden_states[1:]],
        logits=[rounded(row) for row in said.logits.detach()],
        loss=float(said.loss.detach()),
        gradients={name: float(f"{float(p.grad.norm()):.9g}") for name, p in model.named_parameters() if p.grad is not None},
    )
    json.dump(expected, open(folder / "expected.json", "w"))
    sizes = {file.name: file.stat().st_size for file in sorted(folder.iterdir())}
    print(name, "loss", expected["loss"], sizes)


if __name__ == "__main__":
    for name in sys.argv[1:] or MODELS:
        make(name)
