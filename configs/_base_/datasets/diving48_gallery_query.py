# Diving48, V2 labels: the training videos are the gallery, the test videos the queries.
_base_ = ['ucf101_gallery_query.py']
split = 'Diving48 V2'
test_dataloader = dict(
    dataset=dict(
        data_root='data/diving48',
        gallery_ann_file='diving48_train_list_videos.txt',
        ann_file='diving48_val_list_videos.txt',
        class_file='diving48_classes.txt'))
