# tev.py with every second frame of the video, for data sets whose videos are short or whose motion
# is fast (ours; the paper has no retrieval on such data).
_base_ = ['tev.py']
from tev_mmaction import change_steps

protocol = dict(frame_interval=2)
test_pipeline = change_steps(_base_.test_pipeline, SampleFrames=dict(frame_interval=2))
