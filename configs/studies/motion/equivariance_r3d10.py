# EquivarianceMetric on the test subjects of the motion benchmark: how well the features of two
# clips predict their relation. 16 frames at 32x32, speeds 1, 2 and 4, 4 pairs per video.
_base_ = ['../demo/equivariance_r3d10.py']
test_dataloader = dict(
    dataset=dict(
        data_root='data/motion', ann_file='test.txt', clip_sampler=dict(clip_len=16, num_pairs=4)))
test_evaluator = dict(split='motion benchmark, test')
