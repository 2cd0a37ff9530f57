"""Runs a system that subtune is compared with. The last line is its accuracy on the test file, as JSON.

    baselines.py regression|setfit|pytorch --model DIR --train-file F --test-file F --seed N

regression  scikit-learn: logistic regression on the unit-norm mean of the last hidden states; C by cross-validation
setfit      SetFit with its defaults (cosine loss on all pairs, one epoch, batch 16, 2e-5, then logistic regression), but at most
            --max-steps steps
pytorch     transformers: BertForSequenceClassification and Trainer, full fine-tuning; 3 epochs, batch 16, 1e-4, 0.1 warmup,
            weight decay 0.01, dropout 0.1, last model

Texts are cut at 128 tokens. A pair is one input of two segments; SetFit, which has no pairs, gets "text [SEP] pair".
"""
import argparse, csv, json, pathlib, tempfile
import numpy as np
import torch

MAX_TOKENS = 128


def read(path):
    with open(path, encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    return [(row["text"], row["pair"]) if "pair" in row else (row["text"],) for row in rows], [row["label"] for row in rows]


def tokens(tokenizer, texts, **options):
    return tokenizer(*map(list, zip(*texts)), truncation=True, max_length=MAX_TOKENS, **options)


def regression(args, texts, labels, tests, seed):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(args.model), AutoModel.from_pretrained(args.model, dtype=torch.float32).eval()

    @torch.no_grad()
    def features(texts):
        out = [None] * len(texts)
        by_length = sorted(range(len(texts)), key=lambda i: sum(map(len, texts[i])))
        for start in range(0, len(texts), 32):
            rows = by_length[start:start + 32]
            batch = tokens(tokenizer, [texts[i] for i in rows], padding=True, return_tensors="pt")
            mask = batch["attention_mask"][..., None]
            mean = (model(**batch).last_hidden_state * mask).sum(1) / mask.sum(1)
            for i, vector in zip(rows, torch.nn.functional.normalize(mean).double().numpy()):
                out[i] = vector
        return np.stack(out)

    x, c = features(texts), 10
    folds = min(5, np.unique(labels, return_counts=True)[1].min())
    if folds > 1:
        folds = StratifiedKFold(folds, shuffle=True, random_state=0)
        search = GridSearchCV(LogisticRegression(max_iter=1000), {"C": [0.1, 1, 10, 100]}, cv=folds, scoring="neg_log_loss", refit=False)
        c = search.fit(x, labels).best_params_["C"]
    return LogisticRegression(C=c, max_iter=1000).fit(x, labels).predict(features(tests)), {"C": c}


def setfit(args, texts, labels, tests, seed):
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from setfit import SetFitModel, Trainer, TrainingArguments
    from sklearn.linear_model import LogisticRegression
    from transformers import set_seed

    set_seed(seed)
    encoder = Transformer(args.model, max_seq_length=MAX_TOKENS)
    encoder.auto_model.float()
    body = SentenceTransformer(modules=[encoder, Pooling(encoder.get_embedding_dimension()), Normalize()], device="cpu")
    model = SetFitModel(model_body=body, model_head=LogisticRegression())
    joined = lambda texts: [" [SEP] ".join(text) for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(output_dir=folder, seed=seed, max_steps=args.max_steps, show_progress_bar=False, report_to="none", save_strategy="no", eval_strategy="no")
        trainer = Trainer(model=model, args=settings, train_dataset=Dataset.from_dict({"text": joined(texts), "label": labels}))
        trainer.train()
        steps = trainer.st_trainer.state.global_step
    return [int(label) for label in model.predict(joined(tests), use_labels=False)], {"steps": steps}


def pytorch(args, texts, labels, tests, seed):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding, Trainer, TrainingArguments, set_seed

    set_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForSequenceClassification.from_pretrained(args.model, num_labels=max(labels) + 1, dtype=torch.float32)

    def examples(texts, labels):
        encoded = tokens(tokenizer, texts)
        return [{name: values[i] for name, values in encoded.items()} | {"labels": labels[i]} for i in range(len(texts))]

    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(
            output_dir=folder, seed=seed, num_train_epochs=3, per_device_train_batch_size=16, per_device_eval_batch_size=32, learning_rate=1e-4,
            warmup_steps=0.1, weight_decay=0.01, report_to="none", save_strategy="no", disable_tqdm=True, use_cpu=True)
        trainer = Trainer(model=model, args=settings, train_dataset=examples(texts, labels), data_collator=DataCollatorWithPadding(tokenizer))
        trainer.train()
        outputs = trainer.predict(examples(tests, [0] * len(tests))).predictions
    return outputs.argmax(1), {"steps": trainer.state.global_step}


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("system", choices=["regression", "setfit", "pytorch"])
    args.add_argument("--model", required=True)
    args.add_argument("--train-file", type=pathlib.Path, required=True)
    args.add_argument("--test-file", type=pathlib.Path, required=True)
    args.add_argument("--seed", type=int, required=True)
    args.add_argument("--max-steps", type=int, default=-1, help="of SetFit's contrastive stage")
    args = args.parse_args()
    texts, names = read(args.train_file)
    tests, answers = read(args.test_file)
    classes = {name: i for i, name in enumerate(sorted(set(names)))}
    system = {"regression": regression, "setfit": setfit, "pytorch": pytorch}[args.system]
    predicted, details = system(args, texts, [classes[name] for name in names], tests, args.seed)
    correct = np.asarray(predicted) == np.array([classes.get(name, -1) for name in answers])
    print(json.dumps({"accuracy": float(correct.mean()), **details}))


if __name__ == "__main__":
    main()
