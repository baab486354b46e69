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
  step "1/7 generating motion clips: $out/videos"
  videos=$out/videos
  python "$here/data/make_motion_clips.py" "$videos"
  source=$videos/videos.txt
  held_out=$out/held_out
  python "$here/data/make_motion_clips.py" "$held_out" --num-videos 160 --seed 1
else
  videos=$(cd "$videos" && pwd)
  step "1/7 using the videos in $videos"
  source=$videos
  held_out=
fi

step '2/7 indexing the videos'
# 3: some videos are left out, which is said.
python "$here/data/index_videos.py" "$source" --out "$out" --min-frames 8 || [ $? -eq 3 ]

step "3/7 drawing clip pairs: $out/clip_pairs.png"
python "$here/demo_config.py" "$here/../configs/studies/demo/tev_r3d10.py" \
  "$out/videos.usable.txt" --root "$videos" --index "$out/videos.index.csv" --out "$config"
python "$here/visualize/clip_pairs.py" "$config" --num-groups 2 --out "$out/clip_pairs.png"

step "4/7 pre-training: $work"
rm -rf "$work"
python "$here/train.py" "$config" --work-dir "$work"

step '5/7 what was learned'
python "$here/analysis/training_curves.py" "$work" --out "$out/curves.png"

evaluations=()
if [ -z "$held_out" ]; then
  step '6/7 what the features are worth is left out: your videos have no labels'
else
  step '6/7 what the features are worth on held-out clips'
  # By a config of configs/studies/demo with its videos in FOLDER, beside random weights.
  evaluate() { # CONFIG FOLDER NAME
    python - "$here/../configs/studies/demo/$1.py" "$2" > "$out/$1.py" <<'END'
import sys
print(f'_base_ = [{sys.argv[1]!r}]\ntest_dataloader = dict(dataset=dict(data_root={sys.argv[2]!r}))')
END
    python "$here/test.py" "$out/$1.py" "$(cat "$work/last_checkpoint")" \
      --work-dir "$out/$3_pretrained"
    python "$here/test.py" "$out/$1.py" --random-init --work-dir "$out/$3_random"
    local results=("pre-trained=$out/$3_pretrained" "random=$out/$3_random")
    python "$here/analysis/compare_evaluations.py" "${results[@]}"
    evaluations+=("${results[@]}")
  }
  evaluate evaluate_r3d10 "$out" test
  evaluate equivariance_r3d10 "$held_out" equivariance
fi

step '7/7 the report'
python "$here/report.py" "$work" --out "$out/report.html" \
  ${evaluations[@]+--evaluations "${evaluations[@]}"}
printf '\nOpen it in a browser, it needs nothing else: %s\n' "$out/report.html"
