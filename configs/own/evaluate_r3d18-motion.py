# evaluate_r3d10-motion.py for r3d18-motion, the deeper network that comes with the package.
# 16 frames spread over the whole video, 3 clips, 72x72.
_base_ = ['evaluate_r3d10-motion.py']
model = dict(backbone=dict(depth=18, summary=((2, '2x2'), (3, '2x2'))))
