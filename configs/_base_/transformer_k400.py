# Changes of tev_r2plus1d_k400.py for transformers: 224x224, the size of their published weights;
# weight decay except for norms and biases; clipped gradients. Activations of 4 videos are in
# memory at a time; without batch-norm, this changes no loss and no gradient.
_base_ = ['../tev_r2plus1d_k400.py']
from tev_mmaction import change_steps

model = dict(chunk_size=4, channels_last=False)
train_pipeline = change_steps(_base_.train_pipeline, ClipRandomResizedCrop=dict(size=224))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(
    optimizer=dict(weight_decay=0.05),
    paramwise_cfg=dict(norm_decay_mult=0, bias_decay_mult=0),
    clip_grad=dict(max_norm=1))
