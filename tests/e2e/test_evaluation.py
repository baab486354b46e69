"""Retrieval and linear SVM as users run them, from a checkpoint of ``tools/train.py``."""

import json
import os
import subprocess
import sys

import cv2
import pytest
import torch

from helpers import ROOT, write_clip
from tev_mmaction.models.fingerprint import fingerprint

# Small settings: pipeline and protocol together, or the run is refused.
WIDTH = {'model.backbone.base_channels': 4}
CLIPS = {'clip_len': 4, 'frame_interval': 2, 'num_clips': 2}
SMALL = {
    'test_dataloader.num_workers': 0,
    'test_dataloader.dataset.class_file': '',
    'test_dataloader.dataset.gallery_ann_file': 'gallery.txt',
    'test_dataloader.dataset.ann_file': 'query.txt',
    'test_dataloader.dataset.data_prefix.video': '',
    **{f'test_dataloader.dataset.pipeline.1.{key}': value for key, value in CLIPS.items()},
    **{f'test_evaluator.protocol.{key}': value for key, value in CLIPS.items()},
    'test_dataloader.dataset.pipeline.3.scale': '(-1,16)',
    'test_dataloader.dataset.pipeline.4.crop_size': 16,
    'test_evaluator.protocol.size': 16,
}


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    """Three classes by colour, which any features tell: 21 gallery videos, 9 queries."""
    folder = tmp_path_factory.mktemp('labelled')
    lists = dict(gallery='', query='', train='')
    for number in range(30):
        label, name = number % 3, f'{number:02d}.mp4'
        colors = [40 + number, 40 + number, 40 + number]
        colors[label] = 200
        write_clip(folder / name, 20 + number, color=lambda index, colors=colors: colors)
        lists['gallery' if number < 21 else 'query'] += f'{name} {label}\n'
        lists['train'] += f'{name} {label}\n'
    for name, text in lists.items():
        (folder / f'{name}.txt').write_text(text)
    return folder


@pytest.fixture(scope='module')
def pretrained(train, videos, tmp_path_factory):
    """Two epochs with a validation after each."""
    work_dir = tmp_path_factory.mktemp('monitored')
    options = {key.replace('test_', 'val_', 1): value for key, value in SMALL.items()}
    for key in [key for key in options if key.endswith('num_clips')]:
        del options[key]  # one view
    train(
        'tev_r3d18_ucf101-monitored',
        videos,
        work_dir,
        **{
            **options,
            'val_dataloader.dataset.data_root': videos,
            'train_cfg.val_interval': 1,
            'train_dataloader.batch_size': 10,
        },
    )
    return work_dir


@pytest.fixture(scope='module')
def test_tool(run, videos):
    def test_(config, checkpoint, work_dir, check=True, **options):
        options = {
            **SMALL,
            **WIDTH,
            'test_dataloader.dataset.data_root': videos,
            **options,
        }
        return run(
            'tools/test.py',
            f'configs/{config}.py',
            checkpoint,
            '--work-dir',
            work_dir,
            '--cfg-options',
            *[f'{k}={v}' for k, v in options.items()],
            check=check,
        )

    return test_


def report(work_dir, name='evaluation_test'):
    return json.loads(sorted(work_dir.glob(f'*/{name}.json'))[-1].read_text())


@pytest.fixture(scope='module')
def retrieved(test_tool, pretrained, tmp_path_factory):
    work_dir = tmp_path_factory.mktemp('retrieved')
    done = test_tool('retrieval/r3d18_ucf101', pretrained / 'epoch_2.pth', work_dir)
    return work_dir, done.stdout


def test_a_curve_over_the_training(pretrained, run):
    log = next(pretrained.glob('*/vis_data/scalars.json')).read_text().splitlines()
    rows = [row for row in map(json.loads, log) if 'loss' not in row]
    assert [row['step'] for row in rows] == [1, 2]
    for row, iteration in zip(rows, (3, 6)):
        saved = report(pretrained, f'evaluation_iter{iteration}')
        assert saved['evaluations'][0]['results']['R@5'] == row['retrieval/R@5']
        assert saved['iteration'] == iteration
    done = run('tools/analysis/training_curves.py', pretrained)
    assert 'retrieval/R@1' in done.stdout
    assert cv2.imread(str(pretrained / 'curves.png')).shape[1] > 6 * 200


def test_the_result_with_its_protocol(retrieved, pretrained, videos):
    work_dir, log = retrieved
    found = report(work_dir)
    evaluation = found['evaluations'][0]
    counts = dict(gallery=21, queries=9, classes=3, dimensions=32)
    assert evaluation['counts'] == {**evaluation['counts'], **counts}
    assert evaluation['protocol']['crops'] == 'three' and evaluation['protocol']['size'] == 16
    assert found['gallery_list'] == str(videos / 'gallery.txt')
    assert len(found['pipeline']) == 7 and 'ThreeCrop' in found['pipeline'][4]
    state = torch.load(pretrained / 'epoch_2.pth', weights_only=True)['state_dict']
    backbone = {k[len('backbone.') :]: v for k, v in state.items() if k.startswith('backbone.')}
    assert found['fingerprint'] == fingerprint(backbone)
    assert found['fingerprint'] in log and 'protocol: name tev, split UCF101 split 1' in log
    assert evaluation['chance']['R@1'] == pytest.approx(1 / 3)
    assert evaluation['results']['R@1'] > 0.6


def test_the_recognizer_of_the_pre_training_gives_the_same(
    test_tool, pretrained, retrieved, tmp_path
):
    """`clip_features` of TimeEquivariantRecognizer and FeatureHead of Recognizer3D."""
    options = {
        'test_dataloader.dataset.pipeline.4.type': 'ThreeCrop',
        'test_evaluator.protocol.crops': 'three',
        'test_evaluator.protocol.name': 'tev',
        'model.feature_dim': 32,
    }
    test_tool('tev_r3d18_ucf101-monitored', pretrained / 'epoch_2.pth', tmp_path, **options)
    ours, stock = report(tmp_path), report(retrieved[0])
    assert ours['evaluations'] == stock['evaluations']
    assert ours['fingerprint'] == stock['fingerprint']


def test_linear_svm_beside_random_weights(test_tool, run, pretrained, videos, tmp_path):
    test_tool('linear/r3d18_ucf101', pretrained / 'epoch_2.pth', tmp_path / 'learned')
    options = {**SMALL, **WIDTH, 'test_dataloader.dataset.data_root': videos}
    run(
        'tools/test.py',
        'configs/linear/r3d18_ucf101.py',
        '--random-init',
        '--work-dir',
        tmp_path / 'random',
        '--cfg-options',
        *[f'{k}={v}' for k, v in options.items()],
    )
    learned, random = report(tmp_path / 'learned'), report(tmp_path / 'random')
    assert learned['fingerprint'] != random['fingerprint'] and random['checkpoint'] is None
    assert learned['evaluations'][0]['results']['top1'] > 0.6
    compare = 'tools/analysis/compare_evaluations.py'
    done = run(compare, f'learned={tmp_path / "learned"}', f'random={tmp_path / "random"}')
    line = next(line for line in done.stdout.splitlines() if line.startswith('top1'))
    shown = [float(word.rstrip('%')) / 100 for word in line.split()[1:]]
    assert shown == pytest.approx(
        [
            learned['evaluations'][0]['results']['top1'],
            random['evaluations'][0]['results']['top1'],
            1 / 3,
        ],
        abs=0.001,
    )


def test_other_rulers_are_not_compared(run, retrieved, tmp_path):
    first = sorted(retrieved[0].glob('*/evaluation_test.json'))[-1]
    other = json.loads(first.read_text())
    other['evaluations'][0]['protocol']['frame_interval'] = 8
    (tmp_path / 'other.json').write_text(json.dumps(other))
    compare = 'tools/analysis/compare_evaluations.py'
    done = run(compare, f'a={first}', f'b={tmp_path / "other.json"}', check=False)
    assert done.returncode != 0 and 'a and b differ in protocol' in done.stderr


def test_two_processes_say_what_one_says(test_tool, pretrained, videos, tmp_path):
    """tools/dist_test.sh, on gloo where there is no GPU; one query less, so that one is padded."""
    (videos / 'fewer.txt').write_text((videos / 'query.txt').read_text().split('29.mp4')[0])
    options = {
        **SMALL,
        **WIDTH,
        'test_dataloader.dataset.data_root': videos,
        'test_dataloader.dataset.ann_file': 'fewer.txt',
    }
    done = subprocess.run(
        [
            ROOT / 'tools/dist_test.sh',
            ROOT / 'configs/retrieval/r3d18_ucf101.py',
            pretrained / 'epoch_2.pth',
            '2',
            '--work-dir',
            tmp_path / 'two',
            '--cfg-options',
            *[f'{k}={v}' for k, v in options.items()],
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            'OMP_NUM_THREADS': '1',
            'CUDA_VISIBLE_DEVICES': '',
            'PORT': '29572',
            'PATH': f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}',
        },
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    test_tool('retrieval/r3d18_ucf101', pretrained / 'epoch_2.pth', tmp_path / 'one', **options)
    one, two = report(tmp_path / 'one'), report(tmp_path / 'two')
    assert two['evaluations'] == one['evaluations'] and two['fingerprint'] == one['fingerprint']
    assert two['evaluations'][0]['counts']['queries'] == 8


@pytest.mark.parametrize(
    'options, message',
    [
        ({'model.backbone.base_channels': 8}, 'of another shape'),
        ({'model.backbone.depth': 34}, 'missing (layer1.2.'),
        ({'test_evaluator.protocol.clip_len': 8}, 'Change `protocol` or the pipeline'),
        ({'test_evaluator.topk': '[1,50]'}, 'R@50 needs 50 gallery videos, there are 21'),
        ({'test_dataloader.dataset.ann_file': 'gallery.txt'}, 'would find itself'),
    ],
)
def test_what_makes_no_honest_number_stops_the_tool(
    test_tool, pretrained, tmp_path, options, message
):
    checkpoint = pretrained / 'epoch_2.pth'
    done = test_tool('retrieval/r3d18_ucf101', checkpoint, tmp_path, check=False, **options)
    assert done.returncode != 0 and message in done.stderr
    assert not list(tmp_path.glob('*/evaluation_test.json'))


def test_neither_checkpoint_nor_random(run):
    done = run('tools/test.py', 'configs/retrieval/r3d18_ucf101.py', check=False)
    assert done.returncode != 0 and 'give either a checkpoint or --random-init' in done.stderr


def test_a_config_without_test(run, pretrained):
    done = run(
        'tools/test.py', 'configs/tev_r3d18_k400.py', pretrained / 'epoch_2.pth', check=False
    )
    assert done.returncode != 0 and 'configs/retrieval' in done.stderr
