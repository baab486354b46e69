# GDT (Patrick et al., ICCV 2021) with sound: a clip is contrasted with the sounds of all clips, and
# a sound with all clips. The negatives of a draw are the other draw of the video, in time and
# direction, and all other videos.
# R3D-18 on Kinetics-400 at 16x128x128 with 0.64 s of sound, global batch 512 = 8 GPUs x 64, 200
# epochs.
_base_ = '../tev_r3d18_k400.py'
from tev_mmaction import change_steps, insert_step

model = dict(heads=dict(_delete_=True, audio_visual=dict(type='AudioVisualHead', temperature=0.07)))
train_pipeline = insert_step(
    change_steps(
        _base_.train_pipeline,
        PackActionInputs=dict(meta_keys=('img_shape', 'color_map', 'audio'))),
    dict(type='ClipAudio', duration=0.64),
    before='ClipColorJitter')
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        pipeline=train_pipeline,
        clip_sampler=dict(
            _delete_=True, type='IndependentClipSampler', clip_len=16, speeds=(1, ),
            directions=(1, -1), num_draws=2)))
