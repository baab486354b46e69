"""Annotation files in the official formats: full-size made-up ones, and small ones."""

import json
import os
from pathlib import Path

import numpy as np
from official_splits import (
    read_diving48,
    read_gym99,
    read_gym288,
    read_hmdb51,
    read_jester,
    read_kinetics400,
    read_sthv2,
    read_ucf101,
)

# names as HMDB51 has them, and classes that sort differently from the files named after them
ODD = ('#122_Cleaning_(Up)_&_more;_a', 'Her_Hair__[_NEW_AUDIO_]_UPDATED!!!!_b', "50's_50%_$c+d=e,f")
HMDB51_CLASSES = ['climb_stairs', 'climb', 'kick_ball', 'kick', *[f'c{n}' for n in range(46)], 'Z']
# a space sorts before a digit and an underscore after it: the labels are those of the folders
KINETICS_CLASSES = ['play ball', 'play2', 'p (in game), fast', "massaging person's head"]
KINETICS_CLASSES += [f'doing {number:03d}' for number in range(396)]
# in the order of the labels: not that of names
TEMPLATES = ['Pushing [something] so it spins', '[Something] falling like a feather or paper']
GESTURES = ['Swiping Left', 'Swiping Right', 'Doing other things']
ELEMENTS = [(1, 'VT', 'round-off, off'), (33, 'BB', 'salto'), (35, 'BB', 'salto'), (21, 'FX', 'x')]
VOCABULARY = json.dumps([['Back', f'{number:02d}Twis'] for number in range(48)])


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def touch(folder: Path, names) -> None:
    for parent in {os.path.dirname(name) for name in names}:
        (folder / parent).mkdir(parents=True, exist_ok=True)
    for name in names:
        os.close(os.open(folder / name, os.O_CREAT | os.O_WRONLY))


def write_ucf101(folder: Path, classes, videos, splits) -> Path:
    """Annotations as of UCF101; splits are pairs of training and testing indices of videos."""
    numbers = {name: number for number, name in enumerate(classes, 1)}
    write(folder / 'classInd.txt', ''.join(f'{n} {c}\r\n' for c, n in numbers.items()))
    for split, (train, test) in enumerate(splits, 1):
        lines = [f'{videos[i]} {numbers[os.path.dirname(videos[i])]}\n' for i in train]
        write(folder / f'trainlist{split:02d}.txt', ''.join(lines))
        write(folder / f'testlist{split:02d}.txt', ''.join(f'{videos[i]}\n' for i in test))
    return folder


def make_ucf101(root: Path) -> None:
    classes = [f'Class{number * 37 % 101:03d}' for number in range(101)]  # not in order of names
    videos = [f'{classes[i % 101]}/v_{classes[i % 101]}_g{i // 101:03d}.avi' for i in range(13320)]
    orders = [np.random.default_rng(split).permutation(13320) for split in range(3)]
    splits = [(order[:n], order[n:]) for n, order in zip((9537, 9586, 9624), orders)]
    write_ucf101(root / 'annotations', classes, videos, splits)
    # a fifth of the videos is there, half of them transcoded
    touch(root / 'videos', videos[::10] + [f'{video[:-4]}.mp4' for video in videos[5::10]])


def make_hmdb51(root: Path) -> None:
    for name in HMDB51_CLASSES:
        videos = [*(f'{odd}.avi' for odd in ODD), *(f'{name}_{i:03d}.avi' for i in range(100))]
        for split in (1, 2, 3):
            flags = np.roll(np.repeat([2, 1, 0], [30, 70, 3]), 17 * split)
            lines = [f'{video} {flag} \n' for video, flag in zip(videos, flags)]
            write(root / f'annotations/{name}_test_split{split}.txt', ''.join(lines))
        touch(root / 'videos', [f'{name}/{video}' for video in [*videos[:3], *videos[5::5]]])


def diving48_entries(name: str, count: int) -> str:
    order = [i * 7919 % count for i in range(count)]
    return json.dumps([dict(vid_name=f'-{name}_{i:05d}', label=i % 48) for i in order])


def make_diving48(root: Path) -> None:
    write(root / 'annotations/Diving48_vocab.json', VOCABULARY)
    for part, count in (('train', 15027), ('test', 1970)):
        write(root / f'annotations/Diving48_V2_{part}.json', diving48_entries(part, count))
        touch(root / 'videos', [f'-{part}_{i:05d}.mp4' for i in range(0, count, 5)])


def make_kinetics400(root: Path) -> None:
    for subset, copies in (('train', 2), ('val', 1), ('test', 1)):
        rows, files = ['label,youtube_id,time_start,time_end,split,is_cc\n'], []
        for number, label in enumerate(KINETICS_CLASSES * copies):
            start, end, folder = number % 500, number % 500 + 10, label.replace(' ', '_')
            quoted = f'"{label}"' if ',' in label else label
            rows.append(f'{quoted},-_{subset[0]}_{number},{start}.0,{end},{subset},0\n')
            files.append(f'{folder}/-_{subset[0]}_{number}_{start:06d}_{end:06d}.mp4')
        write(root / f'annotations/kinetics_{subset}.csv', ''.join(rows))
        touch(root / f'videos_{subset}', files[:-1])


def write_sthv2(folder: Path, videos: dict, prefix: str = 'something-something-v2-') -> Path:
    """Annotations as of Something-Something V2; of each part, numbers of videos."""
    labels = {t.replace('[', '').replace(']', ''): str(n) for n, t in enumerate(TEMPLATES)}
    write(folder / f'{prefix}labels.json', json.dumps(dict(sorted(labels.items(), reverse=True))))
    for part, numbers in videos.items():
        entries = [
            dict(id=str(n), label='as told', template=TEMPLATES[n % 2], placeholders=['a cup'])
            for n in numbers
        ]
        write(folder / f'{prefix}{part}.json', json.dumps(entries))
    return folder


def write_jester(folder: Path, videos: dict) -> Path:
    """Annotations as of Jester; of each part, numbers of videos."""
    write(folder / 'jester-v1-labels.csv', ''.join(f'{name}\n' for name in GESTURES))
    for part, numbers in videos.items():
        lines = [f'{n};{GESTURES[n % 3]}\n' for n in numbers]
        write(folder / f'jester-v1-{part}.csv', ''.join(lines))
    return folder


def gym_clip(number: int) -> str:
    return f'-0_aB{number:06d}_E_{number:06d}_{number + 9:06d}_A_0001_0003'


def write_gym(folder: Path, size: int, train: str, val: str, videos: tuple) -> Path:
    """Annotations as of FineGym; numbers of clips for training and for validation."""
    lines = [
        f'Clabel: {n:3d}; set: {part:2d}; Glabel: {2 * n:3d}; ({event}) {name}    \n'
        for n, (part, event, name) in enumerate(ELEMENTS)
    ]
    write(folder / f'gym{size}_categories.txt', ''.join(lines))
    for file, numbers in zip((train, val), videos):
        lines = [f'{gym_clip(n)} {n % len(ELEMENTS)}\n' for n in numbers]
        write(folder / f'gym{size}_{file}.txt', ''.join(lines))
    return folder


def make_motion_sets(root: Path) -> None:
    """Few videos of Something-Something V2, Jester and Gym99, of which a part is there."""
    parts = dict(train=range(50, 0, -2), validation=range(1, 20, 2), test=())
    write_sthv2(root / 'sthv2/annotations', parts)
    touch(root / 'sthv2/videos', [f'{n}.webm' for n in range(0, 40)])
    write_jester(root / 'jester/annotations', parts)
    touch(root / 'jester/videos', [f'{n}.mp4' for n in range(5, 60)])
    numbers = (range(90, 40, -1), range(7))
    write_gym(root / 'gym/annotations', 99, 'train_org', 'val_org', numbers)
    touch(root / 'gym/subactions', [f'{gym_clip(n)}.mp4' for n in range(5, 77)])


def small_ucf101(folder: Path) -> Path:
    videos = ['Jump/v a (1).avi', 'Jump/v_b.avi', 'Run/v_c.avi', 'Run/v_d 2.avi']
    return write_ucf101(folder, ['Run', 'Jump'], videos, [([0, 2], [1, 3])] * 3)


def small_hmdb51(folder: Path) -> Path:
    for split in (1, 2, 3):
        for name in ('climb_stairs', 'climb'):
            text = f'a {name}; 5.avi 1 \nb.avi 0 \n\n#c (&).avi 2 \n'
            write(folder / f'{name}_test_split{split}.txt', text)
    return folder


def small_diving48(folder: Path) -> Path:
    write(folder / 'Diving48_vocab.json', '[["A", "B"], ["C", "D"]]')
    for part in ('train', 'test'):
        write(folder / f'Diving48_V2_{part}.json', f'[{{"vid_name": "{part}", "label": 1}}]')
    return folder


def small_kinetics400(folder: Path) -> Path:
    # with the mark that spreadsheets put at the beginning
    write(folder / 'k.csv', '\ufefflabel,youtube_id,time_start,time_end,split\na b,-x,1,11,train\n')
    return folder


def small_sthv2(folder: Path) -> Path:
    return write_sthv2(folder, dict(train=[3, 2], validation=[7]))


def small_jester(folder: Path) -> Path:
    return write_jester(folder, dict(train=[3, 2], validation=[7]))


def small_gym99(folder: Path) -> Path:
    return write_gym(folder, 99, 'train_element_v1.0', 'val_element', ([3, 2], [5]))


def small_gym288(folder: Path) -> Path:
    return write_gym(folder, 288, 'train_element_v1.1', 'val_element', ([3, 2], [5]))


SMALL = {
    'ucf101': (small_ucf101, read_ucf101),
    'hmdb51': (small_hmdb51, read_hmdb51),
    'diving48': (small_diving48, read_diving48),
    'sthv2': (small_sthv2, read_sthv2),
    'jester': (small_jester, read_jester),
    'gym99': (small_gym99, read_gym99),
    'gym288': (small_gym288, lambda folder: read_gym288(folder, 'v1.1')),
    'kinetics400': (small_kinetics400, lambda folder: read_kinetics400(f'{folder}/k.csv', 'train')),
}
