# HMDB51 split 1: the training videos are the gallery, the test videos the queries.
_base_ = ['ucf101_gallery_query.py']
split = 'HMDB51 split 1'
test_dataloader = dict(
    dataset=dict(
        data_root='data/hmdb51',
        gallery_ann_file='hmdb51_train_split_1_videos.txt',
        ann_file='hmdb51_val_split_1_videos.txt',
        class_file='hmdb51_classes.txt'))
