"""The samplers of other methods in the dataset, and their clips and labels in the model."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.dataset import pseudo_collate
from test_clip_pair_dataset import PLAIN_PIPELINE

from helpers import build_dataset, frame_of, metainfos, model_cfg
from tev_mmaction.models.heads import collect_targets
from tev_mmaction.temporal import PlaybackClip

# sampler: clips a video, heads
METHODS = dict(
    NearbyClipSampler=(2, dict(instance=dict(type='InstanceHead'))),
    ShuffledClipSampler=(3, dict(clip_order=dict(type='ClipOrderHead'))),
    PlaybackSampler=(
        4,
        dict(
            playback=dict(type='PlaybackHead'),
            speed=dict(type='PlaybackSpeedHead', speeds=(1, 2, 4, 8)),
        ),
    ),
)
any_method = pytest.mark.parametrize('sampler', METHODS)


def dataset_of(clips, sampler, **changes):
    cfg = dict(type=sampler, clip_len=8)
    return build_dataset(clips, clip_sampler=cfg, group_size=1, decoder='pyav', **changes)


@any_method
def test_clips_show_the_frames_that_were_drawn(clips, sampler):
    """In any order, and some of them more than once."""
    dataset = dataset_of(clips, sampler, pipeline=PLAIN_PIPELINE)
    for sample in dataset.__getitems__(list(range(12))):
        drawn = sample['data_samples'].metainfo['clips']
        assert len(sample['inputs']) == len(drawn) == METHODS[sampler][0]
        for clip, spec in zip(sample['inputs'].numpy(), drawn):
            shown = [frame_of(picture) for picture in clip.transpose(1, 2, 3, 0)]
            assert shown == spec.frame_indices().tolist()


def test_a_frame_that_a_periodic_clip_shows_twice_is_there_twice(clips):
    dataset = dataset_of(clips, 'PlaybackSampler')
    infos = [info for seed in range(3) for info in metainfos(dataset.__getitems__([seed, 5, 7]))]
    drawn = [clip for info in infos for clip in info['clips']]
    assert all(isinstance(clip, PlaybackClip) for clip in drawn)
    assert any(len(set(clip.frames)) < len(clip.frames) for clip in drawn)


@any_method
def test_heads_find_their_labels_and_reach_the_backbone(clips, sampler):
    dataset = dataset_of(clips, sampler)
    heads = METHODS[sampler][1]
    model = MODELS.build(model_cfg(heads=heads))
    batch = pseudo_collate(dataset.__getitems__([0, 3, 6, 9]))
    assert len(collect_targets(batch['data_samples'])['sample_idx']) == 4
    data = model.data_preprocessor(batch, training=True)
    loss, logs = model.parse_losses(model(**data, mode='loss'))
    assert {name for name in logs if name.startswith('loss_')} == {f'loss_{n}' for n in heads}
    loss.backward()
    gradient = next(model.backbone.parameters()).grad
    assert torch.isfinite(gradient).all() and gradient.any()
