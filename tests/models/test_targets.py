import pytest
import torch
from mmaction.structures import ActionDataSample
from pairs import RELATED, samples_of, targets_of

from tev_mmaction.models.heads import collect_targets


def test_targets_are_read_from_the_samples():
    targets = targets_of(['before', 'after'], [11, 2**40])
    pairs = [RELATED['before'], RELATED['after']]
    assert targets.video.tolist() == [11, 2**40]
    assert targets.relative.tolist() == [pair.relative.id for pair in pairs]
    assert targets.swapped.tolist() == [pair.swapped().relative.id for pair in pairs]
    assert targets.speed.tolist() == [[1, 2], [4, 1]]
    assert targets.direction.tolist() == [[1, 1], [-1, 1]]
    assert targets.order.tolist() == [0, 1]
    assert {values.dtype for values in targets} == {torch.int64}


def test_samples_of_another_dataset_name_the_remedy():
    with pytest.raises(KeyError, match='relative_id.*ClipPairDataset'):
        collect_targets([ActionDataSample()])
    sample = samples_of(['before'])[0]
    meta = {key: value for key, value in sample.metainfo.items() if key != 'swapped_id'}
    with pytest.raises(KeyError, match='swapped_id'):
        collect_targets([ActionDataSample(metainfo=meta)])
