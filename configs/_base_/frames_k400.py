# Changes of tev_r2plus1d_k400.py for 2-D networks without temporal shift. The network processes
# each frame separately, and the mean over frames does not depend on their order. So clips are
# played forwards only, and there is no direction task.
_base_ = ['../tev_r2plus1d_k400.py']
model = dict(frames_as_batch=True, heads=dict(direction=None))
train_dataloader = dict(dataset=dict(clip_sampler=dict(directions=(1,))))
