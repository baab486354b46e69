#!/usr/bin/env bash
# From videos to a pre-trained model in a few minutes on two CPU cores:
#   tools/demo.sh OUT_FOLDER [VIDEO_FOLDER]
# Without a folder of videos it generates clips in which nothing but motion differs.
set -euo pipefail
out=${1:?usage: $0 OUT_FOLDER [VIDEO_FOLDER]}
videos=${2:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$out"
out=$(cd "$out" && pwd)
config=$out/demo.py
work=$out/pretrain
# One core decodes, the others compute.
OMP_NUM_THREADS=$(python -c 'import os; print(max(1, os.cpu_count() - 1))')
export OMP_NUM_THREADS

step() { printf '\n== %s\n' "$*"; }

if [ -z "$videos" ]; then
  step "1/5 generating motion clips: $out/videos"
  videos=$out/videos
  python "$here/data/make_motion_clips.py" "$videos"
  source=$videos/videos.txt
else
  videos=$(cd "$videos" && pwd)
  step "1/5 using the videos in $videos"
  source=$videos
fi

step '2/5 indexing the videos'
python "$here/data/index_videos.py" "$source" --out "$out" --min-frames 8

step "3/5 drawing clip pairs: $out/clip_pairs.png"
python "$here/demo_config.py" "$here/../configs/tev_r3d10_motion-clips.py" \
  "$out/videos.usable.txt" --root "$videos" --index "$out/videos.index.csv" --out "$config"
python "$here/visualize/clip_pairs.py" "$config" --num-groups 2 --out "$out/clip_pairs.png"

step "4/5 pre-training: $work"
rm -rf "$work"
python "$here/train.py" "$config" --work-dir "$work"

step '5/5 what was learned'
python "$here/analysis/training_curves.py" "$work" --out "$out/curves.png"
