"""A comparison as tasks of Ray: ray job submit -- python ray_compare.py 8 --train-file FILE --output-dir DIR ...

The first argument is the number of shards, the others are those of `subtune compare`. All nodes need the program and
the folder. A task that a lost node takes with it is tried again, and continues from its checkpoint.
"""

import subprocess
import sys

import ray

# 5: interrupted, and the run is stored
INTERRUPTED = 5


@ray.remote(num_cpus=2, max_retries=5, retry_exceptions=True)
def compare(shard: str, arguments: list[str]) -> str:
    done = subprocess.run(["subtune", "compare", *arguments, "--shard", shard], stderr=subprocess.PIPE, text=True)
    if done.returncode == INTERRUPTED:
        raise RuntimeError(f"shard {shard} was interrupted")
    if done.returncode != 0:
        return f"shard {shard} failed: {done.stderr.strip().splitlines()[-1]}"
    return ""


def main() -> None:
    shards, arguments = int(sys.argv[1]), sys.argv[2:]
    ray.init()
    tasks = [compare.remote(f"{shard}/{shards}", arguments) for shard in range(shards)]
    failed = [failure for failure in ray.get(tasks) if failure]
    if failed:
        sys.exit("\n".join(failed))
    sys.exit(subprocess.run(["subtune", "compare", *arguments, "--merge"]).returncode)


if __name__ == "__main__":
    main()
