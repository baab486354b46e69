"""From real clips to lists, a pre-training, fine-tuning, retrieval and SVM."""

import csv
import json

import pytest

from e2e.conftest import SMALL
from e2e.test_evaluation import SMALL as SMALL_TEST
from e2e.test_evaluation import WIDTH, report
from e2e.test_finetune import scalars, small


@pytest.fixture(scope='module')
def work(real_clips, run_several, tmp_path_factory):
    folder = tmp_path_factory.mktemp('real')
    ucf101 = folder / 'ucf101'
    for path in (real_clips / 'ucf101').glob('*.avi'):  # as the official archive has them
        place = ucf101 / 'videos' / path.name.split('_')[1] / path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(path.resolve())
    with open(real_clips / 'manifest.csv') as file:
        rows = [row for row in csv.DictReader(file) if row['path'].startswith('gestures')]
    classes = sorted({row['label'] for row in rows})
    for name, split in (('gallery', 'train'), ('query', 'test')):
        lines = [
            f'{real_clips.resolve()}/{row["path"]} {classes.index(row["label"])}\n'
            for row in rows
            if row['split'] == split
        ]
        (folder / f'{name}.txt').write_text(''.join(lines))
    (folder / 'classes.txt').write_text('\n'.join(classes))

    def options(*parts):
        merged = {key: value for part in parts for key, value in part.items()}
        return ['--cfg-options', *[f'{key}={value}' for key, value in merged.items()]]

    weights = folder / 'pretrained/epoch_1.pth'
    lists = {f'{part}_dataloader.dataset.data_root': ucf101 for part in ('train', 'val', 'test')}
    gestures = {
        'test_dataloader.dataset.data_root': folder,
        'test_dataloader.dataset.class_file': 'classes.txt',
        'test_evaluator.protocol.split': 'gestures',
    }
    commands = [
        ['tools/data/make_lists.py', 'ucf101', '--annotations', real_clips / 'ucf101_splits']
        + ['--videos', ucf101 / 'videos', '--out', ucf101],
        ['tools/train.py', 'configs/tev_r3d18_ucf101.py', '--work-dir', folder / 'pretrained']
        + options(
            SMALL,
            {
                'train_dataloader.dataset.data_root': ucf101,
                'train_dataloader.dataset.ann_file': 'ucf101_train_split_1_videos.txt',
                'train_cfg.max_epochs': 1,
            },
        ),
        ['tools/train.py', 'configs/finetune/tev_r3d18_ucf101-split1.py']
        + ['--work-dir', folder / 'finetuned']
        + options(
            small(ucf101),
            lists,
            {f'{part}_dataloader.dataset.data_prefix.video': 'videos' for part in ('train', 'val')},
            {'load_from': weights, 'model.cls_head.num_classes': 101},
        ),
    ]
    for kind, config in (('retrieval', 'r3d18_ucf101'), ('linear', 'svm_r3d18_ucf101')):
        commands.append(
            ['tools/test.py', f'configs/{kind}/{config}.py', weights]
            + ['--work-dir', folder / kind]
            + options(SMALL_TEST, WIDTH, gestures)
        )
    assert run_several(commands) == [None] * 5
    return folder


def test_lists_of_the_clips_that_are_there(work):
    counts = {
        name: len((work / f'ucf101/ucf101_{name}.txt').read_text().splitlines())
        for name in ('train_split_1_videos', 'val_split_1_videos', 'classes')
    }
    assert counts == dict(train_split_1_videos=26, val_split_1_videos=11, classes=101)


def test_fine_tuning_by_a_stock_recognizer(work):
    *training, validation = scalars(work / 'finetuned')
    assert len(training) == 6 and all(row['loss'] == row['loss'] for row in training)
    assert 0 <= validation['acc/top1'] <= 1
    log = next((work / 'finetuned').glob('*/*.log')).read_text()
    assert 'tensors loaded from' in log


def test_retrieval_and_svm(work):
    retrieval, linear = (report(work / kind) for kind in ('retrieval', 'linear'))
    assert retrieval['fingerprint'] == linear['fingerprint']
    for found in (retrieval, linear):
        (evaluation,) = found['evaluations']
        assert evaluation['protocol']['split'] == 'gestures'
        counts = dict(gallery=52, queries=29, classes=10)
        assert evaluation['counts'] == {**evaluation['counts'], **counts}
        assert evaluation['protocol']['classes'] == (work / 'classes.txt').read_text().split()
        json.dumps(evaluation)
    recalls = [retrieval['evaluations'][0]['results'][f'R@{k}'] for k in (1, 5, 10, 20)]
    assert recalls == sorted(recalls) and recalls[-1] > 0.5  # by chance: 0.92
