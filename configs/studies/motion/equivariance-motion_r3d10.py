# EquivarianceMetric as in equivariance_r3d10.py, for the features of evaluate-motion_r3d10.py. 16
# frames at 48x48, speeds 1, 2 and 4, 4 pairs per video.
_base_ = ['equivariance_r3d10.py']
from tev_mmaction import change_steps

model = dict(backbone=dict(summary=((3, 'space'),)))
test_pipeline = change_steps(
    _base_.test_dataloader.dataset.pipeline,
    Resize=dict(scale=(-1, 48)),
    CenterCrop=dict(crop_size=48))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
