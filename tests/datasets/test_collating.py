import numpy as np
import torch
from torch.utils.data import DataLoader

from tev_mmaction.datasets.collating import shared_collate


def samples_of(shapes):
    """Clips in the memory order of the pipeline: (T, H, W, C) seen as (C, T, H, W)."""
    rng = np.random.default_rng(0)
    clips = [rng.integers(0, 256, shape, dtype=np.uint8) for shape in shapes]
    return [
        dict(inputs=torch.from_numpy(clip).movedim(-1, 1), data_samples=number)
        for number, clip in enumerate(clips)
    ]


def loaded(samples, num_workers):
    loader = DataLoader(
        samples, batch_size=len(samples), num_workers=num_workers, collate_fn=shared_collate
    )
    (batch,) = loader
    return batch


def test_workers_hand_over_a_batch_in_one_block():
    samples = samples_of([(2, 4, 6, 5, 3)] * 3)
    batch = loaded(samples, num_workers=1)
    for number, clips in enumerate(batch['inputs']):
        assert torch.equal(clips, samples[number]['inputs'])
        assert clips.stride() == samples[number]['inputs'].stride()
        assert clips.is_shared() and clips.storage_offset() == number * clips.numel()
    assert len({clips.untyped_storage().data_ptr() for clips in batch['inputs']}) == 1
    assert batch['data_samples'] == [0, 1, 2]


def test_clips_of_different_shapes_and_those_of_the_main_process_stay_as_they_are():
    samples = samples_of([(2, 4, 6, 5, 3), (2, 4, 6, 4, 3)])
    for given, got in zip(samples, loaded(samples, num_workers=1)['inputs']):
        assert torch.equal(given['inputs'], got)
    for given, got in zip(samples, loaded(samples, num_workers=0)['inputs']):
        assert given['inputs'] is got
