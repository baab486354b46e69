import numpy as np
import pytest

from tev_mmaction.narration import Vocabulary, read_vectors, words_of


def test_words():
    found = words_of('Don’t STIR_it; add 2 Brötchen!')
    assert found == ["don't", 'stir', 'it', 'add', '2', 'brötchen']
    assert words_of('… – 🍞 🍞\ufe0f') == []
    assert words_of('1\ufe0f\u20e3 cup') == ['1', 'cup']
    assert words_of('हिन्दी में काटो') == ['हिन्दी', 'में', 'काटो']
    assert words_of("Cafe\u0301's") == ["caf\u00e9's"]


def test_frequent_words_come_first_and_unknown_ones_are_left_out(tmp_path):
    known = Vocabulary.of_texts(['cut the bread', 'the bread', 'eat it', 'the end'], min_count=1)
    assert known.words == ('the', 'bread', 'cut', 'eat', 'end', 'it')
    assert Vocabulary.of_texts(['cut the bread', 'the bread'], 2).words == ('bread', 'the')
    (tmp_path / 'words.txt').write_text(known.text())
    again = Vocabulary.load(str(tmp_path / 'words.txt'))
    assert again.words == known.words and again.vectors is None
    ids = again.encode('Now eat the bread, the end', 3)
    assert ids.dtype == np.int64 and ids.tolist() == [4, 1, 2]
    assert again.encode('nothing', 3).tolist() == [0, 0, 0]


def test_vectors_of_glove_and_word2vec(tmp_path):
    file = tmp_path / 'vectors.txt'
    file.write_text('2 3\ncut 1 -2 .5\nthe bread 1e-2 0 3\nbread 4 5 6\n')
    known = Vocabulary.load(str(file))
    assert known.words == ('cut', 'the bread', 'bread')
    assert known.vectors.dtype == np.float32
    np.testing.assert_allclose(known.vectors[1:], [[0.01, 0, 3], [4, 5, 6]])
    assert Vocabulary.load(str(file), with_vectors=False).vectors is None
    file.write_text('cut 1 -2 .5\n\u00a0 1 1 1\n\u0085 2 2 2\nthe\u00a0bread 4 5 6\nbread 4 5 6\n')
    assert Vocabulary.load(str(file)).words[1:] == ('\u00a0', '\u0085', 'the\u00a0bread', 'bread')
    found = read_vectors(str(file), {'bread', 'eggs'})
    assert list(found) == ['bread'] and found['bread'].tolist() == [4, 5, 6]
    some = Vocabulary(['bread'], np.stack([found['bread']]))
    file.write_text(some.text())
    np.testing.assert_array_equal(Vocabulary.load(str(file)).vectors, some.vectors)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (b'', "words.txt': a vocabulary has no word: make it with .*make_vocabulary"),
        (b'cut\nbread\ncut\n', "a vocabulary has 'cut' twice"),
        (b'cut\nthe bread\n', "words.txt', line 2: has 2 fields, and the first word 1"),
        (b'cut 1 2\nbread 1\n', 'line 2: has 2 fields, and the first word 3'),
        (b'cut 1 2\nbread 1 x\n', "line 2: '1', ... are no numbers"),
        ('Brötchen'.encode('latin-1'), 'is not in UTF-8'),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    (tmp_path / 'words.txt').write_bytes(content)
    with pytest.raises(ValueError, match=message):
        Vocabulary.load(str(tmp_path / 'words.txt'))


def test_a_missing_vocabulary_names_the_tool(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'words\.txt.*make_vocabulary\.py'):
        Vocabulary.load(str(tmp_path / 'words.txt'))
    with pytest.raises(ValueError, match=r'vectors of shape \(1, 2\) for 2 words'):
        Vocabulary(['cut', 'bread'], np.zeros((1, 2), np.float32))
