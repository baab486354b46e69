# Fig. 5, the model that is distinctive but not equivariant: a video has two temporal draws, with
# two clips each; other draws of the same video are negatives.
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
model = dict(
    heads=dict(
        equivariance=None, instance=None, speed=None, direction=None, order=None,
        distinctiveness=dict(type='DistinctivenessHead', temperature=0.1, loss_weight=1.0)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True,
            type='IndependentClipSampler',
            clip_len=16, speeds=(1, 2, 4, 8), directions=(1, -1), num_draws=2, num_views=2)))
