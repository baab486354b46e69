"""Videos that the index rejects: named, counted, and limited as those that are found broken."""

import logging

import pytest
from mmaction.registry import HOOKS
from mmengine.logging import MMLogger

from helpers import build_dataset, write_clip
from runners import runner_of
from tev_mmaction.datasets.video_index import VideoRecord, save_index

NEEDED = 8  # frames of a clip at the lowest speed of helpers.dataset_cfg
SHORT, LONG = 12, 8  # videos


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Twenty videos, twelve of them too short."""
    folder = tmp_path_factory.mktemp('short')
    names = [f'{number:02d}.mp4' for number in range(SHORT + LONG)]
    for number, name in enumerate(names):
        write_clip(folder / name, NEEDED - 1 if number < SHORT else 40)
    (folder / 'train.txt').write_text('\n'.join(names))
    return folder


@pytest.fixture
def indexed(folder, tmp_path):
    records = [
        VideoRecord(f'{number:02d}.mp4', NEEDED - 1 if number < SHORT else 40, 25.0, 64, 48, 'pyav')
        for number in range(SHORT + LONG)
    ]
    save_index(records, str(tmp_path / 'x.index.csv'))
    return dict(index_file=str(tmp_path / 'x.index.csv'))


@pytest.fixture
def log(caplog):
    """What is logged, by mmengine's loggers too, which do not propagate."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def begin(dataset, tmp_path, max_share):
    hook = HOOKS.build(dict(type='SkippedVideosHook', max_share=max_share))
    runner = runner_of(dataset, 4, work_dir=str(tmp_path))
    hook.before_train(runner)
    return hook, runner


def skipped(tmp_path):
    lines = (tmp_path / 'skipped_videos.txt').read_text().splitlines()
    return dict(line.split('\t') for line in lines)


def test_the_first_are_named_with_reasons_and_the_others_counted(folder, indexed, log):
    dataset = build_dataset(folder, **indexed)
    assert len(dataset) == LONG and len(dataset.left_out) == SHORT
    (warning,) = [r.getMessage() for r in log.records if r.levelno == logging.WARNING]
    assert '00.mp4: is too short: 7 frame(s), 8 needed; ' in warning and 'and 7 more' in warning
    assert '05.mp4' not in warning


def test_too_large_a_share_stops_the_run_before_it_begins(folder, indexed, tmp_path):
    dataset = build_dataset(folder, **indexed)
    with pytest.raises(RuntimeError, match='12 of 20 videos .* 59%: .*too short.*and 7 more') as e:
        begin(dataset, tmp_path, 0.59)
    assert len(str(e.value)) < 1500 and len(skipped(tmp_path)) == SHORT
    begin(dataset, tmp_path, 0.6)


def test_with_and_without_an_index_the_same_videos_are_skipped(folder, indexed, tmp_path):
    """And the same share is exceeded."""
    hook, runner = begin(build_dataset(folder), tmp_path, 1.0)
    for _ in range(2):
        batch = runner.train_dataloader.dataset.__getitems__(list(range(SHORT + LONG)))
        hook.before_train_iter(runner, 0, dict(data_samples=[s['data_samples'] for s in batch]))
    found = skipped(tmp_path)
    begin(build_dataset(folder, **indexed), tmp_path, 1.0)
    assert skipped(tmp_path) == found and len(found) == SHORT
    hook.max_share = 0.59
    with pytest.raises(RuntimeError, match='12 of 20 videos cannot be used'):
        hook.before_train(runner)


def test_what_training_finds_is_added(folder, indexed, tmp_path):
    hook, runner = begin(build_dataset(folder, **indexed), tmp_path, 0.64)
    sample = build_dataset(folder, **indexed).__getitems__([0, 1])[0]['data_samples']
    sample.set_metainfo(dict(skipped=(('x.mp4', 'is empty'),)))
    with pytest.raises(RuntimeError, match='13 of 20'):
        hook.before_train_iter(runner, 0, dict(data_samples=[sample]))
    assert skipped(tmp_path)['x.mp4'] == 'is empty'


def test_no_usable_video_has_reasons(folder, indexed):
    sampler = dict(clip_len=8, speeds=(8, 16))
    with pytest.raises(ValueError, match='no usable video of 20.* 57 frames: .*00.mp4: is too sh'):
        build_dataset(folder, clip_sampler=sampler, **indexed)


def test_in_evaluation_they_are_an_error(folder, indexed):
    """Without an index they are, too: see test_test_mode.py."""
    with pytest.raises(ValueError, match='12 of 20 videos cannot be used.*not comparable'):
        build_dataset(folder, test_mode=True, **indexed)
