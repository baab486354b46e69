# UCF101 split 1: the training videos are the gallery, the test videos the queries.
split = 'UCF101 split 1'
test_dataloader = dict(
    batch_size=1,  # max_testing_views of stock recognizers requires it
    num_workers=8,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='GalleryQueryDataset',
        data_root='data/ucf101',
        gallery_ann_file='ucf101_train_split_1_videos.txt',
        ann_file='ucf101_val_split_1_videos.txt',
        class_file='ucf101_classes.txt',
        data_prefix=dict(video='videos')))
