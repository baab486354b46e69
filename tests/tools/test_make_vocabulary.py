"""The words of the training videos are collected, and those that lack sentences are named."""

import functools

import processes

run = functools.partial(processes.run, 'tools/data/make_vocabulary.py')
CUE = '1\n00:00:01,000 --> 00:00:02,000\n{}\n'


def write(folder, **texts):
    folder.mkdir()
    for name, text in texts.items():
        (folder / f'{name}.srt').write_text(CUE.format(text))
    (folder / 'list.txt').write_text(''.join(f'{name}.mp4 0\n' for name in (*texts, 'silent')))
    return folder / 'list.txt'


def test_words_of_the_subtitles_with_and_without_vectors(tmp_path):
    videos = write(tmp_path / 'videos', a='Cut the bread', b='the bread, the end')
    out, vectors = tmp_path / 'new' / 'words.txt', tmp_path / 'vectors.txt'
    done = run(videos, out)
    assert done.returncode == 3, done.stderr
    assert "no sentences: 'silent.mp4' has no subtitles" in done.stdout
    assert '4 words of 2 sentences of 2 of 3 videos' in done.stdout
    assert out.read_text().split() == ['the', 'bread', 'cut', 'end']
    vectors.write_text('end 1 2\nbread 3 4\nbutter 5 6\n')
    done = run(videos, out, '--vectors', vectors)
    assert '2 words of' in done.stdout and '2 others have no vector' in done.stdout
    assert out.read_text() == 'bread 3 4\nend 1 2\n'
    folder = tmp_path / 'elsewhere'
    done = run(write(folder, a='c'), out, '--root', tmp_path, '--narrations', tmp_path / 'videos')
    assert done.returncode == 3 and out.read_text().split() == ['bread', 'cut', 'the']


def test_errors_are_one_line(tmp_path):
    videos = write(tmp_path / 'videos', a='Cut the bread')
    (tmp_path / 'vectors.txt').write_text('butter 5 6\n')
    for words, message in (
        (('--narrations', tmp_path / 'none.jsonl'), 'none.jsonl'),
        (('--min-count', '2'), 'a vocabulary has no word'),
        (('--vectors', tmp_path / 'vectors.txt'), 'has none of the 3 words'),
    ):
        done = run(videos, tmp_path / 'out.txt', *words)
        assert done.returncode == 1 and message in done.stderr and 'Traceback' not in done.stderr
        assert not (tmp_path / 'out.txt').exists()
