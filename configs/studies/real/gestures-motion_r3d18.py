# gestures-motion_r3d10.py for the network of ../motion/tev-motion-varied-5x_r3d18.py.
# 16 frames, 3 clips, 72x72.
_base_ = ['gestures-motion_r3d10.py']
model = dict(backbone=dict(depth=18))
