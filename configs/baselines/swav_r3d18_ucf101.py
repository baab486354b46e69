# SwAV (Caron et al., NeurIPS 2020; Feichtenhofer et al., CVPR 2021, on video): predict the cluster
# code of a clip from the video's other clip.
# Clips and all else are as in cvrl_r3d18_ucf101.py: global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = 'cvrl_r3d18_ucf101.py'
model = dict(
    heads=dict(
        _delete_=True,
        clusters=dict(
            type='SwAVHead', num_prototypes=1000, temperature=0.1, epsilon=0.05, iterations=3)))
