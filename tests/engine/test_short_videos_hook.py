"""Videos that are shorter than a clip are counted in log and record of supervised runs."""

import json

import pytest

from helpers import write_clip
from toy_runs import messages, recognizer_cfg, runner_of

NEEDED = 3 * 3 + 1  # frames of a clip


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Three videos that are too short by a frame or more, and two that are not."""
    folder = tmp_path_factory.mktemp('short')
    for number, frames in enumerate((2, NEEDED - 1, NEEDED - 1, NEEDED, 30)):
        write_clip(folder / f'{number}.mp4', frames, size=(32, 32))
    return folder


def run(work_dir, folder, chosen, **changes):
    """A training of an epoch with a validation, and a test, on some of the videos."""
    (work_dir / 'list.txt').write_text('\n'.join(f'{n}.mp4 {n % 2}' for n in chosen))
    pipeline = [
        dict(type='VideoInit'),
        dict(type='SampleFrames', clip_len=4, frame_interval=3, num_clips=1, test_mode=True),
        dict(type='VideoDecode'),
        dict(type='Resize', scale=(16, 16), keep_ratio=False),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs'),
    ]
    dataset = dict(
        type='LabelledVideoDataset',
        ann_file=str(work_dir / 'list.txt'),
        data_prefix=dict(video=str(folder)),
        pipeline=pipeline,
    )
    sampler = dict(type='DefaultSampler', shuffle=False)
    loader = dict(
        batch_size=len(chosen), num_workers=0, sampler=sampler, dataset={**dataset, **changes}
    )
    runner = runner_of(
        work_dir,
        recognizer_cfg(),
        dict(type='ShortVideosHook'),
        max_epochs=2,
        train_dataloader=loader,
        val_dataloader=loader,
        test_dataloader=loader,
    )
    runner.train()
    runner.test()
    (log,) = work_dir.glob('*/vis_data/scalars.json')
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    return runner, [row for row in rows if 'acc/top1' in row]


def test_they_are_counted_in_training_validation_and_test(folder, tmp_path):
    runner, validations = run(tmp_path, folder, (0, 1, 2, 3, 4))
    said = messages(runner, 'shorter than a clip', 'WARNING')
    text = f'3 of 5 videos are shorter than a clip ({NEEDED} frames): frames of them are repeated'
    # of two epochs of training the first says it, every validation does
    assert sorted(said) == sorted(
        [f'train: {text}', f'val: {text}', f'val: {text}', f'test: {text}']
    )
    assert [row['short_videos'] for row in validations] == [3, 3]
    (record,) = [
        json.loads(path.read_text())
        for path in tmp_path.glob('*/*.json')
        if 'acc/top1' in path.read_text()
    ]
    assert record['short_videos'] == 3  # of the test


def test_all_and_none(folder, tmp_path):
    for name, chosen in dict(all=(0, 1, 2), none=(3, 4, 3)).items():
        (tmp_path / name).mkdir()
        runner, validations = run(tmp_path / name, folder, chosen)
        said = messages(runner, 'shorter than a clip')
        if name == 'all':
            assert all('3 of 3 videos' in text for text in said) and len(said) == 4
        else:
            assert not said and [row['short_videos'] for row in validations] == [0, 0]


def test_samples_that_do_not_tell_are_left_alone(folder, tmp_path):
    runner, validations = run(tmp_path, folder, (0, 1), type='VideoDataset')
    assert not messages(runner, 'shorter than a clip')
    assert all('short_videos' not in row for row in validations)
