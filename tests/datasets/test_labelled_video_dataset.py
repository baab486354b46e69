"""Lists for supervised training and its tests, checked when the dataset is built."""

import json

import pytest
from mmaction.registry import DATASETS

from helpers import write_clip

PIPELINE = [
    dict(type='VideoInit'),
    dict(type='SampleFrames', clip_len=4, frame_interval=3, num_clips=1, test_mode=True),
    dict(type='VideoDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('labelled')
    for name, frames in {'a.mp4': 9, 'my video 2.mp4': 10, 'sub/b.mp4': 20}.items():
        write_clip(folder / name, frames)
    (folder / 'classes.txt').write_text('wave\nripple\n')
    return folder


def build(folder, text, encoding='utf-8', **changes):
    (folder / 'list.txt').write_bytes(text.encode(encoding))
    cfg = dict(
        type='LabelledVideoDataset',
        data_root=str(folder),
        ann_file='list.txt',
        data_prefix=dict(video=''),
        pipeline=PIPELINE,
    )
    return DATASETS.build({**cfg, **changes})


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig'])
@pytest.mark.parametrize('test_mode', [False, True])
def test_names_and_labels_are_those_of_the_list(folder, encoding, test_mode):
    text = 'a.mp4 0\nmy video 2.mp4\t2 \r\n\nsub/b.mp4  1\n'
    dataset = build(folder, text, encoding, test_mode=test_mode)
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [(i['filename'], i['label']) for i in infos] == [
        (f'{folder}/a.mp4', 0),
        (f'{folder}/my video 2.mp4', 2),
        (f'{folder}/sub/b.mp4', 1),
    ]


def test_samples_are_those_of_the_stock_dataset_and_tell_their_length(folder):
    text = 'a.mp4 0\nsub/b.mp4 1\n'
    ours, stock = build(folder, text), build(folder, text, type='VideoDataset')
    for index, frames in enumerate((9, 20)):
        one, other = ours[index], stock[index]
        assert (one['inputs'] == other['inputs']).all()
        assert one['data_samples'].gt_label == other['data_samples'].gt_label
        info = one['data_samples'].metainfo
        assert {k: info[k] for k in ('total_frames', 'clip_len', 'frame_interval')} == dict(
            total_frames=frames, clip_len=4, frame_interval=3
        )


@pytest.mark.parametrize(
    'text, changes, message',
    [
        ('a.mp4\nsub/b.mp4\n', {}, "gives 'a.mp4' no label.*path label"),
        ('a.mp4 0\nsub/b.mp4 -1\n', {}, "gives 'sub/b.mp4' no label"),
        ('a.mp4 wave\nsub/b.mp4 ripple\n', {}, "line 1, .*'wave' is not a label.*whole numbers"),
        ('a.mp4 0 1\n', {}, '2 numbers behind'),
        ('', {}, 'is empty'),
        ('path label\na.mp4 0\n', {}, 'head line'),
        ('a.mp4 0\nsub/b.mp4 2\n', dict(class_file='classes.txt'), 'label 2; labels are 0 to 1'),
        ('a.mp4 0\na.mp4 0\n', dict(test_mode=True), "names 'a.mp4' twice"),
        ('a.mp4 0\n', dict(multi_class=True, num_classes=3), 'VideoDataset with multi_class'),
        ('x.mp4 0\ny.mp4 1\n', {}, 'None of the first 2 videos of the list exists'),
        ('a.mp4 0\n', dict(ann_file='none.txt'), "none.txt.*does not exist"),
        ('a.mp4 0\n', dict(class_file='none.txt'), "class names .*none.txt"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_list_is_said_when_it_is_read(folder, text, changes, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        build(folder, text, **changes)


def test_training_may_show_a_video_more_often(folder):
    dataset = build(folder, 'a.mp4 0\nsub/b.mp4 1\na.mp4 0\n')
    assert [dataset.get_data_info(i)['label'] for i in range(3)] == [0, 1, 0]


def test_names_of_classes_are_kept(folder):
    dataset = build(folder, 'a.mp4 0\n', class_file='classes.txt')
    assert json.loads(json.dumps(dataset.metainfo['classes'])) == ['wave', 'ripple']
