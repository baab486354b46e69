# finetune_r3d10-motion.py for r3d18-motion, the deeper network that comes with the package. The
# classifier sees stages 2 and 3, with time and a grid of 2x2 cells, and stage 4: 1,152 numbers.
# 16 frames at 72x72, global batch 16 = 1 process x 16, 40 epochs.
_base_ = ['finetune_r3d10-motion.py']
model = dict(
    backbone=dict(depth=18, summary=((2, '2x2'), (3, '2x2'), (4, 'space-time'))),
    cls_head=dict(in_channels=1152))
load_from = 'tev://r3d18-motion'
