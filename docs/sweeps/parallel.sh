#!/usr/bin/env bash
# A comparison on the machines of GNU parallel: docs/sweeps/parallel.sh 8 --train-file FILE --output-dir DIR ...
# The first argument is the number of shards. Without --sshlogin in PARALLEL all shards run here, as many at a time as
# JOBS says.
set -euo pipefail
shards=$1
shift
seq 0 $((shards - 1)) |
  parallel --jobs "${JOBS:-2}" --line-buffer --retries 3 ${PARALLEL_ARGUMENTS:-} subtune compare "$@" --shard "{}/$shards"
subtune compare "$@" --merge
