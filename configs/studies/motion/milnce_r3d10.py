# MIL-NCE on the motion benchmark with what is said in its clips (make_motion_clips.py --text): the
# network of tev_r3d10.py, and a small text network. 8 frames at 32x32, every fourth of the video,
# global batch 48 = 1 process x 48, 60 epochs of 20 batches.
_base_ = ['tev_r3d10.py']
from tev_mmaction import change_steps, insert_step

vocabulary = 'data/motion/vocabulary.txt'
narrations = 'data/motion/narrations.jsonl'
model = dict(
    heads=dict(
        _delete_=True,
        text=dict(
            type='MILNCEHead',
            text_encoder=dict(
                type='WordEncoder', vocabulary=vocabulary, width=64, hidden=256, word_dim=64))))
train_pipeline = insert_step(
    change_steps(
        _base_.train_pipeline, PackActionInputs=dict(meta_keys=('img_shape', 'color_map', 'text'))),
    dict(
        type='ClipText', vocabulary=vocabulary, narrations=narrations, num_sentences=5,
        num_words=16),
    before='ClipRandomResizedCrop')
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        pipeline=train_pipeline,
        clip_sampler=dict(
            _delete_=True, type='IndependentClipSampler', clip_len=8, speeds=(4, ),
            directions=(1, ), num_draws=1)))
train_cfg = dict(max_epochs=60)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=1, by_epoch=True,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=1, end=60, by_epoch=True,
         convert_to_iter_based=True)
]
