#!/usr/bin/env bash
# Test with several processes on each of one or more machines:
#   tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [options of test.py]
# Variables, as of misc/torchrun.sh: PORT, NNODES, MASTER_ADDR and RUN_ID.
# Without a GPU it runs on gloo.
set -euo pipefail
if [ $# -lt 3 ]; then
  echo "usage: $0 CONFIG CHECKPOINT PROCESSES [options of test.py]" >&2
  exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "$here/misc/torchrun.sh" "test-$(basename "$1" .py)" "$3" "$here/test.py" "$1" "$2" \
  --launcher pytorch "${@:4}"
