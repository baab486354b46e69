"""Decord is refused where it is known to be wrong, and checked against PyAV."""

import threading

import pytest

from coded_clips import remux, write_coded
from helpers import write_clip
from tev_mmaction.datasets.readers import VideoError, decord_check, open_video
from tev_mmaction.datasets.video_index import VideoRecord, check_decord, examine

decord_reader = pytest.importorskip('tev_mmaction.datasets.readers.decord_reader')


def test_a_stream_that_begins_off_a_keyframe(tmp_path):
    whole = write_coded(tmp_path / 'whole.ts', 'libx264', g=12)
    path = remux(whole, tmp_path / 'clip.ts', lambda packets: packets[5:])
    with pytest.raises(VideoError, match="off a key frame.*decoder='pyav'"):
        open_video(str(path), 'decord')
    open_video(str(whole), 'decord')


def test_a_length_that_the_packets_contradict(tmp_path, monkeypatch):
    path = write_clip(tmp_path / 'clip.mp4', 30)
    monkeypatch.setattr(decord_reader.DecordReader, '__len__', lambda self: 31)
    with pytest.raises(VideoError, match='has 30 frames, where decord counts 31'):
        open_video(str(path), 'decord')


def test_a_call_that_does_not_return(tmp_path, monkeypatch):
    reader = open_video(str(write_clip(tmp_path / 'clip.mp4', 30)), 'decord')
    monkeypatch.setattr(decord_reader, '_PATIENCE', 0.05)
    never = threading.Event()
    monkeypatch.setattr(reader._video, 'get_batch', lambda indices: never.wait(30))
    with pytest.raises(VideoError, match="within 0.05 s: read it with decoder='pyav'"):
        reader.read([3, 4])
    with pytest.raises(VideoError, match='earlier call has not returned'):
        reader.read([3])
    never.set()


def shift_last(reader, indices):
    """What decord does to some files: another frame in the place of the last."""
    return open_video(reader.filename, 'pyav').read(indices - (len(indices) == 1))


def test_files_on_which_decord_differs_are_noted(tmp_path, monkeypatch):
    path = str(write_clip(tmp_path / 'clip.mp4', 30))
    for decoder in ('pyav', 'decord'):
        record = examine('clip.mp4', path, decoder)
        assert check_decord(record, path) == record
    monkeypatch.setattr(decord_reader.DecordReader, '_frames', shift_last)
    found = check_decord(examine('clip.mp4', path, 'pyav'), path)
    assert found.usable and found.num_frames == 30
    assert found.note == 'decord reads 1 of 30 frames otherwise, the first is 29'
    found = check_decord(VideoRecord('clip.mp4', 30, decoder='decord'), path)
    assert found.reason == 'decord reads 1 of 30 frames otherwise, the first is 29'
    rejected = VideoRecord('clip.mp4', reason='is empty')
    assert check_decord(rejected, path) is rejected


def test_other_lengths_and_errors_are_differences(tmp_path, monkeypatch):
    path = str(write_clip(tmp_path / 'clip.mp4', 30))
    monkeypatch.setattr(decord_reader.PlannedReader, 'length_by_packets', lambda self: None)
    monkeypatch.setattr(decord_reader.DecordReader, '__len__', lambda self: 60)
    assert decord_check.decord_differs(path) == 'decord counts 60 frames instead of 30'
    monkeypatch.undo()

    def fail(reader, indices):
        raise VideoError(path, 'cannot be decoded by decord: x')

    monkeypatch.setattr(decord_reader.DecordReader, '_frames', fail)
    assert decord_check.decord_differs(path) == 'cannot be decoded by decord: x'
