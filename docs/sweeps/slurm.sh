#!/usr/bin/env bash
# A comparison as a Slurm job array: sbatch docs/sweeps/slurm.sh. Each task does a share of the runs. A task that is
# preempted, cancelled or out of time stores its run and is queued again; it then continues from there.
#SBATCH --job-name=subtune
#SBATCH --array=0-7
#SBATCH --cpus-per-task=4
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
# a minute before the time is up
#SBATCH --signal=B:TERM@60

# The same arguments as for the table: subtune compare ARGUMENTS --merge
arguments=(--train-file "${TRAIN_FILE:?}" --output-dir "${OUTPUT_DIR:?}" ${ARGUMENTS:-})

subtune compare "${arguments[@]}" --shard auto &
trap 'kill -TERM "$!"' TERM
wait "$!"
code=$?
# the signal ends the first wait; the second one gives the exit code
while kill -0 "$!" 2>/dev/null; do wait "$!"; code=$?; done
# 5: interrupted, and the run is stored
if [ "$code" = 5 ]; then
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
