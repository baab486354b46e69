# gestures-motion-reversed_r3d10.py for the network of ../motion/tev-motion-varied_r3d18.py: stages 2 and 3, with
# time and a grid of 2x2 cells (1,024 numbers), chosen on the development splits.
# 16 frames, 3 clips, 72x72.
_base_ = ['gestures-motion-reversed_r3d10.py']
model = dict(backbone=dict(depth=18, summary=((2, '2x2'), (3, '2x2'))))
