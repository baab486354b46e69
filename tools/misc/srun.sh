#!/usr/bin/env bash
# What slurm_train.sh and slurm_test.sh share: PARTITION JOB_NAME SCRIPT [its arguments].
set -euo pipefail
gpus=${GPUS:-8}
per_node=${GPUS_PER_NODE:-8}
# SRUN_ARGS holds several words
# shellcheck disable=SC2086
exec srun -p "$1" --job-name="$2" --gres="gpu:$per_node" --ntasks="$gpus" \
  --ntasks-per-node="$per_node" --cpus-per-task="${CPUS_PER_TASK:-8}" --kill-on-bad-exit=1 \
  ${SRUN_ARGS:-} python -u "${@:3}"
