#!/usr/bin/env bash
# Test with several processes on each of one or more machines:
#   tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [options of test.py]
# NNODES, NODE_RANK, MASTER_ADDR and PORT name the machines.
set -euo pipefail
if [ $# -lt 3 ]; then
  echo "usage: $0 CONFIG CHECKPOINT PROCESSES [options of test.py]" >&2
  exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec python -m torch.distributed.run --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" \
  --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
  --nproc_per_node="$3" "$here/test.py" "$1" "$2" --launcher pytorch "${@:4}"
