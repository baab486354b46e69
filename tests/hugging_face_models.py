"""Tiny random text models of Hugging Face with their tokenisers, written to folders."""

from typing import NamedTuple

import pytest
import torch

WORDS = ('it', 'moves', 'left', 'right', 'turns')


class Family(NamedTuple):
    """What differs between models: their tokens, and the config that makes them tiny."""

    tokens: tuple
    sentence: str  # what special tokens are put around it
    special: dict
    config: dict

    @property
    def unknown(self) -> str:
        return self.special['unk_token']

    @property
    def padding(self) -> int:
        """The token that stands for padding; 0 where a model has none."""
        return self.tokens.index(self.special.get('pad_token', self.tokens[0]))


FAMILIES = dict(
    bert=Family(
        ('[PAD]', '[UNK]', '[CLS]', '[SEP]', *WORDS),
        '[CLS] $A [SEP]',
        dict(unk_token='[UNK]', pad_token='[PAD]', cls_token='[CLS]', sep_token='[SEP]'),
        dict(hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16),
    ),
    roberta=Family(
        ('<s>', '<pad>', '</s>', '<unk>', *WORDS),
        '<s> $A </s>',
        dict(unk_token='<unk>', pad_token='<pad>', bos_token='<s>', eos_token='</s>'),
        dict(hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16),
    ),
    t5=Family(  # has a decoder, too
        ('<pad>', '</s>', '<unk>', *WORDS),
        '$A </s>',
        dict(unk_token='<unk>', pad_token='<pad>', eos_token='</s>'),
        dict(d_model=8, d_kv=4, d_ff=16, num_layers=2, num_heads=2),
    ),
    gpt2=Family(  # the token 0 is a word, and there is no padding
        (*WORDS, '<|endoftext|>'),
        '$A',
        dict(unk_token='<|endoftext|>', eos_token='<|endoftext|>'),
        dict(n_embd=8, n_layer=2, n_head=2, n_positions=32, bos_token_id=5, eos_token_id=5),
    ),
)


def needed():
    """The package of these models, or a skip."""
    reason = 'transformers is not installed: pip install "tev_mmaction[text]"'
    return pytest.importorskip('transformers', reason=reason)


def config_of(family, **changes):
    """The config of a tiny model."""
    kind = FAMILIES[family]
    sizes = dict(vocab_size=len(kind.tokens), **{**kind.config, **changes})
    if 'pad_token' in kind.special:
        sizes['pad_token_id'] = kind.padding
    return needed().AutoConfig.for_model(family, **sizes)


def write_tokenizer(folder, family, tokens=None, lower=True):
    """A tokeniser of whole words, and the config, without which none is loaded."""
    transformers = needed()
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    kind = FAMILIES[family]
    numbers = {token: n for n, token in enumerate(tokens or kind.tokens)}
    made = Tokenizer(models.WordLevel(numbers, unk_token=kind.unknown))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    if lower:
        made.normalizer = normalizers.Lowercase()
    around = [token for token in kind.sentence.split() if token != '$A']
    made.post_processor = processors.TemplateProcessing(
        single=kind.sentence, special_tokens=[(token, numbers[token]) for token in around]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, model_max_length=32, **kind.special
    ).save_pretrained(folder)
    config_of(family).save_pretrained(folder)


def write_model(folder, family, seed=0, dtype=torch.float32, **changes):
    """A model with random weights and its tokeniser; the name of the folder."""
    write_tokenizer(folder, family)
    torch.manual_seed(seed)
    model = needed().AutoModel.from_config(config_of(family, **changes))
    for parameter in model.parameters():  # biases too, which begin at 0
        torch.nn.init.normal_(parameter, std=0.5)
    model.to(dtype).save_pretrained(folder)
    return str(folder)
