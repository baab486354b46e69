# MIL-NCE (Miech et al., CVPR 2020): a clip is contrasted with the five sentences that are spoken
# nearest to its time, of which some may be wrong. UCF101 has no narrations: set `narrations` and
# `vocabulary` to yours (tools/data/make_vocabulary.py makes the latter; see docs/narrations.md).
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
from tev_mmaction import change_steps, insert_step

narrations = None  # subtitles beside the videos
vocabulary = 'data/ucf101/vocabulary.txt'
model = dict(
    heads=dict(
        _delete_=True,
        text=dict(
            type='MILNCEHead', text_encoder=dict(type='WordEncoder', vocabulary=vocabulary))))
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
            _delete_=True, type='IndependentClipSampler', clip_len=16, speeds=(2, ),
            directions=(1, ), num_draws=1)))
