"""Fits scikit-learn's linear models to small random features: tests/golden/probe/expected.json.

python3 tests/oracle/probe_oracle.py (scikit-learn 1.5 or newer, numpy)
"""
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

random = np.random.default_rng(7)
cases = []
for rows, size, classes, c in [(30, 5, 3, 10.0), (40, 4, 2, 1.0), (12, 20, 4, 100.0), (25, 6, 3, 0.1)]:
    x = random.normal(size=(rows, size)).astype(np.float32)
    y = np.concatenate([np.arange(classes), random.integers(0, classes, rows - classes)])
    weights = random.choice([1.0, 2.0], rows)
    scaled = x.astype(np.float64) / np.sqrt(size)
    # tol far below the tolerance of the test; newton-cg converges to it
    if classes > 2:
        model = LogisticRegression(C=c, tol=1e-10, max_iter=10000, solver="newton-cg").fit(scaled, y, sample_weight=weights)
        coefficients, intercepts = model.coef_, model.intercept_
    else:
        # two symmetric rows share the penalty of one: half of each, at twice the C
        model = LogisticRegression(C=2 * c, tol=1e-10, max_iter=10000, solver="newton-cg").fit(scaled, y, sample_weight=weights)
        coefficients = np.concatenate([-model.coef_ / 2, model.coef_ / 2])
        intercepts = np.concatenate([-model.intercept_ / 2, model.intercept_ / 2])
    # biases are determined up to a constant
    cases.append({"kind": "logistic", "size": size, "outputs": classes, "c": c, "features": x.flatten().tolist(),
                  "classes": y.tolist(), "importance": weights.tolist(), "weight": coefficients.flatten().tolist(),
                  "bias": (intercepts - intercepts.mean()).tolist()})
for rows, size, c in [(30, 5, 10.0), (8, 20, 1.0)]:
    x = random.normal(size=(rows, size)).astype(np.float32)
    y = random.normal(size=rows).astype(np.float32) + 3
    model = Ridge(alpha=1 / c, solver="cholesky").fit(x.astype(np.float64) / np.sqrt(size), y.astype(np.float64))
    cases.append({"kind": "ridge", "size": size, "outputs": 1, "c": c, "features": x.flatten().tolist(),
                  "values": y.tolist(), "weight": model.coef_.flatten().tolist(), "bias": [float(model.intercept_)]})
path = Path(__file__).parent.parent / "golden/probe/expected.json"
path.write_text(json.dumps(cases) + "\n")
print(f"{len(cases)} cases in {path}, {path.stat().st_size} bytes")
