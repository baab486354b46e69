# gestures_r3d10.py for a network of optical flow, which is computed on the fly, as in
# ../../baselines/coclr-infonce-flow_r3d18_ucf101.py. 16 frames, 3 clips, 48x48.
_base_ = ['gestures_r3d10.py']
from tev_mmaction import insert_step

test_pipeline = insert_step(
    _base_.test_pipeline, dict(type='ClipFlow', bound=0.18), before='FormatShape')
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
