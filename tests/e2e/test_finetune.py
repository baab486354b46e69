"""From a pre-training to fine-tuning, testing and MMAction2's own tools, as users run them."""

import json
import os.path as osp
from concurrent.futures import ThreadPoolExecutor

import mmaction
import mmengine
import pytest
import torch

from e2e.conftest import SMALL
from helpers import write_clip
from tev_mmaction.evaluation import EvaluationRecord

CONFIG = 'configs/finetune/{}_r3d18_ucf101-split1.py'


@pytest.fixture(scope='module')
def labelled(tmp_path_factory):
    """Folder of nine clips of three classes, with the lists of UCF101's first split."""
    folder = tmp_path_factory.mktemp('labelled')
    names = [f'clip_{number}.mp4' for number in range(9)]
    for number, name in enumerate(names):
        write_clip(folder / name, num_frames=20 + 5 * number)
    lines = [f'{name} {number % 3}\n' for number, name in enumerate(names)]
    (folder / 'ucf101_train_split_1_videos.txt').write_text(''.join(lines))
    (folder / 'ucf101_val_split_1_videos.txt').write_text(''.join(lines[:5]))
    return folder


def small(folder):
    """Options that make a fine-tuning config small enough for a test."""
    options = {
        'model.backbone.base_channels': 4,
        'model.cls_head.in_channels': 32,
        'model.cls_head.num_classes': 5,
        'train_dataloader.batch_size': 4,
        'train_cfg.max_epochs': 1,
        'train_cfg.val_interval': 1,
        'default_hooks.logger.interval': 1,
        'train_dataloader.dataset.pipeline.4.scale': '(32,32)',
    }
    for part in ('train', 'val', 'test'):
        loader = f'{part}_dataloader'
        options[f'{loader}.num_workers'] = 0
        options[f'{loader}.dataset.data_root'] = folder
        options[f'{loader}.dataset.data_prefix.video'] = ''
        options[f'{loader}.dataset.pipeline.1.clip_len'] = 4
        if part != 'train':
            options[f'{loader}.dataset.pipeline.3.scale'] = '(-1,32)'
            options[f'{loader}.dataset.pipeline.4.crop_size'] = 32
    return options


@pytest.fixture(scope='module')
def finished(run, run_several, clips, labelled, tmp_path_factory):
    """Folder of the work directories of a pre-training and of all that is made of it."""
    folder = tmp_path_factory.mktemp('work_dirs')
    pretrained, tuned = folder / 'pretrained/epoch_1.pth', folder / 'tev/epoch_1.pth'
    of_clips = {
        **SMALL,
        'train_dataloader.dataset.data_root': clips,
        'train_dataloader.dataset.data_prefix.video': '',
        'train_cfg.max_epochs': 1,
    }

    def training(config, name, options, *flags, **more):
        options = [f'{key}={value}' for key, value in {**options, **more}.items()]
        command = ['tools/train.py', config, '--work-dir', folder / name, *flags, '--cfg-options']
        return [*command, *options]

    runs = [
        training('configs/tev_r3d18_ucf101.py', 'pretrained', of_clips),
        training(CONFIG.format('tev'), 'tev', small(labelled), load_from=pretrained),
        # a first start with --resume, as schedulers that restart jobs do, keeps load_from
        training(
            CONFIG.format('frozen'), 'frozen', small(labelled), '--resume', load_from=pretrained
        ),
        training(CONFIG.format('tev'), 'random', small(labelled), '--amp', '--random-init'),
    ]
    assert run_several(runs) == [None] * 4
    logs = [next((folder / name).glob('*/*.log')).read_text() for name in ('tev', 'frozen')]
    assert all(log.count('tensors loaded from') == 1 for log in logs)

    def test(tool, name):
        arguments = ['--work-dir', folder / name, '--dump', folder / f'{name}.pkl']
        options = [f'{key}={value}' for key, value in small(labelled).items()]
        run(tool, CONFIG.format('tev'), tuned, *arguments, '--cfg-options', *options)

    stock = osp.join(osp.dirname(mmaction.__file__), '.mim/tools/test.py')
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(test, ['tools/test.py', stock], ['ours', 'stock']))
    return folder


def weights(path):
    return torch.load(path, weights_only=True)['state_dict']


def backbone(state):
    return {name: value for name, value in state.items() if name.startswith('backbone.')}


def scalars(folder):
    path = next(folder.glob('*/vis_data/scalars.json'))
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize('kind', ['tev', 'random', 'frozen'])
def test_each_kind_trains_and_validates(finished, kind):
    *training, validation = scalars(finished / kind)
    assert len(training) == 2  # nine videos in batches of 4, drop_last
    for row in training:
        assert row['loss'] == row['loss_cls'] > 0
        assert 0 <= row['top1_acc'] <= row['top5_acc'] <= 1
    assert 0 <= validation['acc/top1'] <= validation['acc/top5'] <= 1
    assert list((finished / kind).glob('best_acc_top1_epoch_1.pth'))


def test_fine_tuning_starts_from_the_checkpoint_and_trains_all_of_it(finished):
    before = backbone(weights(finished / 'pretrained/epoch_1.pth'))
    after = backbone(weights(finished / 'tev/epoch_1.pth'))
    assert before.keys() == after.keys()
    for name, value in after.items():
        assert not torch.equal(value, before[name]), f'{name} was not trained'
        if name.endswith('.weight') and value.dim() == 5:
            # two steps of at most 1e-4: it is where the pre-training ended, but for those
            assert (value - before[name]).abs().max() < 3e-4, f'{name} was not loaded'
    random = backbone(weights(finished / 'random/epoch_1.pth'))
    assert random.keys() == after.keys()
    name = 'backbone.stem.0.weight'
    assert (random[name] - before[name]).abs().max() > 0.01


def test_a_frozen_backbone_stays_as_it_was_pre_trained(finished):
    """Running statistics of the norms included."""
    before = backbone(weights(finished / 'pretrained/epoch_1.pth'))
    state = weights(finished / 'frozen/epoch_1.pth')
    assert all(torch.equal(value, before[name]) for name, value in backbone(state).items())
    assert state['cls_head.fc_cls.bias'].abs().max() > 0, 'the classifier is trained'


def test_the_stock_tool_gives_the_same_scores_and_accuracy(finished):
    accuracies, scores = [], []
    for name in ('ours', 'stock'):
        (path,) = (finished / name).glob('*/2*.json')  # beside the record of the test
        accuracies.append(json.loads(path.read_text().splitlines()[-1]))
        (path,) = (finished / name).glob('*/evaluation_test.json')
        (record,) = EvaluationRecord.read(path).evaluations
        assert record.results['top1'] == pytest.approx(accuracies[-1]['acc/top1'], abs=1e-4)
        scores.append([sample['pred_score'] for sample in mmengine.load(finished / f'{name}.pkl')])
    for accuracy in accuracies:
        accuracy.pop('data_time'), accuracy.pop('time')
    assert set(accuracies[0]) == {'acc/top1', 'acc/top5', 'acc/mean1', 'short_videos'}
    assert accuracies[0] == accuracies[1]
    assert len(scores[0]) == len(scores[1]) == 5
    assert all(torch.equal(one, other) for one, other in zip(*scores))
    assert all(score.sum() == pytest.approx(1) for score in scores[0]), 'mean of probabilities'
