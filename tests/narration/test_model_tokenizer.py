import sys

import numpy as np
import pytest
import torch

from hugging_face_models import FAMILIES, WORDS, write_model, write_tokenizer
from tev_mmaction.narration import ModelTokenizer


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


def test_ids_are_tokens_plus_1_with_the_special_ones_and_0_is_padding(tmp_path, family):
    write_tokenizer(tmp_path, family)
    kind, tokenizer = FAMILIES[family], ModelTokenizer(str(tmp_path))
    before, after = kind.sentence.split('$A')
    for words, length in (('it moves left', 7), ('left', 3), ('it turns left', 3), ('it hm', 5)):
        said = [word if word in WORDS else kind.unknown for word in words.split()]
        said = [*before.split(), *said[: length - len(kind.sentence.split()) + 1], *after.split()]
        expected = [kind.tokens.index(token) + 1 for token in said]
        ids = tokenizer.encode(words.upper(), length)
        assert ids.dtype == np.int64
        assert ids.tolist() == expected + [0] * (length - len(expected))
        tokens, known = tokenizer.tokens(torch.from_numpy(ids))
        left = length - len(expected)
        assert tokens.tolist() == [n - 1 for n in expected] + [kind.padding] * left
        assert known.tolist() == [True] * len(expected) + [False] * left


def test_nothing_is_known_of_a_sentence_of_special_tokens(tmp_path, family):
    write_tokenizer(tmp_path, family)
    tokenizer = ModelTokenizer(str(tmp_path))
    for text in ('', 'hm hm'):
        assert tokenizer.encode(text, 6).tolist() == [0] * 6


def test_a_number_of_words_that_does_not_fit_is_refused(tmp_path):
    write_tokenizer(tmp_path, 'bert')
    tokenizer = ModelTokenizer(str(tmp_path))
    for length, message in ((2, 'adds 2 special tokens .* at least 3'), (33, 'takes at most 32')):
        with pytest.raises(ValueError, match=f'num_words={length}: .* {message}'):
            tokenizer.encode('it moves', length)


def test_the_digest_tells_tokens_and_how_they_are_found(tmp_path):
    tokens = (*FAMILIES['bert'].tokens, 'stir')
    for name, changes in dict(
        first={}, same={}, other=dict(tokens=(*tokens, 'rolls')), cased=dict(lower=False)
    ).items():
        write_tokenizer(tmp_path / name, 'bert', **{'tokens': tokens, **changes})
    first, same, other, cased = (
        ModelTokenizer(str(tmp_path / name)).digest for name in ('first', 'same', 'other', 'cased')
    )
    assert first == same and len({first, other, cased}) == 3


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, 'transformers', None)
    message = (
        r"^tokenizer of ClipText='bert' needs .*pip install transformers.*tev_mmaction\[text\]"
    )
    with pytest.raises(ImportError, match=message):
        ModelTokenizer('bert', 'tokenizer of ClipText')


def test_a_name_that_cannot_be_loaded_is_refused_with_key_and_remedy(tmp_path):
    write_model(tmp_path, 'bert')
    for file in tmp_path.glob('*token*'):
        file.unlink()
    (tmp_path / 'empty').mkdir()
    for folder, reason in (
        (tmp_path, 'its tokeniser has no words'),
        (tmp_path / 'empty', 'transformers.AutoTokenizer cannot load it'),
    ):
        with pytest.raises(ValueError, match=f'^key=.*: {reason}.*Give a folder'):
            ModelTokenizer(str(folder), 'key')
