# Jester: labelled_16x2x112.py, as its videos have 12 frames per second. A flipped clip gets the
# label of the mirrored gesture: a hand (0, 1) or two fingers (6, 7) go left or right, or a hand
# turns clockwise or counterclockwise (14, 15). A mirror changes no other class, also not hands that
# roll forward or backward, because they roll about a horizontal axis.
_base_ = ['labelled_16x2x112.py']
from tev_mmaction import change_steps

flip_label_map = {0: 1, 1: 0, 6: 7, 7: 6, 14: 15, 15: 14}
train_pipeline = change_steps(_base_.train_pipeline, Flip=dict(flip_label_map=flip_label_map))
train_dataloader = dict(
    dataset=dict(
        data_root='data/jester', ann_file='jester_train_list_videos.txt', pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(data_root='data/jester', ann_file='jester_val_list_videos.txt'))
test_dataloader = val_dataloader
