# evaluate-kinds_r3d10.py for a network of optical flow, as in evaluate-flow-stream_r3d10.py.
# 16 frames, every fourth of the video, 4 clips, 32x32.
_base_ = ['evaluate-kinds_r3d10.py']
from tev_mmaction import insert_step

test_pipeline = insert_step(
    _base_.test_pipeline, dict(type='ClipFlow', bound=0.18), before='FormatShape')
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
