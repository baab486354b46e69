# Linear probe of R(2+1)D-18, pre-trained by ../tev_r2plus1d_diving48.py and frozen, on Diving48 V2
# at 2x: 16 frames over 32, at 112x112, global batch 32 = 1 GPU x 32, 100 epochs. All settings of
# the probe are ours; the paper's linear probes are SVMs.
_base_ = ['tev_r2plus1d_diving48-v2-2x.py', '../_base_/linear_probe.py']
model = _base_.linear_probe_model
optim_wrapper = _base_.linear_probe_optim_wrapper
