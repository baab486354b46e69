# Debiased R3D-18 (Choi et al., NeurIPS 2019) on Mini-Kinetics-200 with labels: scenes are hidden by
# gradient reversal, and predictions without people are kept uncertain. README.md says what the two
# lists are. 16 consecutive frames at 112x112, global batch 32 = 1 GPU x 32, 100 epochs.
_base_ = [
    '../_base_/models/finetune_r3d18.py', '../_base_/datasets/labelled_16x1x112.py',
    '../_base_/schedules/finetune_100e.py', '../_base_/finetune_runtime.py'
]
from tev_mmaction import change_steps, insert_step

model = dict(
    cls_head=dict(
        type='DebiasedHead', num_classes=200, num_scenes=365, scene_layers=3, reversal=0.5,
        mask_weight=0.5))
train_pipeline = insert_step(
    insert_step(
        change_steps(
            _base_.train_pipeline,
            PackActionInputs=dict(meta_keys=('img_shape', 'scene', 'people_masked'))),
        dict(type='SceneLabel', scenes='data/kinetics400/minikinetics200_train_scenes.txt'),
        before='VideoInit'),
    dict(type='MaskPeople', boxes='data/kinetics400/minikinetics200_train_people.csv'),
    before='RandomResizedCrop')
train_dataloader = dict(
    dataset=dict(
        data_root='data/kinetics400',
        ann_file='minikinetics200_train_list_videos.txt',
        data_prefix=dict(video='videos_train'),
        pipeline=train_pipeline))
validation = dict(
    data_root='data/kinetics400',
    ann_file='minikinetics200_val_list_videos.txt',
    data_prefix=dict(video='videos_val'))
val_dataloader = dict(dataset=validation)
test_dataloader = dict(dataset=validation)
