import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from pairs import RELATED, samples_of, targets_of

from tev_mmaction.models.heads import collect_targets


def test_targets_are_read_from_the_samples():
    targets = targets_of(['before', 'after'], [11, 2**40])
    pairs = [RELATED['before'], RELATED['after']]
    assert targets['sample_idx'].tolist() == [11, 2**40]
    assert targets['relative_id'].tolist() == [pair.relative.id for pair in pairs]
    assert targets['swapped_id'].tolist() == [pair.swapped().relative.id for pair in pairs]
    assert targets['speeds'].tolist() == [[1, 2], [4, 1]]
    assert targets['directions'].tolist() == [[1, 1], [-1, 1]]
    assert targets['order'].tolist() == [0, 1]
    assert targets['shift'].tolist() == [9, -17]
    assert {values.dtype for values in targets.values()} == {torch.int64}


def test_labels_are_those_of_the_samples():
    targets = targets_of(['before', 'after'])
    assert len(targets) == 7 and set(targets) == set(samples_of(['before'])[0].metainfo)
    assert targets['speeds'] is targets['speeds']  # read once


def test_labels_that_no_sample_has_name_the_remedy():
    with pytest.raises(KeyError, match='relative_id.*ClipPairDataset.*clip_sampler'):
        collect_targets([ActionDataSample()])['relative_id']
    sample = samples_of(['before'])[0]
    meta = {key: value for key, value in sample.metainfo.items() if key != 'swapped_id'}
    with pytest.raises(KeyError, match='swapped_id'):
        collect_targets([sample, ActionDataSample(metainfo=meta)])['swapped_id']


def test_labels_of_the_pipeline_name_the_transform_that_makes_them():
    with pytest.raises(KeyError, match="'motion'.*ClipMotion.*meta_keys of its PackActionInputs"):
        targets_of(['before'])['motion']
    with pytest.raises(KeyError, match="'text'.*ClipText first.*meta_keys of its PackActionInputs"):
        targets_of(['before'])['text']


def test_labels_of_some_clips():
    targets = targets_of(['before', 'after'])
    some = targets.of_clips((1,))
    assert some['speeds'].tolist() == [[2], [1]] and some['directions'].tolist() == [[1], [1]]
    assert some['relative_id'] is targets['relative_id']  # of the video
    assert set(some) == set(targets) and len(some) == len(targets)


def test_labels_that_are_arrays_keep_their_type():
    samples = samples_of(['before', 'after'])
    for number, sample in enumerate(samples):
        sample.set_metainfo(dict(motion=np.full((2, 4, 14), number, np.float32)))
    motion = collect_targets(samples)['motion']
    assert motion.shape == (2, 2, 4, 14) and motion.dtype == torch.float32
    assert collect_targets(samples).of_clips((0,))['motion'].shape == (2, 1, 4, 14)
