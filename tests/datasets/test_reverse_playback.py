"""ReversePlayback turns the frames of each clip round, and of the videos asked for alone."""

import numpy as np
import pytest
from mmaction.registry import DATASETS, TRANSFORMS

from helpers import frame_of, write_clip


def build(**changes):
    return TRANSFORMS.build(dict(type='ReversePlayback', **changes))


def test_each_clip_is_reversed_by_itself():
    results = dict(frame_inds=np.array([0, 2, 4, 10, 12, 14]), num_clips=2, clip_len=3)
    assert build()(results)['frame_inds'].tolist() == [4, 2, 0, 14, 12, 10]
    assert build()(results)['frame_inds'].tolist() == [0, 2, 4, 10, 12, 14]


def test_other_subsets_are_refused():
    with pytest.raises(ValueError, match="subset='test'"):
        build(subset='test')


@pytest.mark.parametrize('subset, reversed_', [('query', [1]), ('gallery', [0]), (None, [0, 1])])
def test_in_a_gallery_query_dataset(tmp_path, subset, reversed_):
    for name in ('g', 'q'):
        write_clip(tmp_path / f'{name}.mp4', 20)
        (tmp_path / f'{name}.txt').write_text(f'{name}.mp4 0\n')
    dataset = DATASETS.build(
        dict(
            type='GalleryQueryDataset',
            data_root=str(tmp_path),
            gallery_ann_file='g.txt',
            ann_file='q.txt',
            pipeline=[
                dict(type='VideoInit'),
                dict(
                    type='SampleFrames', clip_len=4, frame_interval=2, num_clips=2, test_mode=True
                ),
                dict(type='ReversePlayback', subset=subset),
                dict(type='VideoDecode'),
                dict(type='FormatShape', input_format='NCTHW'),
                dict(type='PackActionInputs'),
            ],
        )
    )
    for number in (0, 1):
        for clip in dataset[number]['inputs'].numpy():
            shown = [frame_of(picture) for picture in clip.transpose(1, 2, 3, 0)]
            assert np.diff(shown).tolist() == [-2 if number in reversed_ else 2] * 3
