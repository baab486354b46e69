# Linear probe of R3D-18, pre-trained by ../tev_r3d18_k400.py and frozen, on HMDB51 split 1: 16
# frames, every fourth, at 128x128, global batch 32 = 1 GPU x 32, 200 epochs. All settings of the
# probe are ours; the paper's linear probes are SVMs.
_base_ = ['tev_r3d18_hmdb51-split1.py', '../_base_/linear_probe.py']
model = _base_.linear_probe_model
optim_wrapper = _base_.linear_probe_optim_wrapper
