"""Before training: what can be drawn from the videos, and tasks that lack a class are refused."""

import logging

import numpy as np
import pytest
import torch
from mmaction.registry import HOOKS, MODELS, TASK_UTILS
from mmengine.config import Config
from torch import nn

from helpers import ROOT, build_dataset, write_clip
from runners import runner_of
from tev_mmaction.datasets.video_index import VideoRecord, save_index
from tev_mmaction.engine.drawable import drawn_classes
from tev_mmaction.models.heads import AuxiliaryHead
from tev_mmaction.narration import Vocabulary
from tev_mmaction.temporal import (
    ClipSampler,
    LabelledClips,
    RelativeTransformSampler,
    ShuffledClipSampler,
)

ALL = dict(speed='SpeedHead', direction='DirectionHead', order='OrderHead')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A list of 40 videos, which only an index has to know; a few are there."""
    folder = tmp_path_factory.mktemp('lengths')
    names = [f'{number:02d}.mp4' for number in range(40)]
    for name in names[:3]:
        write_clip(folder / name, 20)
    (folder / 'train.txt').write_text('\n'.join(names))
    return folder


@pytest.fixture
def indexed(folder, tmp_path):
    """A dataset of videos of given lengths, by the index."""

    def make(lengths, **changes):
        records = [
            VideoRecord(f'{number:02d}.mp4', frames, 25.0, 64, 48, 'pyav')
            for number, frames in enumerate(lengths)
        ]
        (folder / 'train.txt').write_text('\n'.join(record.path for record in records))
        save_index(records, str(tmp_path / 'x.index.csv'))
        return build_dataset(folder, index_file=str(tmp_path / 'x.index.csv'), **changes)

    return make


def check(dataset, speeds=(1, 2, 4), heads=ALL, most_opened=500):
    runner = runner_of(dataset, 4)
    runner.model = nn.Module()
    cfgs = {name: dict(type=kind, in_channels=4) for name, kind in heads.items()}
    for cfg in cfgs.values():
        if cfg['type'] in ('SpeedHead', 'PlaybackSpeedHead'):
            cfg['speeds'] = speeds
    runner.model.heads = nn.ModuleDict({name: MODELS.build(cfg) for name, cfg in cfgs.items()})
    HOOKS.build(dict(type='DrawnClassesHook', most_opened=most_opened)).before_train(runner)
    return runner.model.heads


def rows(caplog):
    """The table's lines by what stands first in them."""
    (text,) = [r.getMessage() for r in caplog.records if 'frames needed' in r.getMessage()]
    return {' '.join(line.split()[:-2]): line.split()[-2:] for line in text.splitlines()[2:]}


def test_chance_is_right_from_the_first_log(indexed):
    """The reference is what the sampler draws; one batch alone would give 1, or 1/2."""
    dataset = indexed([20] * 30 + [100] * 10)
    heads, rng = check(dataset), np.random.default_rng(5)
    drawn = []
    for _ in range(6000):
        shortest = int(rng.choice([20, 20, 20, 100], size=2).min())
        shared = dataset.clip_sampler.sample(shortest, rng)
        drawn.append(dataset.clip_sampler.place(shared, shortest, rng).labels)
    for name, label in dict(speed='speeds', direction='directions', order='order').items():
        _, counts = np.unique([labels[label] for labels in drawn], return_counts=True)
        targets = {key: torch.tensor([value]) for key, value in drawn[0].items()}
        heads[name].eval()  # its norms want more than one video
        heads[name].double().training = True
        features = torch.randn(1, 2, 4, dtype=torch.float64)
        chance = heads[name].loss(features, targets)['chance'].item()
        assert chance == pytest.approx(counts.max() / counts.sum(), abs=0.03), name


def test_the_table_counts_the_videos(indexed, caplog):
    caplog.set_level(logging.INFO, 'hooks')
    lengths = [15] * 10 + [16] * 10 + [28] * 10 + [29, 31, 60] + [100] * 7
    check(indexed(lengths))
    expected = {}
    for speed in (1, 2, 4):
        needed = speed * 7 + 1
        expected[f'speed {speed}'] = needed
    for order, needed in dict(before=16, after=16, overlapping=8).items():
        expected[f'order {order}'] = needed
    assert rows(caplog) == {
        name: [str(needed), f'{100 * sum(n >= needed for n in lengths) / 40:.1f}%']
        for name, needed in expected.items()
    }
    assert '40 videos of 15 to 100 frames' in caplog.text


@pytest.mark.parametrize('speeds', [(2, 4, 8), (1, 8, 16), (1, 2, 4, 8)])
def test_speeds_that_no_video_can_hold_are_refused(indexed, speeds):
    """Clips of 15 to 40 frames, as those of the issue: the tasks would be trivial."""
    dataset = indexed(list(range(15, 41)), clip_sampler=dict(clip_len=8, speeds=speeds))
    lost = ', '.join(f'model.heads.speed {v} ({7 * v + 1} frames)' for v in speeds if v >= 8)
    with pytest.raises(ValueError) as error:
        check(dataset, speeds)
    text = str(error.value)
    assert f'26 videos of 15 to 40 frames: {lost} can never be drawn' in text
    assert 'clip_sampler and model.heads.speed.speeds' in text and len(text) < 900
    assert 'These fit 90% of the videos, which have 17 frames or more' in text


def settings_of(error):
    """What a message suggests: pairs of clip_len and speeds."""
    text = str(error.value).split('or more: ')[1].split('. Set')[0]
    return [eval(f'dict({part.replace(" with", ",")})') for part in text.split('; ')]


@pytest.mark.parametrize('speeds', [(2, 4, 8), (1, 2, 4, 8), (1, 3)])
@pytest.mark.parametrize('frames', [(15, 41), (30, 60)])
def test_what_is_suggested_works(indexed, speeds, frames):
    """For nine tenths of the videos, and no longer clip would."""
    lengths = list(range(*frames))
    sampler = dict(clip_len=30, speeds=speeds)
    with pytest.raises(ValueError) as error:
        check(indexed(lengths + [59] * 2, clip_sampler=sampler), speeds)
    suggested = settings_of(error)
    assert suggested
    lengths = sorted(lengths + [59] * 2)
    for setting in suggested:
        count = len(setting['speeds'])
        assert count >= 2 and setting['speeds'] in (speeds[:count], (1, 2, 4, 8)[:count])
        check(indexed(lengths, clip_sampler=setting), setting['speeds'])

        def needed(clip_len, speeds=setting['speeds']):
            slowest, fastest = speeds[0], speeds[-1]
            return max(fastest * (clip_len - 1) + 1, 2 * (slowest * (clip_len - 1) + 1))

        for clip_len, fits in ((setting['clip_len'], True), (setting['clip_len'] + 1, False)):
            share = np.mean([n >= needed(clip_len) for n in lengths])
            assert (share >= 0.9) == fits, setting


def test_other_tasks_too(indexed):
    dataset = indexed([15] * 20)  # two clips of 8 frames do not fit beside each other
    with pytest.raises(ValueError, match=r'order before \(16 frames\), model.heads.order after'):
        check(dataset, heads=dict(order='OrderHead'))
    check(dataset, heads=dict(direction='DirectionHead'))
    sampler = dict(type='PlaybackSampler', clip_len=8, speeds=(1, 2, 4))
    heads = dict(playback='PlaybackHead', speed='PlaybackSpeedHead')
    with pytest.raises(ValueError, match=r': model.heads.speed 4 \(29 frames\) can never be drawn'):
        check(indexed([20] * 8, clip_sampler=sampler, group_size=1), heads=heads)
    check(indexed([29] * 8, clip_sampler=sampler, group_size=1), heads=heads)


def test_a_group_needs_as_many_long_videos(indexed):
    """What its videos share must fit the shortest of them."""
    with pytest.raises(ValueError, match='speed 4 .* never be drawn for a group of 2,'):
        check(indexed([20] * 9 + [90]))
    check(indexed([20] * 9 + [90] * 2))
    with pytest.raises(ValueError, match='for a group of 3'):
        check(indexed([20] * 9 + [90] * 2, group_size=3))
    check(indexed([20] * 9 + [90], group_size=1))


def test_clips_that_fit_no_video_at_all(folder, tmp_path):
    for name in 'abc':
        write_clip(tmp_path / f'{name}.mp4', 20)
    dataset = build_dataset(tmp_path, ann_file='', clip_sampler=dict(clip_len=16, speeds=(2, 4)))
    with pytest.raises(ValueError, match='of 20 to 20 frames: clips need 31 frames.*clip_len=10'):
        check(dataset, (2, 4))
    sampler = dict(type='ShuffledClipSampler', clip_len=8)
    dataset = build_dataset(tmp_path, ann_file='', clip_sampler=sampler, group_size=1)
    with pytest.raises(ValueError, match='clips need 40 frames or more.*longer videos'):
        check(dataset, heads={})


def test_speeds_that_no_head_tells_are_warned_of(indexed, caplog):
    check(indexed([20] * 12), heads={})
    (warning,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert warning == 'speed 4 (29 frames) can never be drawn from 12 videos of 20 to 20 frames'


@pytest.mark.parametrize(
    'head, sampler, text',
    [
        ((1, 2, 4), (1, 2), 'model.heads.speed 4: RelativeTransformSampler never draws it'),
        ((1, 2, 4), (1, 2, 8), r'knows the speeds \(1, 2, 4\), but the clips have \[1, 2, 8\]'),
        ((1, 2), (1, 2, 4), r'knows the speeds \(1, 2\)'),
    ],
)
def test_head_and_sampler_must_have_the_same_speeds(indexed, head, sampler, text):
    dataset = indexed([90] * 8, clip_sampler=dict(clip_len=8, speeds=sampler))
    with pytest.raises(ValueError, match=text):
        check(dataset, head)


@pytest.mark.parametrize(
    'sampler, lacking',
    [
        (dict(directions=(1,)), 'model.heads.direction backwards: '),
        (dict(directions=(-1,)), 'model.heads.direction forwards: '),
        (dict(shifted=False), 'model.heads.order before, model.heads.order after: '),
    ],
)
def test_other_classes_that_a_sampler_never_draws(indexed, sampler, lacking):
    sampler = dict(clip_len=8, speeds=(1, 2, 4), **sampler)
    with pytest.raises(ValueError, match=lacking + 'RelativeTransformSampler never draws it'):
        check(indexed([90] * 8, clip_sampler=sampler))


def test_without_an_index_some_are_opened(clips, caplog):
    caplog.set_level(logging.INFO, 'hooks')
    check(build_dataset(clips))  # 40 to 95 frames
    assert rows(caplog)['speed 4'] == ['29', '100.0%']
    with pytest.raises(ValueError, match=r'12 videos of 40 to 95 .*speed 16 \(113 frames\)'):
        check(build_dataset(clips, clip_sampler=dict(clip_len=8, speeds=(1, 16))), (1, 16))


def test_a_class_that_a_small_sample_lacks_is_looked_for_in_a_larger_one(folder, tmp_path):
    """One of 80 is long enough, and not among the first 64 that are drawn."""
    order = np.random.default_rng(0).permutation(80)
    for position in range(80):
        frames = 30 if position in order[70:72] else 10
        write_clip(tmp_path / f'{position:02d}.mp4', frames, size=(16, 16))
    dataset = build_dataset(tmp_path, ann_file='')
    check(dataset)
    with pytest.raises(ValueError, match=r'64 of 80 videos, drawn at random, of 10 to 10 frames'):
        check(dataset, most_opened=64)


def test_broken_videos_are_left_to_the_first_batch(folder, tmp_path):
    for name in 'abcd':
        (tmp_path / f'{name}.mp4').touch()
    check(build_dataset(tmp_path, ann_file=''))


class LagHead(AuxiliaryHead):
    """Tells something of two labels: it says nothing of what can be drawn."""

    def labels(self, targets):
        return (targets['speeds'][:, 0] != targets['speeds'][:, 1]).long()


class Own(ClipSampler):
    min_frames = 4

    def place(self, shared, num_frames, rng):
        return LabelledClips([], {})


def test_heads_and_samplers_of_ones_own_are_left_alone():
    own = dict(lag=LagHead(4, 2, in_clips=2))
    speeds = drawn_classes(own, RelativeTransformSampler(8, speeds=(1, 2)))
    assert [(each.name, each.frames, each.told) for each in speeds] == [
        ('1', 8, False),
        ('2', 15, False),
    ]
    told = dict(order=MODELS.build(dict(type='OrderHead', in_channels=4)))
    assert drawn_classes(told, Own(8)) == []


def test_every_order_of_shuffled_clips_can_be_drawn():
    head = MODELS.build(dict(type='ClipOrderHead', in_channels=4, num_clips=4))
    classes = drawn_classes(dict(order=head), ShuffledClipSampler(8, num_clips=4))
    assert len(classes) == 24 and {each.frames for each in classes} == {4 * 8 + 3 * 8}


CONFIGS = [
    path
    for path in sorted((ROOT / 'configs').glob('**/*.py'))
    if path.parent.name in ('configs', 'ablations', 'backbones', 'baselines', 'motion', 'real')
]


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_no_config_of_ours_has_a_class_that_is_never_drawn(path, monkeypatch):
    monkeypatch.setattr(Vocabulary, 'load', lambda file: Vocabulary(['word']))
    cfg = Config.fromfile(path)
    if 'clip_sampler' not in cfg.get('train_dataloader', {}).get('dataset', {}):
        return
    usual = dict(type='RelativeTransformSampler')
    sampler = TASK_UTILS.build(cfg.train_dataloader.dataset.clip_sampler, default_args=usual)
    width = cfg.model.feature_dim
    heads = {k: MODELS.build(dict(v, in_channels=width)) for k, v in cfg.model.heads.items() if v}
    assert all(each.frames for each in drawn_classes(heads, sampler))


def test_pretraining_configs_have_the_hook():
    cfg = Config.fromfile(ROOT / 'configs/tev_r3d18_ucf101.py')
    assert cfg.default_hooks.drawn_classes.type == 'DrawnClassesHook'
