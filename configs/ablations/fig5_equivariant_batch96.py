# Fig. 5: the whole method with another number of negatives.
# Global batch 96 = 8 GPUs x 12.
_base_ = ['../tev_r3d18_ucf101.py']
train_dataloader = dict(batch_size=12)
auto_scale_lr = dict(base_batch_size=96)
