#!/usr/bin/env bash
# Train with several processes on each of one or more machines:
#   tools/dist_train.sh CONFIG PROCESSES [options of train.py]
# NNODES, NODE_RANK, MASTER_ADDR and PORT name the machines. Without a GPU it runs on gloo.
set -euo pipefail
if [ $# -lt 2 ]; then
  echo "usage: $0 CONFIG PROCESSES [options of train.py]" >&2
  exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec python -m torch.distributed.run --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" \
  --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
  --nproc_per_node="$2" "$here/train.py" "$1" --launcher pytorch "${@:3}"
