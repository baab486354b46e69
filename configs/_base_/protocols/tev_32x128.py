# tev.py with the clips that S3D-G is pre-trained on: 32 frames at 128x128.
_base_ = ['tev.py']
from tev_mmaction import change_steps

protocol = dict(clip_len=32, size=128)
test_pipeline = change_steps(
    _base_.test_pipeline,
    SampleFrames=dict(clip_len=32),
    Resize=dict(scale=(-1, 128)),
    ThreeCrop=dict(crop_size=128))
