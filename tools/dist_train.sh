#!/usr/bin/env bash
# Train with several processes on each of one or more machines:
#   tools/dist_train.sh CONFIG PROCESSES [options of train.py]
# Variables, as of misc/torchrun.sh: PORT, NNODES, MASTER_ADDR, RUN_ID and RESTARTS. Restarted
# processes go on from the last checkpoint, also at the first call, as with --resume.
# Without a GPU it runs on gloo.
set -euo pipefail
if [ $# -lt 2 ]; then
  echo "usage: $0 CONFIG PROCESSES [options of train.py]" >&2
  exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
resume=()
if [ "${RESTARTS:-0}" != 0 ]; then
  resume=(--resume)
fi
exec "$here/misc/torchrun.sh" "$(basename "$1" .py)" "$2" "$here/train.py" "$1" \
  --launcher pytorch ${resume[@]+"${resume[@]}"} "${@:3}"
