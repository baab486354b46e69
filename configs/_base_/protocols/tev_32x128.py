# tev.py with the clips that S3D-G is pre-trained on: 32 frames at 128x128.
_base_ = ['tev.py']
protocol = dict(clip_len=32, size=128)
test_pipeline = _base_.test_pipeline
test_pipeline[1].update(clip_len=32)
test_pipeline[3].update(scale=(-1, 128))
test_pipeline[4].update(crop_size=128)
