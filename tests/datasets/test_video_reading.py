import numpy as np
import pytest
from mmaction.datasets.transforms import DecordDecode, DecordInit, PyAVDecode, PyAVInit
from mmaction.registry import DATASETS, TRANSFORMS
from mmengine.runner import Runner

from helpers import frame_of, write_clip
from tev_mmaction.datasets import VideoDecode, VideoInit
from tev_mmaction.datasets.readers import VideoError

DECODERS = ['pyav', 'decord']
REMEDY = 'python tools/data/index_videos.py LIST --root FOLDER'


@pytest.fixture(params=DECODERS)
def decoder(request):
    pytest.importorskip({'pyav': 'av'}.get(request.param, request.param))
    return request.param


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    return str(write_clip(tmp_path_factory.mktemp('clip') / 'clip.mp4', 60, bf='3'))


def read(init, decode, filename, frame_inds):
    results = init.transform(dict(filename=filename))
    results['frame_inds'] = np.asarray(frame_inds)
    return decode.transform(results)


def test_what_is_added_to_a_sample(clip, decoder):
    results = VideoInit(decoder).transform(dict(filename=clip, label=3))
    assert results['total_frames'] == 60 and results['avg_fps'] == 25
    results['frame_inds'] = np.array([7, 3])
    results = VideoDecode().transform(results)
    assert results['video_reader'] is None and results['label'] == 3
    assert results['original_shape'] == results['img_shape'] == (48, 64)
    assert isinstance(results['imgs'], list)
    assert {(frame.dtype, frame.shape) for frame in results['imgs']} == {
        (np.dtype('uint8'), (48, 64, 3))
    }


@pytest.mark.parametrize(
    'frame_inds',
    [[5], 9, [50, 3, 3, 59, 0, 3], [[8, 4], [4, 8]], np.arange(59, -1, -2), np.zeros((1, 1), int)],
)
def test_frames_in_the_order_they_are_asked_for(clip, decoder, frame_inds):
    results = read(VideoInit(decoder), VideoDecode(), clip, frame_inds)
    wanted = np.ravel(frame_inds).tolist()
    assert [frame_of(frame) for frame in results['imgs']] == wanted
    assert results['frame_inds'].tolist() == wanted


def test_frames_asked_for_twice_share_no_memory(clip, decoder):
    """Some transforms write into frames, MMAction2's Flip for one."""
    first, second = read(VideoInit(decoder), VideoDecode(), clip, [4, 4])['imgs']
    assert not np.shares_memory(first, second)


def test_the_frames_of_the_stock_transforms(clip, decoder):
    """The stock transforms with the same decoder: bit for bit."""
    stock = {'pyav': (PyAVInit(), PyAVDecode()), 'decord': (DecordInit(), DecordDecode())}[decoder]
    frame_inds = [50, 3, 4, 4, 59, 0, 17]
    expected = read(*stock, clip, frame_inds)
    ours = read(VideoInit(decoder), VideoDecode(), clip, frame_inds)
    assert np.array_equal(ours['imgs'], expected['imgs'])
    assert all(ours[key] == expected[key] for key in ('total_frames', 'img_shape'))
    if decoder == 'decord':
        assert ours['avg_fps'] == expected['avg_fps']


def test_boxes_are_scaled_as_by_the_stock_transform(clip):
    def boxes(init, decode):
        results = init.transform(dict(filename=clip))
        results.update(frame_inds=np.array([2]), gt_bboxes=np.array([[0.0, 0.25, 0.5, 1.0]]))
        return decode.transform(results)['gt_bboxes'].tolist()

    assert boxes(VideoInit(), VideoDecode()) == [[0, 12, 32, 48]]


def test_a_file_that_does_not_tell_its_rate(clip, monkeypatch):
    """SampleFrames with target_fps then leaves the rate as it is, instead of dividing by zero."""
    from tev_mmaction.datasets.readers import pyav_reader

    monkeypatch.setattr(pyav_reader.PyAVReader, 'fps', 0.0)
    results = VideoInit('pyav').transform(dict(filename=clip, start_index=0))
    assert 'avg_fps' not in results
    sample = TRANSFORMS.build(dict(type='SampleFrames', clip_len=8, target_fps=10, test_mode=True))
    assert len(sample.transform(results)['frame_inds']) == 8


def test_files_of_other_backends(clip, petrel_like):
    init = VideoInit(backend_args=dict(backend='petrel_like'))
    assert frame_of(read(init, VideoDecode(), clip, [42])['imgs'][0]) == 42


def bad_files(folder):
    """Files that cannot be read, and how each is described."""
    import av

    (folder / 'empty.mp4').touch()
    (folder / 'text.mp4').write_text('no video')
    whole = write_clip(folder / 'whole.mp4', 60, container_options=dict(movflags='faststart'))
    (folder / 'cut.mp4').write_bytes(whole.read_bytes()[: whole.stat().st_size * 8 // 10])
    with av.open(str(folder / 'audio.mp4'), 'w') as container:
        stream = container.add_stream('aac', rate=8000, layout='mono')
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format='fltp', layout='mono'
        )
        frame.rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return {
        'missing.mp4': 'does not exist',
        'empty.mp4': 'is empty',
        'text.mp4': 'cannot be opened',
        'cut.mp4': '',
        'audio.mp4': '',
    }


def test_a_broken_video_is_an_error_that_names_it_and_the_remedy(tmp_path, decoder):
    for name, reason in bad_files(tmp_path).items():
        with pytest.raises(VideoError, match=f'{name}: .*{reason}') as error:
            read(VideoInit(decoder), VideoDecode(), str(tmp_path / name), range(60))
        assert REMEDY in str(error.value) and '\n' not in str(error.value)
        assert error.value.__suppress_context__ and error.value.__cause__ is None


def test_a_file_that_claims_no_frames(clip, monkeypatch):
    from tev_mmaction.datasets.readers import planned_reader

    monkeypatch.setattr(planned_reader.PlannedReader, '__len__', lambda self: 0)
    with pytest.raises(VideoError, match='holds no frames'):
        VideoInit('pyav').transform(dict(filename=clip))


@pytest.mark.parametrize('name', ['missing.mp4', 'empty.mp4', 'cut.mp4', 'audio.mp4'])
def test_the_error_reaches_the_user_from_a_worker(tmp_path, name):
    bad_files(tmp_path)
    (tmp_path / 'list.txt').write_text(f'{name} 0\n')
    dataset = dict(
        type='VideoDataset',
        ann_file=str(tmp_path / 'list.txt'),
        data_prefix=dict(video=str(tmp_path)),
        pipeline=[
            dict(type='VideoInit'),
            dict(type='SampleFrames', clip_len=16, frame_interval=4),
            dict(type='VideoDecode'),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs'),
        ],
        test_mode=False,
    )
    loader = Runner.build_dataloader(
        dict(
            batch_size=1,
            num_workers=1,
            sampler=dict(type='DefaultSampler', shuffle=True),
            dataset=DATASETS.build(dataset),
        )
    )
    with pytest.raises(RuntimeError) as error:
        next(iter(loader))
    lines = str(error.value).strip().splitlines()
    assert name in lines[-1] and REMEDY in lines[-1]
    assert 'During handling of' not in str(error.value), 'one error, not a chain of them'


def test_they_can_be_built_and_printed():
    init = TRANSFORMS.build(dict(type='VideoInit', decoder='pyav'))
    assert repr(init) == "VideoInit(decoder='pyav', backend_args=None)"
    assert repr(TRANSFORMS.build(dict(type='VideoDecode'))) == 'VideoDecode()'
    with pytest.raises(ValueError, match="decoder='vlc' is unknown"):
        VideoInit('vlc')
