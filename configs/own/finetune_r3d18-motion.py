# finetune_r3d10-motion.py for r3d18-motion, the deeper network that comes with the package.
# 16 frames at 72x72, global batch 16 = 1 process x 16, 40 epochs.
_base_ = ['finetune_r3d10-motion.py']
model = dict(backbone=dict(depth=18))
load_from = 'tev://r3d18-motion'
