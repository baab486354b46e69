"""Public files on which readers went wrong, in place, where they are at hand."""

import csv
import os
from pathlib import Path

import av
import numpy as np
import pytest

from helpers import ROOT
from tev_mmaction.datasets.caching.build import build_cache
from tev_mmaction.datasets.readers import VideoError, open_video
from tev_mmaction.datasets.video_index import examine

FOLDER = Path(os.environ.get('TEV_WILD_CLIPS', ROOT / '..' / 'shared' / 'cases' / 'wild'))
LIST = FOLDER / 'LIST.csv'
ROWS = list(csv.DictReader(LIST.open(encoding='utf-8'))) if LIST.is_file() else []
DAMAGED = {'stale_after_failed_pass'}
# The list has no number for the file that the reader of its author could not open.
LENGTHS = {'metadata_not_utf8': 71}

pytestmark = pytest.mark.skipif(not ROWS, reason=f'no files at {FOLDER}: set TEV_WILD_CLIPS')


def sequential(path):
    """Frames as a new decoder gives them, from the first packet to the last."""
    with av.open(str(path), metadata_errors='replace') as container:
        stream = container.streams.best('video')
        stream.codec_context.thread_count = 1
        for frame in container.decode(stream):
            yield np.rot90(frame.to_ndarray(format='rgb24'), frame.rotation // 90)


@pytest.mark.parametrize('row', ROWS, ids=[row['file'] for row in ROWS])
def test_frames_are_those_of_a_sequential_read(row):
    path = str(FOLDER / row['file'])
    length = LENGTHS.get(row['kind'], int(row['expected_frames']))
    rng = np.random.default_rng(0)
    # At most 120 frames at a time: some files are large.
    starts = [np.arange(min(length, 120)), np.arange(max(length - 40, 0), length)]
    draws = starts + [np.sort(rng.choice(length, min(length, 8), replace=False)) for _ in range(3)]
    wanted = set(np.concatenate(draws).tolist())
    truth, count = {}, 0
    for count, frame in enumerate(sequential(path), start=1):
        if count - 1 in wanted:
            truth[count - 1] = frame
    assert count == length
    reader = open_video(path, 'pyav')
    for indices in draws:
        with pytest.raises(VideoError):
            reader.read([length])
        for each in (reader, open_video(path, 'pyav')):  # used before, and new
            try:
                for index, frame in zip(indices, each.frames(indices)):
                    assert np.array_equal(frame, truth[index]), index
            except VideoError as error:
                assert row['kind'] in DAMAGED and 'is damaged' in error.reason
    record = examine('x', path, 'pyav')
    if row['kind'] in DAMAGED:
        assert 'is damaged' in record.reason
    else:
        assert (record.num_frames, len(reader), record.reason) == (length, length, '')


def test_caches_hold_as_many_frames(tmp_path):
    rows = [row for row in ROWS if int(row['expected_frames']) < 120]
    (tmp_path / 'in').mkdir()
    for row in rows:
        (tmp_path / 'in' / row['file']).symlink_to((FOLDER / row['file']).resolve())
    (tmp_path / 'in' / 'all.txt').write_text(''.join(f'{row["file"]} 0\n' for row in rows))
    places = (str(tmp_path / 'in'), str(tmp_path / 'out'))
    summary = build_cache(*places, lists=['all.txt'], short_side=32, num_workers=0)
    records = {record.path: record for record in summary.records}
    for row in rows:
        record = records[row['file']]
        if row['kind'] in DAMAGED:
            assert 'is damaged' in record.reason
        else:
            assert record.num_frames == LENGTHS.get(row['kind'], int(row['expected_frames']))
            cached = open_video(str(tmp_path / 'out' / row['file']), 'pyav')
            assert len(cached) == cached.count_decodable() == record.num_frames
