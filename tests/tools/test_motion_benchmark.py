"""The generated motion benchmark: classes are told apart by motion, and by nothing else."""

import collections
import csv
import functools
import itertools
import json
import re

import av
import numpy as np
import pytest

from helpers import ROOT
from processes import run

FOLDER = ROOT / 'tools' / 'data'
SIZE, FRAMES, CLASSES = 48, 96, 12
# As seen on the screen, where y points down.
DIRECTIONS = dict(right=(1, 0), down=(0, 1), left=(-1, 0), up=(0, -1))


make = functools.partial(run, FOLDER / 'make_motion_clips.py')


def make_benchmark(folder, train, test, *words, **options):
    counts = ('--train-subjects', train, '--test-subjects', test)
    done = make(folder, '--set', 'benchmark', *counts, *words, **options)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture(scope='module')
def benchmark(tmp_path_factory):
    """Three subjects of training and two of the test, at full size."""
    return make_benchmark(tmp_path_factory.mktemp('benchmark'), 3, 2, '--text')


@pytest.fixture(scope='module')
def manifest(benchmark):
    with open(benchmark / 'manifest.csv', newline='') as file:
        return list(csv.DictReader(file))


def bytes_of(folder):
    files = [path for path in folder.rglob('*') if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_same_files_whatever_the_processes_and_the_number_of_subjects(tmp_path):
    short = ('--num-frames', 12, '--text')
    one = make_benchmark(tmp_path / '1', 2, 1, '--num-workers', 1, *short, fresh=True)
    three = make_benchmark(tmp_path / '3', 2, 1, '--num-workers', 3, *short)
    fewer = make_benchmark(tmp_path / 'fewer', 1, 1, *short)
    other = make_benchmark(tmp_path / 'other', 1, 1, '--seed', 1, *short)
    first = bytes_of(one)
    assert first == bytes_of(three)
    clips = {name: video for name, video in bytes_of(fewer).items() if name.endswith('.mp4')}
    assert len(clips) == 2 * CLASSES and clips.items() <= first.items()
    for name, video in bytes_of(other).items():
        assert not name.endswith('.mp4') or video != first[name]


def test_lists_manifest_and_videos_belong_together(benchmark, manifest):
    names = (benchmark / 'classes.txt').read_text().splitlines()
    assert len(names) == len(set(names)) == CLASSES
    listed = []
    for split in ('train', 'test'):
        lines = (benchmark / f'{split}.txt').read_text().splitlines()
        listed += [(*line.rsplit(' ', 1), split) for line in lines]
    assert listed == [(row['path'], row['label'], row['split']) for row in manifest]
    assert all(row['class_name'] == names[int(row['label'])] for row in manifest)
    still = [row for row in manifest if float(row['drift_x']) == float(row['drift_y']) == 0]
    assert len(manifest) / 4 < len(still) < len(manifest) * 3 / 4


def read_sentences(file):
    """Sentences by path."""
    spoken = collections.defaultdict(list)
    for line in file.read_text().splitlines():
        entry = json.loads(line)
        assert 0 <= entry['start'] < entry['end']
        spoken[entry.pop('path')].append(entry)
    return spoken


def test_sentences_are_of_the_motion_but_not_always_and_not_at_its_time(benchmark, manifest):
    senses = dict(
        right='right', left='left', up='up|to the top', down='down|to the bottom',
        clockwise=' clockwise|as a clock', counterclockwise='counterclockwise|anticlockwise',
        horizontal='side to side|left and right|to and fro', vertical='up and down',
    )  # fmt: skip
    captions = read_sentences(benchmark / 'captions.jsonl')
    narrations = read_sentences(benchmark / 'narrations.jsonl')
    assert list(captions) == list(narrations) == [row['path'] for row in manifest]
    true, late = [], []
    for row in manifest:
        sense = senses[row['class_name'].partition('-')[2]]
        (caption,) = captions[row['path']]
        assert re.search(sense, caption['text']) and caption['end'] == FRAMES / 25
        still = float(row['drift_x']) == float(row['drift_y']) == 0
        assert not (still and re.search('drift|slides', caption['text']))
        said = narrations[row['path']]
        assert 2 <= len(said) <= 4 and said == sorted(said, key=lambda each: each['start'])
        true += [bool(re.search(sense, each['text'])) for each in said]
        late += [each['start'] > FRAMES / 25 for each in said]
    assert 0.7 < np.mean(true) < 0.95 and 0.1 < np.mean(late) < 0.5
    done = make(benchmark / 'other', '--set', 'demo', '--text')
    assert done.returncode == 2 and '--text is not for --set demo' in done.stderr


def test_subjects_are_disjoint_and_each_performs_every_class(motion_benchmark, benchmark, manifest):
    of = {s: {r['subject'] for r in manifest if r['split'] == s} for s in ('train', 'test')}
    assert (len(of['train']), len(of['test'])) == (3, 2) and not of['train'] & of['test']
    performed = sorted((row['subject'], int(row['label'])) for row in manifest)
    everything = itertools.product(sorted(of['train'] | of['test']), range(CLASSES))
    assert performed == sorted(everything)
    # Not by name alone: no two families have a colour or a texture in common.
    families = [
        family
        for split in ('train', 'test')
        for number in range(30)
        for subject in [motion_benchmark.make_subject(0, split, number)]
        for family in (subject.background, subject.sprite)
    ]
    for traits in (
        [tuple(colour) for family in families for colour in family.colours],
        [family.waves for family in families],
        [family.axis for family in families],
    ):
        assert len(set(traits)) == len(traits)
    pictures = {r['path']: (benchmark / r['path']).read_bytes() for r in manifest}
    assert len(set(pictures.values())) == len(manifest)


def decode(path):
    with av.open(str(path)) as video:
        stream = video.streams.video[0]
        assert stream.codec_context.name == 'h264'
        return np.stack([f.to_ndarray(format='rgb24') for f in video.decode(stream)])


def track(frames, backgrounds):
    """Where a picture differs from its background: unwrapped (T, 2) centres in frame sizes, and
    turns (T,) of the principal axis, clockwise, in full turns."""
    masks = np.abs(frames - backgrounds).sum(-1) > 75
    assert masks.any(axis=(1, 2)).all()
    wave = np.exp(2j * np.pi * np.arange(SIZE) / SIZE)
    angles = np.stack([np.angle(masks.sum(1) @ wave), np.angle(masks.sum(2) @ wave)], axis=1)
    centres = np.unwrap(angles, axis=0) / (2 * np.pi)
    axes = []
    for mask, (x, y) in zip(masks, centres * SIZE):
        rows, columns = np.nonzero(mask)
        dx, dy = ((d + SIZE / 2) % SIZE - SIZE / 2 for d in (columns - x, rows - y))
        axes.append(np.arctan2(2 * (dx * dy).mean(), (dx**2 - dy**2).mean()) / 2)
    return centres - centres[0], np.unwrap(axes, period=np.pi) / (2 * np.pi)


def steps(values):
    """Lengths of the ways from frame to frame, of (T,) or (T, D)."""
    return np.linalg.norm(np.diff(values, axis=0).reshape(len(values) - 1, -1), axis=1)


def slows_down(values, factor=2.5):
    return steps(values)[:24].sum() > factor * steps(values)[-24:].sum()


def share_of_the_fastest_quarter(values):
    lengths = np.sort(steps(values))
    return lengths[-24:].sum() / lengths.sum()


def check_straight(centres, which):
    along, across = centres @ DIRECTIONS[which], centres @ DIRECTIONS[which][::-1]
    assert 1.1 < along[-1] < 1.7 and np.abs(across).max() < 0.06
    assert np.diff(along).min() > -0.02  # never backwards


def check_travel(centres, turns, which):
    check_straight(centres, which)
    assert slows_down(centres) and share_of_the_fastest_quarter(centres) < 0.55


def check_hop(centres, turns, which):
    check_straight(centres, which)
    assert slows_down(centres, 1.5) and share_of_the_fastest_quarter(centres) > 0.6
    # Suddenly faster, slowly slower: the more uneven way round is that of time.
    change = np.diff(np.convolve(steps(centres), [1 / 3] * 3, 'valid'))
    assert (change**3).sum() > 0


def check_spin(centres, turns, which):
    sense = dict(clockwise=1, counterclockwise=-1)[which]
    assert np.abs(centres).max() < 0.06
    assert 2.1 < sense * (turns[-1] - turns[0]) < 2.9 and slows_down(turns)


def check_orbit(centres, turns, which):
    sense = dict(clockwise=1, counterclockwise=-1)[which]
    middle = np.linalg.lstsq(  # of the circle
        np.column_stack([2 * centres, np.ones(FRAMES)]), (centres**2).sum(1), rcond=None
    )[0][:2]
    spokes = centres - middle
    radii = np.linalg.norm(spokes, axis=1)
    assert 0.17 < radii.mean() < 0.31 and radii.std() < 0.03
    angles = np.unwrap(np.arctan2(spokes[:, 1], spokes[:, 0])) / (2 * np.pi)
    assert 2.1 < sense * (angles[-1] - angles[0]) < 2.9 and slows_down(angles)


def check_swing(centres, turns, which):
    axis = dict(horizontal=(1, 0), vertical=(0, 1))[which]
    along, across = centres @ axis, centres @ axis[::-1]
    assert np.abs(across).max() < 0.06
    assert slows_down(centres, 1.5)
    spectrum = np.abs(np.fft.rfft(along - along.mean()))
    assert spectrum.argmax() == 4  # there and back, four times
    assert np.ptp(along[:24]) > 1.7 * np.ptp(along[-24:]) > 0.2


def test_motions_are_what_the_classes_say(motion_benchmark, benchmark, manifest):
    for row in manifest:
        frames = decode(benchmark / row['path']).astype(int)
        assert frames.shape == (FRAMES, SIZE, SIZE, 3)
        subject = int(row['subject'].split('-')[1])
        scene = motion_benchmark.make_scene(
            0, row['split'], subject, int(row['label']), FRAMES, SIZE
        )
        backgrounds = np.stack([scene.background(i) for i in range(FRAMES)])
        moved = np.abs(backgrounds[-1] - backgrounds[0]).max() > 1
        assert moved == (float(row['drift_x']) != 0)
        centres, turns = track(frames, backgrounds)
        kind, _, which = row['class_name'].partition('-')
        try:
            globals()[f'check_{kind}'](centres, turns, which)
        except AssertionError as error:
            raise AssertionError(f'{row}: {error}') from error


def test_backgrounds_drift_as_the_manifest_says(motion_benchmark):
    frequencies = np.fft.fftfreq(SIZE)
    drifts = []
    for number in range(40):
        scene = motion_benchmark.make_scene(0, 'train', number, 0, FRAMES, SIZE)
        first, last = (scene.background(i).mean(-1) for i in (0, FRAMES - 1))
        x, y = scene.drift * SIZE
        phases = np.exp(-2j * np.pi * (frequencies[:, None] * y + frequencies * x))
        shifted = np.fft.ifft2(np.fft.fft2(first) * phases).real
        assert np.abs(shifted - last).mean() < 3
        if scene.drift.any():
            drifts.append(scene.drift)
            assert np.abs(first - last).mean() > 5
    assert 10 < len(drifts) < 30
    quadrants = {tuple(drift > 0) for drift in drifts}
    assert len(quadrants) == 4 and np.ptp(np.linalg.norm(drifts, axis=1)) > 0.1


@pytest.mark.parametrize(
    'options, message',
    [
        (('--set', 'benchmark', '--num-videos', 3), '--num-videos is not for --set benchmark'),
        (('--train-subjects', 3), '--train-subjects is not for --set demo'),
        (('--set', 'benchmark', '--test-subjects', 0), '--test-subjects 0: at least one'),
        (('--size', 47), '--size 47: an even number'),
        (('--num-frames', 1), '--num-frames 1: a motion takes'),
    ],
)
def test_bad_options_are_named(tmp_path, options, message):
    done = make(tmp_path / 'x', *options)
    assert done.returncode == 2 and message in done.stderr
    assert not (tmp_path / 'x').exists()
