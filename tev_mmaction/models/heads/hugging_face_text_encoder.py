"""Sentences to embeddings, by a text model of Hugging Face."""

import json
from typing import Any

from mmaction.registry import MODELS
from torch import Tensor, nn

from tev_mmaction.narration import ModelTokenizer, load_pretrained

from .text_encoder import TextEncoder

_KEY = 'model of HuggingFaceTextEncoder'
# Beside its tensors, what a model computes with them.
_COMPUTED = ('model_type', 'num_attention_heads', 'hidden_act')


@MODELS.register_module()
class HuggingFaceTextEncoder(TextEncoder):
    """A pretrained text model, the mean over tokens, and a linear layer.

    The model is any of ``transformers.AutoModel`` that takes ``input_ids`` and returns
    ``last_hidden_state``; the encoder alone if it has a decoder, too. The mean is that over all
    tokens of a sentence that are no padding, the special ones included. Needs
    ``ClipText(tokenizer=...)`` with the same model, and ``transformers``.

    A frozen model is never trained, has no dropout, and needs no memory for gradients. This is the
    default: the paper's word vectors stay as they are, too, and learning rates for the video
    network, which is trained from random weights, destroy what a language model knows. To train
    it, give ``text_encoder.network`` a smaller one in ``paramwise_cfg.custom_keys``.

    The weights of the model are part of the checkpoint, frozen or not; the model itself is needed
    to build the encoder.

    Args:
        model (str): Folder of a model and its tokeniser, as ``save_pretrained`` writes it, or a
            name on the Hugging Face hub, which is downloaded once. Models that come with code of
            their own are refused.
        width (int): Width D of embeddings. Defaults to 512.
        frozen (bool): Only the linear layer is trained. Defaults to True.
        num_words (int): Tokens of a sentence in :meth:`encode`, special ones included. Defaults to
            16.

    Raises:
        ImportError: If ``transformers`` is not installed.
        ValueError: If the model or its tokeniser cannot be loaded, some of its weights are missing,
            or it is no text model; when loading, if the checkpoint has another tokeniser or kind of
            model.
    """

    _text_ids: ModelTokenizer
    mismatch = 'another tokeniser or kind of network than the model'

    def __init__(self, model: str, width: int = 512, frozen: bool = True, num_words: int = 16):
        tokenizer = ModelTokenizer(model, _KEY)
        network = _load(model)
        computed = {key: getattr(network.config, key, None) for key in _COMPUTED}
        identity = json.dumps(dict(computed, tokens=tokenizer.digest))
        super().__init__(model, tokenizer, identity, width, num_words)
        self.model = model
        self.frozen = frozen
        self.network = network.requires_grad_(not frozen)
        pooler = getattr(network, 'pooler', None)
        if isinstance(pooler, nn.Module):
            pooler.requires_grad_(False)  # it has no gradients, for which DDP would wait
        self.project = nn.Linear(network.config.hidden_size, width)

    @property
    def largest_id(self) -> int:
        """int: Number of tokens."""
        return self.network.config.vocab_size

    def train(self, mode: bool = True) -> 'HuggingFaceTextEncoder':
        """Set the mode; that of a frozen model is evaluation."""
        super().train(mode)
        if self.frozen:
            self.network.eval()
        return self

    def forward(self, ids: Tensor) -> Tensor:
        """See :meth:`TextEncoder.forward`."""
        tokens, known = self._text_ids.tokens(ids)
        attended = known.clone()
        attended[:, 0] = True  # of an empty sentence, too: attention to nothing may be undefined
        found = self.network(input_ids=tokens, attention_mask=attended.long())
        states = found.last_hidden_state
        weights = known[..., None].to(states.dtype)
        return self.project((states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1))


def _load(name: str) -> Any:
    """The network of a text model, float32, with all of its weights."""
    whole, found = load_pretrained('AutoModel', name, _KEY, output_loading_info=True)
    # A file may have the encoder alone.
    network = whole.get_encoder() if whole.config.is_encoder_decoder else whole
    used = {id(each) for each in network.parameters()}
    named = dict(whole.named_parameters(remove_duplicate=False))
    missing = [
        key
        for key in sorted(found['missing_keys'])
        if not key.startswith('pooler.') and id(named.get(key)) in used
    ]
    if missing:
        raise ValueError(
            f'{_KEY}={name!r}: {len(missing)} of its weights are missing, such as {missing[0]}, '
            'and would be drawn at random. Give a pretrained model'
        )
    sizes = [getattr(network.config, key, None) for key in ('vocab_size', 'hidden_size')]
    if None in sizes or network.main_input_name != 'input_ids':
        raise ValueError(
            f'{_KEY}={name!r}: {type(network).__name__} is no model of text alone. Give one that '
            'takes input_ids and returns last_hidden_state, such as BERT'
        )
    return network.float()  # files may have other types
