"""Labels outside the classes of the model stop a run before its first batch."""

import logging
from types import SimpleNamespace

import pytest
from mmaction.registry import DATASETS, HOOKS
from mmengine.config import Config
from mmengine.dataset import ConcatDataset, RepeatDataset
from mmengine.runner import BaseLoop

from helpers import ROOT

PARTS = ('train', 'val', 'test')


@pytest.fixture
def dataset_of(tmp_path):
    """A dataset of labels, stock or ours; no video has to be there."""

    def make(labels, kind='VideoDataset', **changes):
        path = tmp_path / f'{len(list(tmp_path.iterdir()))}.txt'
        lines = [' '.join(map(str, (f'v{i}.mp4', *(() if x is None else (x,)))))
                 for i, x in enumerate(labels)]  # fmt: skip
        path.write_text('\n'.join(lines))
        if kind != 'VideoDataset':
            for i in range(len(labels)):
                (tmp_path / f'v{i}.mp4').touch()
            changes['data_prefix'] = dict(video=str(tmp_path))
        return DATASETS.build(dict(type=kind, ann_file=str(path), pipeline=[], **changes))

    return make


class Loop(BaseLoop):
    def __init__(self):
        pass

    def run(self):
        pass


def runner_of(num_classes=3, **datasets):
    loaders = {f'{part}_dataloader': SimpleNamespace(dataset=datasets.get(part)) for part in PARTS}
    return SimpleNamespace(
        model=SimpleNamespace(cls_head=SimpleNamespace(num_classes=num_classes)),
        logger=logging.getLogger('labels'),
        _val_loop=Loop() if 'val' in datasets else None,
        **loaders,
    )


def check(runner, when='train'):
    getattr(HOOKS.build(dict(type='LabelsHook')), f'before_{when}')(runner)


@pytest.mark.parametrize('kind', ['VideoDataset', 'LabelledVideoDataset'])
def test_labels_within_the_classes_pass(dataset_of, kind, caplog):
    good = dataset_of([0, 1, 2, 2], kind)
    for when in PARTS:
        check(runner_of(train=good, val=good, test=good), when)
    assert not caplog.records


@pytest.mark.parametrize('when', PARTS)
@pytest.mark.parametrize('kind', ['VideoDataset', 'LabelledVideoDataset'])
def test_a_label_outside_is_refused(dataset_of, when, kind):
    runner = runner_of(**{when: dataset_of([0, 3, 1, 7], kind)})
    with pytest.raises(ValueError) as error:
        check(runner, when)
    text = str(error.value)
    assert "0.txt' gives " in text and 'v1.mp4 the label 3 (2 of 4 videos have one outside' in text
    assert 'labels are 0 to 2, as model.cls_head.num_classes=3' in text and 'smallest' not in text


def test_what_is_validated_on_is_checked_before_training(dataset_of):
    runner = runner_of(train=dataset_of([0, 1, 2]), val=dataset_of([0, 3]))
    with pytest.raises(ValueError, match=r"1.txt' gives .* the label 3;"):
        check(runner)


def test_labels_from_one_are_told(dataset_of):
    with pytest.raises(ValueError, match='the label 3.*The smallest is 1: count them from 0'):
        check(runner_of(train=dataset_of([1, 2, 3])))


def test_missing_labels_of_the_stock_dataset(dataset_of):
    with pytest.raises(ValueError, match=r'no label, or -1 \(3 of 3 videos'):
        check(runner_of(train=dataset_of([None, None, None])))


def test_predictions_need_no_labels(dataset_of, caplog):
    """As MMAction2's VideoDataset reads a list without any, for tools/test.py --dump."""
    check(runner_of(test=dataset_of([None, None])), 'test')
    (record,) = caplog.records
    assert record.getMessage() == 'no video has a label: accuracies of this test say nothing'
    with pytest.raises(ValueError, match=r'no label, or -1;'):
        check(runner_of(test=dataset_of([None, 0])), 'test')


def test_several_labels_a_video_are_left_alone(tmp_path):
    (tmp_path / 'm.txt').write_text('a.mp4 0 2\nb.mp4 1 3\n')
    cfg = dict(type='VideoDataset', ann_file=str(tmp_path / 'm.txt'), pipeline=[])
    check(runner_of(4, train=DATASETS.build(dict(cfg, multi_class=True, num_classes=4))))


def test_behind_wrappers(dataset_of):
    good, bad = dataset_of([0, 1, 2]), dataset_of([0, 3])
    for wrapped in (RepeatDataset(bad, 2), ConcatDataset([good, bad])):
        with pytest.raises(ValueError, match='the label 3'):
            check(runner_of(train=wrapped))
    check(runner_of(train=RepeatDataset(good, 2)))


def test_classes_without_a_video_to_train_on_are_counted(dataset_of, caplog):
    check(runner_of(8, train=dataset_of([0, 0, 2]), val=dataset_of([0])))
    (record,) = caplog.records
    assert (
        record.getMessage() == '6 of 8 classes have no video to train on: 1, 3, 4, 5, 6, and 1 more'
    )


def test_names_of_classes_must_be_as_many(dataset_of, tmp_path):
    (tmp_path / 'names.txt').write_text('a\nb\nc\nd\n')
    named = dataset_of([0, 1], 'LabelledVideoDataset', class_file=str(tmp_path / 'names.txt'))
    with pytest.raises(ValueError, match='has 4 names of classes, .*num_classes=3: set it to 4'):
        check(runner_of(3, train=named))
    check(runner_of(4, train=named))


def test_models_without_classes_are_left_alone(dataset_of):
    check(runner_of(None, train=dataset_of([0, 30])))
    runner = runner_of(train=dataset_of([5]))
    runner.model = SimpleNamespace()
    check(runner)


@pytest.mark.parametrize(
    'name', ['finetune/tev_r3d18_ucf101-split1', 'studies/motion/supervised_r3d10']
)
def test_supervised_configs_have_it(name):
    cfg = Config.fromfile(ROOT / 'configs' / f'{name}.py')
    assert cfg.default_hooks.labels.type == 'LabelsHook'
    assert cfg.train_dataloader.dataset.type == 'LabelledVideoDataset'
