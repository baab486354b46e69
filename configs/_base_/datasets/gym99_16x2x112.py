# Gym99 of FineGym: labelled_16x2x112.py, as an element takes one or two seconds. Training flips
# clips: no class names left or right.
_base_ = ['labelled_16x2x112.py']
train_dataloader = dict(
    dataset=dict(
        data_root='data/gym',
        ann_file='annotations/gym99_train.txt',
        data_prefix=dict(video='subactions')))
val_dataloader = dict(
    dataset=dict(
        data_root='data/gym',
        ann_file='annotations/gym99_val.txt',
        data_prefix=dict(video='subactions')))
test_dataloader = val_dataloader
