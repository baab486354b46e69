"""ClipPairDataset for evaluation: the same clips whatever the batches, and no stand-ins."""

import numpy as np
import pytest
import torch

from helpers import build_dataset, frame_of, metainfos, write_clip
from tev_mmaction.datasets.readers import VideoError

PAIRS = dict(type='IndependentPairsSampler', clip_len=8, speeds=(1, 2, 4), num_pairs=3)
PIPELINE = [
    dict(type='Resize', scale=(-1, 32)),
    dict(type='CenterCrop', crop_size=32),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]


def dataset_of(folder, **changes):
    cfg = dict(clip_sampler=PAIRS, group_size=1, test_mode=True, pipeline=PIPELINE) | changes
    return build_dataset(folder, **cfg)


def test_stock_transforms_give_the_clips_that_were_drawn(clips):
    for sample in dataset_of(clips).__getitems__([0, 5, 9]):
        drawn = sample['data_samples'].metainfo['clips']
        assert sample['inputs'].shape == (6, 3, 8, 32, 32) and len(drawn) == 6
        for clip, spec in zip(sample['inputs'].numpy(), drawn):
            shown = [frame_of(picture) for picture in clip.transpose(1, 2, 3, 0)]
            assert shown == spec.frame_indices().tolist()


def test_draws_depend_on_the_video_and_the_seed_alone(clips):
    dataset = dataset_of(clips)
    expected = [dataset[index] for index in range(12)]
    for batch in ([3, 1, 11, 0], np.array([1, 3]), list(range(12))[::-1]):
        for index, sample in zip(batch, dataset.__getitems__(batch)):
            assert torch.equal(sample['inputs'], expected[index]['inputs'])
            assert sample['data_samples'].metainfo == expected[index]['data_samples'].metainfo
    drawn = [info['clips'] for info in metainfos(expected)]
    assert len(set(drawn)) == 12
    others = metainfos(dataset_of(clips, seed=1).__getitems__(list(range(12))))
    assert all(info['clips'] != clips for info, clips in zip(others, drawn))


def test_draws_of_training_depend_on_the_batch(clips):
    dataset = dataset_of(clips, test_mode=False)
    first, second = (metainfos(dataset.__getitems__(batch))[0] for batch in ([1, 3], [1, 4]))
    assert first['clips'] != second['clips']


@pytest.mark.parametrize('name', ['empty.mp4', 'cut.mp4', 'missing.mp4', 'short.mp4'])
def test_a_video_that_cannot_be_used_is_an_error(clips, tmp_path, name):
    good = sorted(clips.rglob('*.mp4'))[:3]
    (tmp_path / 'empty.mp4').touch()
    write_clip(tmp_path / 'short.mp4', 7)
    whole = write_clip(tmp_path / 'cut.mp4', 60, container_options=dict(movflags='faststart'))
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    (tmp_path / 'train.txt').write_text('\n'.join([*map(str, good), name]))
    dataset = dataset_of(tmp_path)
    assert len(dataset.__getitems__([0, 1, 2])) == 3
    with pytest.raises(VideoError, match=name):
        dataset.__getitems__([2, 3])


def test_the_list_is_named(clips):
    assert dataset_of(clips).metainfo['video_list'] == f'{clips}/train.txt'
    assert dataset_of(clips, ann_file='').metainfo['video_list'].rstrip('/') == str(clips)
