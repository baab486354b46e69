# labelled_16x1x112.py on Diving48 with the V1 labels.
_base_ = ['labelled_16x1x112.py']
train_dataloader = dict(
    dataset=dict(data_root='data/diving48', ann_file='diving48_v1_train_list_videos.txt'))
validation = dict(data_root='data/diving48', ann_file='diving48_v1_val_list_videos.txt')
val_dataloader = dict(dataset=validation)
test_dataloader = dict(dataset=validation)
