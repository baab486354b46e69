#!/usr/bin/env bash
# Run a script of tools/ with several processes on each of one or more machines:
#   misc/torchrun.sh NAME PROCESSES SCRIPT [arguments]
# One machine: PORT (29500). Several: the same call on each, with NNODES (or FEWEST:MOST), and
# MASTER_ADDR and PORT of one of them, where they meet; they number themselves. NAME, or RUN_ID,
# tells runs apart. RESTARTS=3 starts all processes again, up to three times, where one has failed.
set -euo pipefail
address=${MASTER_ADDR:-127.0.0.1}
port=${PORT:-29500}
if [ "${NNODES:-1}" = 1 ]; then
  meet=(--nnodes=1 --master_addr="$address" --master_port="$port")
else
  meet=(--nnodes="$NNODES" --rdzv-backend=c10d --rdzv-endpoint="$address:$port"
    --rdzv-id="${RUN_ID:-$1}")
fi
# Agents count restarts on their own, and processes would look for one another by that number.
export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1
exec python -m torch.distributed.run "${meet[@]}" --max-restarts="${RESTARTS:-0}" \
  --nproc_per_node="$2" "${@:3}"
