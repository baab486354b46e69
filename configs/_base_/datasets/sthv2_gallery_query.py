# Something-Something V2: the training videos are the gallery, the validation videos the queries.
# `opposites` are for ChiralityMetric: the same motion in the other direction, or played backwards.
_base_ = ['ucf101_gallery_query.py']
split = 'Something-Something V2'
test_dataloader = dict(
    dataset=dict(
        data_root='data/sthv2',
        gallery_ann_file='sthv2_train_list_videos.txt',
        ann_file='sthv2_val_list_videos.txt',
        class_file='sthv2_classes.txt'))
opposites = [
    ('Pulling something from left to right', 'Pulling something from right to left'),
    ('Pushing something from left to right', 'Pushing something from right to left'),
    ('Turning the camera left while filming something',
     'Turning the camera right while filming something'),
    ('Turning the camera upwards while filming something',
     'Turning the camera downwards while filming something'),
    ('Approaching something with your camera', 'Moving away from something with your camera'),
    ('Moving something up', 'Moving something down'),
    ('Moving something towards the camera', 'Moving something away from the camera'),
    ('Moving something closer to something', 'Moving something away from something'),
    ('Moving something and something closer to each other',
     'Moving something and something away from each other'),
    ('Opening something', 'Closing something'),
    ('Folding something', 'Unfolding something'),
    ('Covering something with something', 'Uncovering something'),
    ('Putting something into something', 'Taking something out of something'),
]
