# GDT (Patrick et al., ICCV 2021), its RGB part: two draws of time and direction per video, two
# views of each. The negatives of a draw are the other draw of the video and all other videos.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    heads=dict(_delete_=True, distinctiveness=dict(type='DistinctivenessHead', temperature=0.1)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='IndependentClipSampler', clip_len=16, speeds=(1, ),
            directions=(1, -1), num_draws=2, num_views=2)))
