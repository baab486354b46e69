# EquivarianceMetric as in equivariance_r3d10.py, for a model with its equivariance head, so that
# the matrix compares ψ. 16 frames at 32x32, speeds 1, 2 and 4, 4 pairs per video.
_base_ = ['tasks_r3d10.py']
test_dataloader = dict(
    batch_size=1,
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True,
            type='IndependentPairsSampler',
            clip_len=16, speeds=(1, 2, 4), num_pairs=4)))
test_evaluator = dict(
    _delete_=True, type='EquivarianceMetric', split='motion benchmark, test')
test_cfg = dict(_delete_=True, type='TestLoop')
