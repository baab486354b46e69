# Fig. 5: the distinctive model with another number of negatives.
# Global batch 384 = 8 GPUs x 48.
_base_ = ['fig5_distinctive_batch192.py']
train_dataloader = dict(batch_size=48)
auto_scale_lr = dict(base_batch_size=384)
