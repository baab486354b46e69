#!/usr/bin/env bash
# From videos to a pre-trained model, and to what it is worth, in some minutes on two CPU cores:
#   tools/demo.sh OUT_FOLDER [VIDEO_FOLDER]
# Without a folder of videos it generates clips in which nothing but motion differs, and others,
# held out of training, to test on.
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
  step "1/6 generating motion clips: $out/videos"
  videos=$out/videos
  python "$here/data/make_motion_clips.py" "$videos"
  source=$videos/videos.txt
  held_out=$out/held_out
  python "$here/data/make_motion_clips.py" "$held_out" --num-videos 160 --seed 1
else
  videos=$(cd "$videos" && pwd)
  step "1/6 using the videos in $videos"
  source=$videos
  held_out=
fi

step '2/6 indexing the videos'
python "$here/data/index_videos.py" "$source" --out "$out" --min-frames 8

step "3/6 drawing clip pairs: $out/clip_pairs.png"
python "$here/demo_config.py" "$here/../configs/tev_r3d10_motion-clips.py" \
  "$out/videos.usable.txt" --root "$videos" --index "$out/videos.index.csv" --out "$config"
python "$here/visualize/clip_pairs.py" "$config" --num-groups 2 --out "$out/clip_pairs.png"

step "4/6 pre-training: $work"
rm -rf "$work"
python "$here/train.py" "$config" --work-dir "$work"

step '5/6 what was learned'
python "$here/analysis/training_curves.py" "$work" --out "$out/curves.png"

if [ -z "$held_out" ]; then
  step '6/6 retrieval and linear SVM are left out: your videos have no labels'
  exit
fi
step '6/6 what the features are worth on held-out clips'
evaluation=$out/evaluation.py
python - "$here/../configs/retrieval/r3d10_motion-clips.py" "$out" > "$evaluation" <<'END'
import sys
print(f'_base_ = [{sys.argv[1]!r}]\ntest_dataloader = dict(dataset=dict(data_root={sys.argv[2]!r}))')
END
python "$here/test.py" "$evaluation" "$(cat "$work/last_checkpoint")" --work-dir "$out/test_pretrained"
python "$here/test.py" "$evaluation" --random-init --work-dir "$out/test_random"
python "$here/analysis/compare_evaluations.py" \
  "pre-trained=$out/test_pretrained" "random=$out/test_random"
