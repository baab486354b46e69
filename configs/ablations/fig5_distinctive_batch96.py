# Fig. 5: the distinctive model with another number of negatives.
# Global batch 96 = 8 GPUs x 12.
_base_ = ['fig5_distinctive_batch192.py']
train_dataloader = dict(batch_size=12)
auto_scale_lr = dict(base_batch_size=96)
