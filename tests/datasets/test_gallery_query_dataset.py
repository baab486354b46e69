"""Gallery and queries in one dataset; wrong lists are told before anything is decoded."""

import pytest
import torch
from mmaction.registry import DATASETS

from tev_mmaction.evaluation import META_KEYS

PIPELINE = [
    dict(type='VideoInit'),
    dict(type='SampleFrames', clip_len=4, frame_interval=2, num_clips=3, test_mode=True),
    dict(type='VideoDecode'),
    dict(type='Resize', scale=(-1, 16)),
    dict(type='CenterCrop', crop_size=16),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]


@pytest.fixture
def root(clips, tmp_path):
    """Lists of the generated clips: nine of the gallery, three queries, three classes."""
    lines = (clips / 'train.txt').read_text().splitlines(keepends=True)
    (tmp_path / 'gallery.txt').write_text(''.join(lines[:9]))
    (tmp_path / 'query.txt').write_text(''.join(lines[9:]))
    (tmp_path / 'classes.txt').write_text('jump\nrun\nwave\n')
    (tmp_path / 'videos').symlink_to(clips)
    return tmp_path


def build(root, **changes):
    cfg = dict(
        type='GalleryQueryDataset',
        data_root=str(root),
        gallery_ann_file='gallery.txt',
        ann_file='query.txt',
        class_file='classes.txt',
        data_prefix=dict(video='videos'),
        pipeline=PIPELINE,
    )
    return DATASETS.build({**cfg, **changes})


def test_gallery_first_then_queries(root):
    dataset = build(root)
    assert len(dataset) == 12
    lists = dict(gallery_list=f'{root}/gallery.txt', query_list=f'{root}/query.txt')
    counts = dict(num_gallery=9, num_query=3)
    assert dataset.metainfo == dict(classes=['jump', 'run', 'wave'], **lists, **counts)
    lines = [
        line.rsplit(' ', 1)
        for name in ('gallery', 'query')
        for line in (root / f'{name}.txt').read_text().splitlines()
    ]
    for index, (name, label) in enumerate(lines):
        sample = dataset[index]
        assert sample['inputs'].shape == (3, 3, 4, 16, 16)
        found = sample['data_samples']
        assert found.filename == str(root / 'videos' / name)
        assert found.gt_label.item() == int(label) and found.sample_idx == index
        assert found.subset == ('gallery' if index < 9 else 'query')
        assert (found.num_clips, found.frame_interval) == (3, 2)


def test_folders_may_differ(root, clips):
    (root / 'test_videos').symlink_to(clips)
    dataset = build(root, data_prefix=dict(video='test_videos', gallery='videos'))
    names = [dataset.get_data_info(index)['filename'] for index in range(12)]
    assert all('/videos/' in name for name in names[:9])
    assert all('/test_videos/' in name for name in names[9:])


def test_the_gallery_has_the_groups_of_a_table(root):
    paths = [line.rsplit(' ', 1)[0] for line in (root / 'gallery.txt').read_text().splitlines()]
    rows = [f'{path},place {number // 3}' for number, path in enumerate(paths)]
    (root / 'groups.csv').write_text('\n'.join(['path,group', *rows, '']))
    dataset = build(root, group_file='groups.csv')
    assert [dataset[index]['data_samples'].get('group') for index in (0, 2, 3, 8, 9)] == [
        'place 0', 'place 0', 'place 1', 'place 2', None
    ]  # fmt: skip
    assert 'group' not in build(root).get_data_info(0)
    (root / 'groups.csv').write_text('\n'.join(['path,group', *rows[1:], '']))
    with pytest.raises(ValueError, match='no group of 1 of 9 listed videos'):
        build(root, group_file='groups.csv')


def test_class_names_are_optional(root):
    assert 'classes' not in build(root, class_file='').metainfo


@pytest.mark.parametrize('name', ['gallery', 'query'])
@pytest.mark.parametrize(
    'text, message',
    [
        ('', 'is empty'),
        ('sub 0/clip_00.mp4\n', 'no label'),
        ('sub 0/clip_00.mp4 3\n', 'the label 3; labels are 0 to 2'),
        ('sub 0/clip_00.mp4 0\nsub 0/clip_00.mp4 0\n', 'twice'),
        ('sub 0/clip_00.mp4 80 0\n', '2 numbers behind'),
        ('no/where.mp4 0\n', 'None of the first 1 videos'),
    ],
)
def test_wrong_lists(root, name, text, message):
    for other in ('gallery', 'query'):
        (root / f'{other}.txt').write_text('sub 1/clip_11.mp4 0\n')
    (root / f'{name}.txt').write_text(text)
    with pytest.raises((ValueError, FileNotFoundError), match=message) as error:
        build(root)
    assert f'{name}.txt' in str(error.value) or 'no/where.mp4' in str(error.value)


@pytest.mark.parametrize('wrong', ['gallery', 'video'])
def test_the_folder_that_is_wrong_is_named_by_its_key(root, wrong):
    folders = {'gallery': 'videos', 'video': 'videos', wrong: 'elsewhere'}
    with pytest.raises(FileNotFoundError, match=f'data_root and data_prefix.{wrong} .*elsewhere'):
        build(root, data_prefix=folders)


@pytest.mark.parametrize('spelling', ['', './', 'sub 1/../'])
def test_a_query_that_is_in_the_gallery(root, spelling):
    with open(root / 'query.txt', 'a') as file:
        file.write(spelling + (root / 'gallery.txt').read_text().splitlines()[4] + '\n')
    with pytest.raises(ValueError, match=r'clip_04.mp4. is in .*gallery.txt. and in .*query.txt'):
        build(root)


@pytest.mark.parametrize('subset', ['gallery', 'query'])
def test_a_file_of_two_names(root, clips, tmp_path, subset):
    (tmp_path / 'link.mp4').symlink_to(clips / 'sub 0' / 'clip_04.mp4')
    with open(root / f'{subset}.txt', 'a') as file:
        file.write(f'{tmp_path}/link.mp4 0\n')
    message = 'the same file,.*already' if subset == 'gallery' else 'would find itself'
    with pytest.raises(ValueError, match=f'link.mp4.*clip_04.mp4.*{message}'):
        build(root)


@pytest.mark.parametrize('key', ['gallery_ann_file', 'ann_file', 'class_file'])
def test_missing_files_say_what_to_do(root, key):
    with pytest.raises(FileNotFoundError, match='no.txt.*make_lists.py'):
        build(root, **{key: 'no.txt'})


@pytest.mark.parametrize(
    'position, transform, name',
    [
        (1, dict(type='SampleFrames', clip_len=4, num_clips=3), 'SampleFrames'),
        (4, dict(type='RandomResizedCrop'), 'RandomResizedCrop'),
        (4, dict(type='RandomCrop', size=16), 'RandomCrop'),
        (4, dict(type='Flip', flip_ratio=0.5), 'Flip'),
        (4, dict(type='ClipColorJitter'), 'ClipColorJitter'),
    ],
)
def test_chance_is_refused(root, position, transform, name):
    pipeline = list(PIPELINE)
    pipeline[position] = transform
    with pytest.raises(ValueError, match=f'{name} draws at random'):
        build(root, pipeline=pipeline)


def test_what_stock_configs_say_too(root):
    assert len(build(root, test_mode=True)) == 12
    for wrong in (dict(test_mode=False), dict(multi_class=True, num_classes=3)):
        with pytest.raises(ValueError, match='for testing, with one label'):
            build(root, **wrong)


def test_a_pipeline_that_packs_nothing(root):
    with pytest.raises(ValueError, match='must end in PackActionInputs'):
        build(root, pipeline=PIPELINE[:-1])


def test_what_is_packed_is_what_the_metrics_need():
    from tev_mmaction.datasets.gallery_query_dataset import PACKED
    from tev_mmaction.evaluation.short_videos import SHORT_KEYS

    assert set(PACKED) == {*META_KEYS, *SHORT_KEYS, 'group'}


@pytest.mark.parametrize('opposite, dimension', [('reversed', 2), ('mirrored', 4)])
def test_every_video_and_its_opposite(root, opposite, dimension):
    plain, dataset = build(root), build(root, opposite=opposite)
    assert len(dataset) == 24
    meta = dataset.metainfo
    names = ['jump', 'run', 'wave']
    assert meta['classes'] == names + [f'{name}, {opposite}' for name in names]
    assert meta['opposites'] == [(name, f'{name}, {opposite}') for name in names]
    assert (meta['num_gallery'], meta['num_query']) == (18, 6)
    for index in (0, 8, 11):
        expected = plain[index]
        one, other = dataset[2 * index], dataset[2 * index + 1]
        assert torch.equal(one['inputs'], expected['inputs'])
        assert torch.equal(other['inputs'], expected['inputs'].flip(dimension))
        samples = [each['data_samples'] for each in (expected, one, other)]
        labels = [sample.gt_label.item() for sample in samples]
        assert labels == [labels[0], labels[0], labels[0] + 3]
        assert samples[1].filename == samples[0].filename
        assert samples[2].filename == f'{samples[0].filename} ({opposite})'
        assert [sample.sample_idx for sample in samples] == [index, 2 * index, 2 * index + 1]


def test_opposites_without_class_names_and_of_single_frames(root):
    dataset = build(root, class_file='', opposite='reversed')
    assert dataset.metainfo['opposites'][1] == ('class 1', 'class 1, reversed')
    frames = [*PIPELINE[:-2], dict(type='FormatShape', input_format='NCHW'), PIPELINE[-1]]
    with pytest.raises(ValueError, match='needs clips, as FormatShape'):
        build(root, pipeline=frames, opposite='reversed')[1]
    with pytest.raises(ValueError, match="opposite='backwards': give 'reversed'"):
        build(root, opposite='backwards')
