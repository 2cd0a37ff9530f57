"""Several labels a text: transformers' loss with its gradient in float64, scikit-learn's scores and one-vs-rest models.

Writes tests/golden/multi_label/expected.json. python3 tests/oracle/multi_label_oracle.py (torch, transformers 5.24,
scikit-learn 1.5 or newer, numpy)
"""
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, precision_recall_fscore_support
from transformers import BertConfig
from transformers.loss.loss_utils import LOSS_MAPPING

random = np.random.default_rng(11)
ROWS, LABELS = 14, 4
logits = (3 * random.normal(size=(ROWS, LABELS))).astype(np.float32)
logits[0] = [40, -40, 90, -90]
y = random.random(size=(ROWS, LABELS)) < [0.5, 0.3, 0.15, 0.6]
y[3] = False
pos_weight = (~y).sum(0) / y.sum(0)


def loss(weight):
    x = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    target = torch.tensor(y, dtype=torch.float64)
    value = torch.nn.BCEWithLogitsLoss(pos_weight=weight)(x, target)
    if weight is None:
        config = BertConfig(num_labels=LABELS, problem_type="multi_label_classification")
        theirs = LOSS_MAPPING["ForSequenceClassification"](target, SimpleNamespace(logits=x).logits, config)
        assert torch.equal(theirs, value), (theirs, value)
    value.backward()
    return value.item(), x.grad.flatten().tolist()


def scores(thresholds):
    said = 1 / (1 + np.exp(-logits.astype(np.float64))) >= thresholds
    of = lambda average: list(precision_recall_fscore_support(y, said, average=average, zero_division=0))[:3]
    return {"exact_match": accuracy_score(y, said), "micro": of("micro"), "macro": of("macro"),
            "per_label": np.array(of(None)).T.tolist()}


thresholds = [0.3, 0.7, 0.05, 0.5]
plain, weighted = loss(None), loss(torch.tensor(pos_weight))
result = {"logits": logits.tolist(), "targets": [np.flatnonzero(row).tolist() for row in y],
          "pos_weight": pos_weight.tolist(), "loss": plain[0], "gradient": plain[1], "weighted_loss": weighted[0],
          "weighted_gradient": weighted[1], "thresholds": thresholds, "by_half": scores(0.5),
          "by_thresholds": scores(np.array(thresholds)), "models": []}
for rows, size, labels, c, weigh in [(30, 5, 3, 10.0, False), (24, 6, 2, 1.0, True), (16, 20, 4, 30.0, False)]:
    x = random.normal(size=(rows, size)).astype(np.float32)
    has = random.random(size=(rows, labels)) < 0.4
    has[0], has[1] = True, False
    weights = (~has).sum(0) / has.sum(0) if weigh else np.ones(labels)
    scaled = x.astype(np.float64) / np.sqrt(size)
    # tol far below the tolerance of the test
    fitted = [LogisticRegression(C=c, tol=1e-10, max_iter=10000, solver="newton-cg")
              .fit(scaled, has[:, label], sample_weight=np.where(has[:, label], weights[label], 1.0))
              for label in range(labels)]
    result["models"].append({"size": size, "outputs": labels, "c": c, "features": x.flatten().tolist(),
                             "has": has.flatten().tolist(), "weights": weights.tolist(),
                             "weight": np.concatenate([one.coef_[0] for one in fitted]).tolist(),
                             "bias": [float(one.intercept_[0]) for one in fitted]})
path = Path(__file__).parent.parent / "golden/multi_label/expected.json"
path.write_text(json.dumps(result) + "\n")
print(f"{path}, {path.stat().st_size} bytes")
