# Linear probe of r3d10-motion on the classes of your own clips: as finetune_r3d10-motion.py, but the
# backbone stays as it was pre-trained, and the classifier alone is trained. 16 frames at 72x72,
# global batch 16 = 1 process x 16, 40 epochs.
_base_ = ['finetune_r3d10-motion.py']
model = dict(backbone=dict(frozen_stages=4))
