"""Labels any number of rows with Ray Data: python ray_predict.py MODEL INPUT.parquet OUTPUT_FOLDER

Each block of rows goes through one `subtune predict`. Rows come out with all their columns, and label and probability.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import ray


class Labelled:
    """Rows with their predictions."""

    def __init__(self, model: str):
        self.model = model

    def __call__(self, rows: pa.Table) -> pa.Table:
        with tempfile.TemporaryDirectory() as folder:
            given, labelled = Path(folder, "rows.parquet"), Path(folder, "labelled.parquet")
            pq.write_table(rows, given)
            command = ["subtune", "predict", "--model", self.model, "--file", given, "--output", labelled]
            done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
            if done.returncode != 0:
                raise RuntimeError(done.stderr.strip().splitlines()[-1])
            return pq.read_table(labelled)


def main() -> None:
    model, given, output = sys.argv[1:]
    rows = ray.data.read_parquet(given)
    labelled = rows.map_batches(
        Labelled,
        fn_constructor_args=(model,),
        batch_format="pyarrow",
        batch_size=50_000,
        num_cpus=1,
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=64),
    )
    labelled.write_parquet(output)


if __name__ == "__main__":
    main()
