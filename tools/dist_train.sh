#!/usr/bin/env bash
# Train with several processes on each of one or more machines:
#   tools/dist_train.sh CONFIG PROCESSES [options of train.py]
# One machine: PORT (29500). Several: the same call on each, with NNODES (or FEWEST:MOST), and
# MASTER_ADDR and PORT of one of them, where they meet; they number themselves.
# RESTARTS=3 starts all processes again, up to three times, where one has failed; as with --resume,
# they go on from the last checkpoint, also at the first call.
# Without a GPU it runs on gloo.
set -euo pipefail
if [ $# -lt 2 ]; then
  echo "usage: $0 CONFIG PROCESSES [options of train.py]" >&2
  exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
address=${MASTER_ADDR:-127.0.0.1}
port=${PORT:-29500}
restarts=${RESTARTS:-0}
if [ "${NNODES:-1}" = 1 ]; then
  meet=(--nnodes=1 --master_addr="$address" --master_port="$port")
else
  meet=(--nnodes="$NNODES" --rdzv-backend=c10d --rdzv-endpoint="$address:$port"
    --rdzv-id="${RUN_ID:-$(basename "$1" .py)}")
fi
# Agents count restarts on their own, and processes would look for one another by that number.
export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1
resume=()
if [ "$restarts" != 0 ]; then
  resume=(--resume)
fi
exec python -m torch.distributed.run "${meet[@]}" --max-restarts="$restarts" \
  --nproc_per_node="$2" "$here/train.py" "$1" --launcher pytorch ${resume[@]+"${resume[@]}"} "${@:3}"
