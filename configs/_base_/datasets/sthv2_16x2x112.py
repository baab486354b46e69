# Something-Something V2: labelled_16x2x112.py, as its videos have 12 frames per second. Six classes
# name left or right, and a flipped clip gets the opposite label: something is pulled (86, 87) or
# pushed (93, 94) from left to right or back, or the camera turns left or right (166, 167). The map
# is that of MMAction2's configs.
_base_ = ['labelled_16x2x112.py']
from tev_mmaction import change_steps

flip_label_map = {86: 87, 87: 86, 93: 94, 94: 93, 166: 167, 167: 166}
train_pipeline = change_steps(_base_.train_pipeline, Flip=dict(flip_label_map=flip_label_map))
train_dataloader = dict(
    dataset=dict(
        data_root='data/sthv2', ann_file='sthv2_train_list_videos.txt', pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(data_root='data/sthv2', ann_file='sthv2_val_list_videos.txt'))
test_dataloader = val_dataloader
