"""Retrieval and linear SVM as users run them, from a checkpoint of ``tools/train.py``."""

import json
import os
import subprocess
import sys

import cv2
import pytest
import torch

from browser import assert_opens
from e2e import ended_group
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


def command(config, weights, work_dir, folder, **options):
    """A run of tools/test.py, small."""
    options = {**SMALL, **WIDTH, 'test_dataloader.dataset.data_root': folder, **options}
    words = ['tools/test.py', f'configs/{config}.py', weights, '--work-dir', work_dir]
    return [*words, '--cfg-options', *[f'{key}={value}' for key, value in options.items()]]


def report(work_dir, name='evaluation_test'):
    return json.loads(sorted(work_dir.glob(f'*/{name}.json'))[-1].read_text())


RETRIEVAL, LINEAR = 'retrieval/r3d18_ucf101', 'linear/svm_r3d18_ucf101'
# one query less: two processes do not share 29 videos evenly
FEWER = {'test_dataloader.dataset.ann_file': 'fewer.txt'}
# from the configuration of the pre-training, under the protocol of the retrieval config
TEV = {
    'test_dataloader.dataset.pipeline.4.type': 'ThreeCrop',
    'test_evaluator.protocol.crops': 'three',
    'test_evaluator.protocol.name': 'tev',
    'model.feature_dim': 32,
}
REFUSED = {
    'of another shape': {'model.backbone.base_channels': 8},
    'of 165 tensors of the backbone': {'model.backbone.depth': 34},
    'Change `protocol` or the pipeline': {'test_evaluator.protocol.clip_len': 8},
    'R@50 needs 50 gallery videos, there are 21': {'test_evaluator.topk': '[1,50]'},
    'would find itself': {'test_dataloader.dataset.ann_file': 'gallery.txt'},
}


OWN_WEIGHTS = {'model.backbone.init_cfg.type': 'Pretrained'}


@pytest.fixture(scope='module')
def results(run_several, pretrained, videos, tmp_path_factory):
    """Work directories of several tests by name, and what those raised that must not pass."""
    folder = tmp_path_factory.mktemp('results')
    (videos / 'fewer.txt').write_text((videos / 'query.txt').read_text().split('29.mp4')[0])
    weights = pretrained / 'epoch_2.pth'
    raised = run_several(
        [
            command(RETRIEVAL, weights, folder / 'retrieval', videos),
            command('tev_r3d18_ucf101-monitored', weights, folder / 'tev', videos, **TEV),
            command(LINEAR, weights, folder / 'linear', videos),
            command(LINEAR, '--random-init', folder / 'random', videos),
            command(RETRIEVAL, weights, folder / 'fewer', videos, **FEWER),
            *[
                command(RETRIEVAL, weights, folder / 'refused', videos, **options)
                for options in REFUSED.values()
            ],
            command(RETRIEVAL, '--random-init', folder / 'refused', videos, **OWN_WEIGHTS),
            ['tools/test.py', 'configs/retrieval/r3d18_ucf101.py'],
            ['tools/test.py', 'configs/tev_r3d18_k400.py', weights],
        ]
    )
    assert raised[:5] == [None] * 5
    return folder, raised[5:]


def test_a_curve_over_the_training(pretrained, run):
    log = next(pretrained.glob('*/vis_data/scalars.json')).read_text().splitlines()
    rows = [row for row in map(json.loads, log) if 'loss' not in row]
    assert [row['step'] for row in rows] == [1, 2]
    for row, iteration in zip(rows, (3, 6)):
        saved = report(pretrained, f'evaluation_iter{iteration}')
        assert saved['evaluations'][0]['results']['R@5'] == row['retrieval/R@5']
        assert saved['when'] == f'iter{iteration}'
    done = run('tools/analysis/training_curves.py', pretrained)
    assert 'retrieval/R@1' in done.stdout
    assert cv2.imread(str(pretrained / 'curves.png')).shape[1] > 6 * 200


def test_the_result_with_its_protocol(results, pretrained, videos):
    folder, _ = results
    found = report(folder / 'retrieval')
    evaluation = found['evaluations'][0]
    counts = dict(gallery=21, queries=9, classes=3, dimensions=32)
    assert evaluation['counts'] == {**evaluation['counts'], **counts}
    assert evaluation['protocol']['crops'] == 'three' and evaluation['protocol']['size'] == 16
    lists = dict(gallery=str(videos / 'gallery.txt'), query=str(videos / 'query.txt'))
    assert evaluation['lists'] == lists and found['model']['type'] == 'Recognizer3D'
    assert found['loaded_from'] == str(pretrained / 'epoch_2.pth')
    assert len(found['pipeline']) == 7 and 'ThreeCrop' in found['pipeline'][4]
    state = torch.load(pretrained / 'epoch_2.pth', weights_only=True)['state_dict']
    backbone = {k[len('backbone.') :]: v for k, v in state.items() if k.startswith('backbone.')}
    assert found['fingerprint'] == fingerprint(backbone)
    log = next((folder / 'retrieval').glob('*/*.log')).read_text()
    assert found['fingerprint'] in log and 'protocol: name tev, split UCF101 split 1' in log
    assert evaluation['chance']['R@1'] == pytest.approx(1 / 3)
    assert evaluation['results']['R@1'] > 0.6


def test_the_recognizer_of_the_pre_training_gives_the_same(results):
    """`clip_features` of TimeEquivariantRecognizer and FeatureHead of Recognizer3D."""
    ours, stock = report(results[0] / 'tev'), report(results[0] / 'retrieval')
    # Layouts of memory differ, and with them how similarities are rounded.
    pairs = zip(*(found['evaluations'][0].pop('examples') for found in (ours, stock)))
    for mine, other in pairs:
        assert mine['filename'] == other['filename'] and len(mine['neighbours']) == 5
        near, likewise = ([v['similarity'] for v in e['neighbours']] for e in (mine, other))
        assert near == pytest.approx(likewise, abs=1e-4)
    assert ours['evaluations'] == stock['evaluations']
    assert ours['fingerprint'] == stock['fingerprint']


def test_linear_svm_beside_random_weights(results, run):
    folder, _ = results
    learned, random = report(folder / 'linear'), report(folder / 'random')
    assert learned['fingerprint'] != random['fingerprint'] and random['loaded_from'] is None
    assert learned['evaluations'][0]['results']['top1'] > 0.6
    compare = 'tools/analysis/compare_evaluations.py'
    done = run(compare, f'learned={folder / "linear"}', f'random={folder / "random"}')
    line = next(line for line in done.stdout.splitlines() if line.startswith('top1'))
    shown = [float(word.rstrip('%')) / 100 for word in line.split()[1:]]
    expected = [found['evaluations'][0]['results']['top1'] for found in (learned, random)]
    assert shown == pytest.approx([*expected, 1 / 3], abs=0.001)


def test_the_report(results, pretrained, run, tmp_path, browser):
    """Of a training with validations, and of tests of it and of random weights."""
    named = {'learned': 'retrieval', 'svm': 'linear', 'random': 'random'}
    out = tmp_path / 'report.html'
    done = run(
        'tools/report.py',
        pretrained,
        '--out',
        out,
        '--evaluations',
        *[f'{name}={results[0] / folder}' for name, folder in named.items()],
    )
    assert str(out) in done.stdout
    text = out.read_text()
    sections = ('Results', 'Curves', 'What the model is shown', 'Nearest neighbours')
    for title in (*sections, 'Classes', 'Speed of the run'):
        assert f'<h2>{title}</h2>' in text
    figures = report(results[0] / 'linear')['evaluations'][0]['results']
    assert f'<b>{figures["top1"]:.1%}</b> Linear SVM' in text
    assert '<th scope="col">svm</th><th scope="col">random</th>' in text
    # nine queries with five neighbours each, and clips
    assert text.count('class="right"') + text.count('class="wrong"') == 9 * 5
    pictures = text.count('<img')
    assert pictures > 9 * 6
    assert_opens(browser, out, pictures)


def test_other_rulers_are_not_compared(results, run, tmp_path):
    first = next((results[0] / 'retrieval').glob('*/evaluation_test.json'))
    other = json.loads(first.read_text())
    other['evaluations'][0]['protocol']['frame_interval'] = 8
    (tmp_path / 'other.json').write_text(json.dumps(other))
    compare = 'tools/analysis/compare_evaluations.py'
    done = run(compare, f'a={first}', f'b={tmp_path / "other.json"}', check=False)
    assert done.returncode != 0 and 'a and b differ in protocol' in done.stderr


def test_two_processes_say_what_one_says(results, pretrained, videos, tmp_path):
    """tools/dist_test.sh, on gloo where there is no GPU."""
    options = {**FEWER, **ended_group.OPTIONS}
    words = command(ROOT / 'configs' / RETRIEVAL, '', tmp_path, videos, **options)
    done = subprocess.run(
        [
            ROOT / 'tools/dist_test.sh',
            ROOT / f'configs/{RETRIEVAL}.py',
            pretrained / 'epoch_2.pth',
            '2',
            *words[3:],
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            'OMP_NUM_THREADS': '1',
            'CUDA_VISIBLE_DEVICES': '',
            'PORT': '29572',
            'PYTHONPATH': os.path.dirname(ended_group.__file__),
            'PATH': f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}',
        },
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    ended_group.check(done.stdout, processes=2)
    one, two = report(results[0] / 'fewer'), report(tmp_path)
    assert two['evaluations'] == one['evaluations'] and two['fingerprint'] == one['fingerprint']
    assert two['evaluations'][0]['counts']['queries'] == 8


def test_what_makes_no_honest_number_stops_the_tool(results):
    folder, raised = results
    for message, error in zip(REFUSED, raised):
        assert error and message in error
    assert not list((folder / 'refused').glob('*/evaluation_test.json'))


def test_random_weights_are_random(results):
    assert '--random-init: model.backbone.init_cfg loads weights' in results[1][-3]


def test_neither_checkpoint_nor_random(results):
    assert 'give a checkpoint, or --random-init' in results[1][-2]


def test_a_config_without_test(results):
    assert 'Test with a config of configs/retrieval' in results[1][-1]
