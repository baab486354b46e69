# What 2-D networks without temporal shift change in tev_r2plus1d_k400.py: each frame goes through
# the network alone, and the mean over frames is the same backwards. So clips run forwards, and there
# is no direction to be told.
_base_ = ['../tev_r2plus1d_k400.py']
model = dict(frames_as_batch=True, heads=dict(direction=None))
train_dataloader = dict(dataset=dict(clip_sampler=dict(directions=(1,))))
