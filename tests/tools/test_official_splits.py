"""Official annotation files read as video lists: generated ones, and those of UCF101."""

from dataclasses import replace

import pytest
from official_splits import (
    check_counts,
    read_gym288,
    read_hmdb51,
    read_kinetics400,
    read_sthv2,
    read_ucf101,
)

from official_files import (
    KINETICS_CLASSES,
    SMALL,
    gym_clip,
    small_gym288,
    small_hmdb51,
    small_ucf101,
    write_sthv2,
)

FULL = ('ucf101', 'hmdb51', 'diving48', 'kinetics400')
STHV2 = 'something-something-v2-'


def test_the_real_files_of_ucf101(real_clips):
    if not (real_clips / 'ucf101_splits').is_dir():
        pytest.skip(f'no official files of UCF101 in {real_clips}')
    splits = read_ucf101(str(real_clips / 'ucf101_splits'))
    check_counts(splits)
    counts = [len(videos.videos) for videos in splits.lists]
    assert counts == [9537, 3783, 9586, 3734, 9624, 3696]
    assert len(splits.classes) == 101 and splits.classes[-1] == 'YoYo'
    for number in range(3):
        train, val = (dict(splits.lists[2 * number + k].videos) for k in (0, 1))
        assert len({**train, **val}) == 13320
        for stem, label in (
            ('ApplyEyeMakeup/v_ApplyEyeMakeup', 0),
            ('Basketball/v_Basketball', 7),
            ('HandstandPushups/v_HandStandPushups', 36),
            ('YoYo/v_YoYo', 100),
        ):
            # groups 1 to 7 are for testing in the first split, 8 to 14 and 15 to 21 in the others
            for group, videos in ((7 * number + 1, val), (7 * number + 7, val), (25, train)):
                assert videos[f'{stem}_g{group:02d}_c01.avi'] == label


def test_labels_of_kinetics_follow_the_folders(official_data):
    splits = read_kinetics400(
        f'{official_data}/data/kinetics400/annotations/kinetics_val.csv', 'val'
    )
    assert splits.classes[-4:] == KINETICS_CLASSES[3:1:-1] + ['play2', 'play ball']
    assert splits.lists[0].videos[0] == ('play_ball/-_v_0_000000_000010.mp4', 399)


def test_names_with_spaces_and_odd_characters(tmp_path):
    ucf101 = read_ucf101(str(small_ucf101(tmp_path / 'ucf101')))
    assert ucf101.classes == ['Run', 'Jump']
    assert ucf101.lists[0].videos == [('Jump/v a (1).avi', 1), ('Run/v_c.avi', 0)]
    assert ucf101.lists[1].videos == [('Jump/v_b.avi', 1), ('Run/v_d 2.avi', 0)]
    hmdb51 = read_hmdb51(str(small_hmdb51(tmp_path / 'hmdb51')))
    train = [('climb/a climb; 5.avi', 0), ('climb_stairs/a climb_stairs; 5.avi', 1)]
    assert hmdb51.lists[4].videos == train
    assert hmdb51.lists[5].videos == [('climb/#c (&).avi', 0), ('climb_stairs/#c (&).avi', 1)]


def test_something_something_under_the_names_of_later_downloads(tmp_path):
    splits = read_sthv2(str(write_sthv2(tmp_path, dict(train=[3, 2], validation=[7]), prefix='')))
    classes = ['Pushing something so it spins', 'Something falling like a feather or paper']
    assert splits.classes == classes and splits.class_source == str(tmp_path / 'labels.json')
    assert splits.lists[0].videos == [('3.webm', 1), ('2.webm', 0)]


def test_elements_of_one_name_are_told_apart_by_their_sets(tmp_path):
    splits = read_gym288(str(small_gym288(tmp_path)), 'v1.1')
    assert splits.classes[:2] == ['(VT) round-off, off', '(BB) salto [set 33]']
    assert splits.classes[2:] == ['(BB) salto [set 35]', '(FX) x']
    assert [videos.name for videos in splits.lists] == ['gym288_v1.1_train', 'gym288_v1.1_val']
    assert splits.lists[0].videos == [(f'{gym_clip(n)}.mp4', n) for n in (3, 2)]


# data set, file, and what in it is replaced by what
@pytest.mark.parametrize(
    'dataset, file, old, new, message',
    [
        ('ucf101', 'classInd.txt', '2 Jump', '3 Jump', 'line 2: expected a new class 2'),
        ('ucf101', 'classInd.txt', 'Jump', 'Run', 'line 2: expected a new class 2'),
        ('ucf101', 'classInd.txt', '2 Jump', 'Jump', 'line 2: expected `NUMBER CLASS`'),
        ('ucf101', 'trainlist01.txt', 'Run/', 'Swim/', "line 2: the class 'Swim' is not in .*Ind"),
        ('ucf101', 'trainlist02.txt', 'c.avi 1', 'c.avi 2', "line 2: 'Run' has another number in"),
        ('ucf101', 'testlist02.txt', 'Run/', '', 'line 2: expected `CLASS/VIDEO.avi'),
        ('ucf101', 'testlist03.txt', 'v_b', 'v a (1)', r"line 1: .* in '.*trainlist03.*', line 1;"),
        ('ucf101', 'testlist03.txt', 'Run/v_d 2.avi', 'Jump/v_b.mp4', 'line 2: .* in .* line 1;'),
        ('hmdb51', 'climb_test_split2.txt', 'b.avi 0', 'b.avi 3', 'line 2: expected `VIDEO.avi'),
        ('hmdb51', 'climb_test_split2.txt', 'b.avi 0', 'b.avi', 'line 2: expected `VIDEO.avi'),
        ('hmdb51', 'climb_test_split2.txt', '#c (&)', 'a climb; 5', 'line 4: .* in .* line 1;'),
        ('diving48', 'Diving48_vocab.json', '["A", "B"]', '"A"', 'entry 1: expected words'),
        ('diving48', 'Diving48_vocab.json', '["A"', '["A', 'line 1: not JSON'),
        ('diving48', 'Diving48_V2_train.json', ': 1', ': 2', 'entry 1: .* no class 2'),
        ('diving48', 'Diving48_V2_train.json', ': 1', ': -1', 'entry 1: .* no class -1'),
        ('diving48', 'Diving48_V2_train.json', ': 1', ': "1"', 'entry 1: expected a vid_name'),
        ('diving48', 'Diving48_V2_train.json', 'vid_n', 'n', 'entry 1: expected a vid_name'),
        ('diving48', 'Diving48_V2_test.json', '"test"', '"train"', 'entry 1: .* in .*train.json'),
        ('diving48', 'Diving48_V2_test.json', '}', '},\n3', 'entry 2: expected a vid_name'),
        (
            'diving48',
            'Diving48_vocab.json',
            '[["A", "B"], ["C", "D"]]',
            '{"a": 1}',
            'holds no list',
        ),
        ('sthv2', f'{STHV2}labels.json', '"1"', '"x"', 'expected a number for .Something fall'),
        ('sthv2', f'{STHV2}labels.json', '"1"', '"0"', 'the labels are not 0 to 1, each once'),
        ('sthv2', f'{STHV2}train.json', 'spins', 'turns', "entry 2: the class '.* turns' is not"),
        ('sthv2', f'{STHV2}train.json', '"id": "2"', '"no": "2"', 'entry 2: expected an id'),
        ('sthv2', f'{STHV2}train.json', '"template"', '"t"', 'entry 1: expected an id'),
        ('sthv2', f'{STHV2}validation.json', '"7"', '"3"', 'entry 1: .* in .*train.json'),
        ('jester', 'jester-v1-labels.csv', 'Right', 'Left', 'line 2: .*Left. a second time'),
        ('jester', 'jester-v1-train.csv', 'Doing', 'No', "line 2: the class 'No .* is not in"),
        ('jester', 'jester-v1-train.csv', ';D', ',D', 'line 2: expected `ID;CLASS`'),
        ('jester', 'jester-v1-validation.csv', '7;', '2;', 'line 1: .* in .*train.csv., line 2;'),
        ('gym99', 'gym99_categories.txt', ':   1;', ':   2;', 'line 2: expected the class 1'),
        ('gym99', 'gym99_categories.txt', ': 35;', ': 33;', 'salto .set 33.. a second time'),
        ('gym99', 'gym99_categories.txt', 'Glabel:   2;', '', 'line 2: expected `Clabel: N; set'),
        ('gym99', 'gym99_train_element_v1.0.txt', ' 3\n', ' 4\n', 'line 1: .* has no class 4'),
        ('gym99', 'gym99_train_element_v1.0.txt', '_A_', '_', 'line 1: expected `VIDEO_E_START'),
        ('gym288', 'gym288_val_element.txt', gym_clip(5), gym_clip(2), 'line 1: .* line 2;'),
        ('kinetics400', 'k.csv', ',time_end', '', 'line 1: the head line has no column time_end'),
        ('kinetics400', 'k.csv', '1,11', '1,x', 'line 2: expected label, youtube_id'),
        ('kinetics400', 'k.csv', ',1,11,train', '', 'line 2: expected label, youtube_id'),
        ('kinetics400', 'k.csv', '-x', '', 'line 2: expected label, youtube_id'),
        ('kinetics400', 'k.csv', 'a b', '', 'line 2: expected label, youtube_id'),
        ('kinetics400', 'k.csv', 'a b', '"a\nb"', 'line 3: expected label, youtube_id'),
        ('kinetics400', 'k.csv', ',train', ',test', "line 2: .* 'test', not of 'train'.*--subset"),
        ('kinetics400', 'k.csv', 'n\n', 'n\na b,-x,1.0,11,train\n', 'line 3: .* in .* line 2;'),
    ],
)
def test_wrong_lines(tmp_path, dataset, file, old, new, message):
    make, read = SMALL[dataset]
    path = make(tmp_path) / file
    read(str(tmp_path))
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ValueError, match=message) as error:
        read(str(tmp_path))
    assert repr(str(path)) in str(error.value) and '\n' not in str(error.value)
    assert ' again' in str(error.value) or '--csv' in str(error.value)


@pytest.mark.parametrize('dataset', SMALL)
def test_lost_and_empty_annotation_files(tmp_path, dataset):
    make, read = SMALL[dataset]
    for path in sorted(make(tmp_path).iterdir()):
        content = path.read_bytes()
        for wrong, message in ((b' \n', 'is empty'), (b'\xff' + content, 'not a text file in UTF')):
            path.write_bytes(wrong)
            with pytest.raises(ValueError, match=message) as error:
                read(str(tmp_path))
            assert repr(str(path)) in str(error.value)
        path.unlink()
        with pytest.raises(FileNotFoundError, match='--annotations') as error:
            read(str(tmp_path))
        assert repr(str(path)) in str(error.value)
        path.write_bytes(content)
    read(str(tmp_path))


@pytest.mark.parametrize(
    'dataset, classes, counts',
    [
        ('sthv2', 174, (168_913, 24_777)),
        ('jester', 27, (118_562, 14_787)),
        ('gym99', 99, (20_484, 8_521)),
        ('gym288', 288, (29_334, 9_646)),
    ],
)
def test_published_numbers(tmp_path, dataset, classes, counts):
    make, read = SMALL[dataset]
    splits = read(str(make(tmp_path)))
    with pytest.raises(ValueError, match=f'{len(splits.classes)} classes, but {classes} are'):
        check_counts(splits)
    splits = replace(splits, classes=['a'] * classes)
    for official, count in zip(splits.lists, counts):
        message = f'{len(official.videos)} videos for {official.name}, but {count} are published'
        with pytest.raises(ValueError, match=message):
            check_counts(replace(splits, lists=[official]))
        check_counts(replace(splits, lists=[replace(official, videos=[('a', 0)] * count)]))


@pytest.mark.parametrize('dataset', FULL)
def test_counts_are_checked(official_data, dataset):
    folder = official_data / 'data' / dataset / 'annotations'
    if dataset == 'kinetics400':
        splits = read_kinetics400(str(folder / 'kinetics_val.csv'), 'val')
    else:
        splits = SMALL[dataset][1](str(folder))
    check_counts(splits)
    for number, official in enumerate(splits.lists):
        lists = list(splits.lists)
        lists[number] = replace(official, videos=official.videos[:-1])
        if dataset == 'kinetics400':  # of which copies of any length are in circulation
            check_counts(replace(splits, lists=lists))
            continue
        count = {0: 70, 1: 30}[number % 2] if dataset == 'hmdb51' else len(official.videos)
        with pytest.raises(ValueError, match='is incomplete or not the official one') as error:
            check_counts(replace(splits, lists=lists))
        assert f'{official.files[-1]!r} has {count - 1} videos' in str(error.value)
        assert f'but {count} are published' in str(error.value)
    count = len(splits.classes)
    with pytest.raises(ValueError, match=f'has {count - 1} classes, but {count} are') as error:
        check_counts(replace(splits, classes=splits.classes[1:]))
    assert repr(splits.class_source) in str(error.value)
