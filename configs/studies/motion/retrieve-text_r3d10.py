# Text-to-video retrieval on the test subjects of the motion benchmark by milnce_r3d10.py: each of
# the captions is to find its clip. 8 frames at 32x32, every fourth of the video, 4 clips, 50 videos
# per batch.
_base_ = ['../../_base_/models/tev_r3d18.py', '../../_base_/evaluation_runtime.py']
vocabulary = 'data/motion/vocabulary.txt'
model = dict(
    backbone=dict(depth=10, base_channels=16, stem_kernel=(3, 5, 5)),
    feature_dim=128,
    heads=dict(
        _delete_=True,
        text=dict(
            type='MILNCEHead',
            text_encoder=dict(
                type='WordEncoder', vocabulary=vocabulary, width=64, hidden=256, word_dim=64))))
test_dataloader = dict(
    batch_size=50,
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='ClipPairDataset',
        data_root='data/motion',
        ann_file='test.txt',
        data_prefix=dict(video=''),
        clip_sampler=dict(
            type='IndependentClipSampler', clip_len=8, speeds=(4, ), directions=(1, ),
            num_draws=4),
        group_size=1,
        test_mode=True,
        pipeline=[
            dict(
                type='ClipText', vocabulary=vocabulary, narrations='data/motion/captions.jsonl',
                num_sentences=1, num_words=16),
            dict(type='Resize', scale=(-1, 32)),
            dict(type='CenterCrop', crop_size=32),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs', meta_keys=('img_shape', 'text'))]))
test_evaluator = dict(type='TextVideoRetrievalMetric', split='motion benchmark, test')
