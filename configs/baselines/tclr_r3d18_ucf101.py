# TCLR (Dave et al., CVIU 2022): instances; four consecutive local clips, two views of each, told
# from each other; and the time steps of a global clip told from each other by the local clips. The
# network is TCLR's: without pool after the stem, and the last stage keeps its time steps. Videos
# below 64 frames are too short; make an index first with tools/data/index_videos.py.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs. A video has
# nine clips; if they do not fit into memory, set model.chunk_size.
_base_ = '../tev_r3d18_ucf101.py'
local_clips = (0, 1, 2, 3, 4, 5, 6, 7)
model = dict(
    backbone=dict(stem_kernel=(3, 7, 7), stem_pool=False, shortcut='B', dilated_last=True),
    heads=dict(
        _delete_=True,
        instance=dict(type='InstanceHead', temperature=0.1, clips=local_clips),
        local=dict(
            type='DistinctivenessHead', within_video=True, temperature=0.1, clips=local_clips),
        global_local=dict(type='GlobalLocalHead', temperature=0.1)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='LocalGlobalClipSampler', clip_len=16, num_local=4, num_views=2,
            speed=1)))
