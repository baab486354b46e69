# C3D (Tran et al., ICCV 2015) on Diving48 V1, the baseline of RESOUND (Li et al., ECCV 2018), with
# MMAction2's recognizer and network, pre-trained on Sports-1M: 16 consecutive frames at 112x112.
# Global batch 32 = 1 GPU x 32, 100 epochs.
_base_ = [
    'mmaction::_base_/models/c3d_sports1m_pretrained.py',
    '../_base_/datasets/labelled_diving48-v1.py', '../_base_/schedules/sgd_100e.py',
    '../_base_/finetune_runtime.py'
]
model = dict(cls_head=dict(num_classes=48), test_cfg=dict(_delete_=True, max_testing_views=10))
optim_wrapper = dict(optimizer=dict(lr=1.25e-4, weight_decay=5e-4))
