# The second stage of AVTS: a quarter of the negatives are sounds of the same video, 12 frames
# before or after the clip. It begins with the weights of avts_mc3-18_k400.py.
# Global batch 512 = 8 GPUs x 64, 200 epochs.
_base_ = 'avts_mc3-18_k400.py'
model = dict(heads=dict(synchronisation=dict(hard_share=0.25)))
train_dataloader = dict(
    dataset=dict(
        clip_sampler=dict(
            _delete_=True, type='ConsecutiveClipSampler', clip_len=16, num_clips=2, interval=12)))
load_from = 'work_dirs/avts_mc3-18_k400/epoch_200.pth'
custom_hooks = [*_base_.custom_hooks, dict(type='BackboneWeightsHook')]
