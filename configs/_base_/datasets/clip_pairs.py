# Clip pairs of 16 frames at 112x112. The paper's text does not state the strengths of the
# augmentation. model.data_preprocessor jitters the colours; without on_device=True, the data
# loader does.
train_pipeline = [
    dict(type='ClipRandomResizedCrop', size=112, area_range=(0.3, 1.0)),
    dict(type='ClipFlip', flip_ratio=0.5),
    dict(type='ClipColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1,
         probability=0.8, grayscale=0.2, on_device=True),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=('img_shape', 'color_map'))
]
train_dataloader = dict(
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    collate_fn=dict(type='shared_collate'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='ClipPairDataset',
        clip_sampler=dict(
            clip_len=16, speeds=(1, 2, 4, 8), directions=(1, -1), balance_order=False),
        group_size=2,
        decoder='auto',
        pipeline=train_pipeline))
