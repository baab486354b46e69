"""Gallery and queries in one dataset; wrong lists are told before anything is decoded."""

import pytest
from mmaction.registry import DATASETS

from tev_mmaction.evaluation import META_KEYS

PIPELINE = [
    dict(type='VideoInit'),
    dict(type='SampleFrames', clip_len=4, frame_interval=2, num_clips=3, test_mode=True),
    dict(type='VideoDecode'),
    dict(type='Resize', scale=(-1, 16)),
    dict(type='CenterCrop', crop_size=16),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=META_KEYS),
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
    assert dataset.metainfo == dict(classes=['jump', 'run', 'wave'], num_gallery=9, num_query=3)
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


def test_class_names_are_optional(root):
    assert build(root, class_file='').metainfo == dict(num_gallery=9, num_query=3)


@pytest.mark.parametrize('name', ['gallery', 'query'])
@pytest.mark.parametrize(
    'text, message',
    [
        ('', 'is empty'),
        ('sub 0/clip_00.mp4\n', 'no label'),
        ('sub 0/clip_00.mp4 3\n', 'the label 3; labels are 0 to 2'),
        ('sub 0/clip_00.mp4 0\nsub 0/clip_00.mp4 0\n', 'twice'),
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


def test_a_query_that_is_in_the_gallery(root):
    with open(root / 'query.txt', 'a') as file:
        file.write((root / 'gallery.txt').read_text().splitlines()[4] + '\n')
    with pytest.raises(ValueError, match=r'clip_04.mp4. is in .*gallery.txt. and in .*query.txt'):
        build(root)


@pytest.mark.parametrize('key', ['gallery_ann_file', 'ann_file', 'class_file'])
def test_missing_files_say_what_to_do(root, key):
    with pytest.raises(FileNotFoundError, match='no.txt.*make_lists.py'):
        build(root, **{key: 'no.txt'})
