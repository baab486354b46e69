#!/usr/bin/env bash
# From videos to a pre-trained model in a few minutes on two CPU cores:
#   tools/demo.sh OUT_FOLDER [VIDEO_FOLDER]
# Without a folder of videos it generates clips in which nothing but motion differs.
set -euo pipefail
out=${1:?usage: $0 OUT_FOLDER [VIDEO_FOLDER]}
videos=${2:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
config=$here/../configs/tev_r3d10_motion-clips.py
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$out/pretrain

step() { printf '\n== %s\n' "$*"; }

iterations=300 # enough to see losses move; real videos are slower to decode than the generated ones
if [ -z "$videos" ]; then
  step "1/5 generating motion clips: $out/videos"
  videos=$out/videos
  iterations=830
  python "$here/data/make_motion_clips.py" "$videos"
  source=$videos/videos.txt
else
  videos=$(cd "$videos" && pwd)
  step "1/5 using the videos in $videos"
  source=$videos
fi

step '2/5 indexing the videos'
python "$here/data/index_videos.py" "$source" --out "$out"
usable=$(wc -l <"$out/videos.usable.txt")
if [ "$usable" -lt 4 ]; then
  echo "only $usable usable video(s) in $videos: at least 4 are needed, two groups of two" >&2
  exit 1
fi
batch=$((usable < 48 ? usable / 2 * 2 : 48))
epochs=$((iterations / (usable / batch)))
data=(
  train_dataloader.dataset.data_root="$videos"
  train_dataloader.dataset.ann_file="$out/videos.usable.txt"
)

step "3/5 drawing clip pairs: $out/clip_pairs.png"
python "$here/visualize/clip_pairs.py" "$config" --num-groups 2 --out "$out/clip_pairs.png" \
  --cfg-options "${data[@]}"

step "4/5 pre-training: $epochs epochs of $((usable / batch)) batches of $batch videos"
rm -rf "$work"
# One core decodes, the others compute.
OMP_NUM_THREADS=$(python -c 'import os; print(max(1, os.cpu_count() - 1))') \
  python "$here/train.py" "$config" --work-dir "$work" --cfg-options "${data[@]}" \
  train_dataloader.batch_size="$batch" train_cfg.max_epochs="$epochs" \
  param_scheduler.1.end="$epochs"

step '5/5 what was learned'
python "$here/analysis/training_curves.py" "$work" --out "$out/curves.png"
