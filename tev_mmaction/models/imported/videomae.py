"""Vision transformers of VideoMAE (Tong et al., 2022) and VideoMAE V2 (Wang et al., 2023).

A pre-trained encoder ends in a norm of every patch, of which we take the mean; a fine-tuned or
distilled network has a norm of the mean of the patches.
"""

import re
from typing import Any, Dict, Mapping

from mmaction.models.backbones.vit_mae import get_sinusoid_encoding
from mmaction.registry import MODELS
from torch import Tensor

from .severe import IMAGENET
from .source import Source, Table, Tensors

# Depth, heads, patch size and width of the MLP over that of the patches, by the latter.
_SIZES = {
    384: (12, 6, 16, 4),
    768: (12, 12, 16, 4),
    1024: (24, 16, 16, 4),
    1280: (32, 16, 16, 4),
    1408: (40, 16, 14, 48 / 11),
}
_FRAMES, _TUBE, _SIDE = 16, 2, 224

_NAMES: Table = (
    (r'patch_embed\.proj\.(weight|bias)', r'patch_embed.projection.\1'),
    (r'(blocks\.\d+\.norm[12]\.(?:weight|bias))', r'\1'),
    (r'(blocks\.\d+\.attn\.(?:q_bias|v_bias|qkv\.weight))', r'\1'),
    (r'(blocks\.\d+\.attn\.proj\.(?:weight|bias))', r'\1'),
    (r'(blocks\.\d+\.mlp)\.fc1\.(weight|bias)', r'\1.layers.0.0.\2'),
    (r'(blocks\.\d+\.mlp)\.fc2\.(weight|bias)', r'\1.layers.1.\2'),
)


def _config(weights: Mapping[str, Tensor]) -> Dict[str, Any]:
    embedding = weights.get('patch_embed.proj.weight')
    width = len(embedding) if embedding is not None else 0
    if width not in _SIZES:
        raise ValueError(
            f'patch_embed.proj.weight has a width of {width or "nothing"}; those of VideoMAE are '
            f'{", ".join(map(str, _SIZES))}'
        )
    depth, heads, patch, ratio = _SIZES[width]
    blocks = {int(m[1]) for name in weights if (m := re.match(r'blocks\.(\d+)\.', name))}
    if len(blocks) != depth:
        raise ValueError(f'{len(blocks)} blocks of width {width}; that of VideoMAE has {depth}')
    return dict(
        type='VisionTransformer',
        img_size=_SIDE,
        patch_size=patch,
        embed_dims=width,
        depth=depth,
        num_heads=heads,
        mlp_ratio=ratio,
        num_frames=_FRAMES,
        tubelet_size=_TUBE,
    )


def _pretrained(weights: Mapping[str, Tensor]) -> Dict[str, Any]:
    return dict(_config(weights), use_mean_pooling=False, return_feat_map=True)


def _tensors(config: Dict[str, Any]) -> Tensors:
    """By one block, which all others are like: MMAction2's cannot be built without numbers."""
    one = MODELS.build(dict(config, depth=1)).state_dict()
    others = range(1, config['depth'])
    blocks = {name: tensor for name, tensor in one.items() if name.startswith('blocks.0.')}
    more = {n.replace('.0.', f'.{i}.', 1): t for i in others for n, t in blocks.items()}
    return {**one, **more}


def _positions(config: Dict[str, Any]) -> Tensor:
    """Sines and cosines of fixed frequencies, which their files do not have."""
    patches = (_SIDE // config['patch_size']) ** 2 * (_FRAMES // _TUBE)
    return get_sinusoid_encoding(patches, config['embed_dims'])


_DECODER: Table = (
    (r'(?:module\.)?decoder\.', 'decoder'),
    (r'(?:module\.)?(?:encoder_to_decoder\.|mask_token)', 'decoder'),
)

VIDEOMAE = (
    Source(
        name='videomae-pretrained',
        what='pre-trained encoders of VideoMAE and VideoMAE V2',
        prefixes=('encoder.', 'module.encoder.'),
        table=(*_NAMES, (r'(norm\.(?:weight|bias))', r'\1')),
        backbone=_pretrained,
        normalisation=IMAGENET,
        clip_len=_FRAMES,
        frame_interval=4,
        size=_SIDE,
        heads=r'head\.',
        parts=_DECODER,
        computed=dict(pos_embed=_positions),
        tensors=_tensors,
    ),
    Source(
        name='videomae-finetuned',
        what='fine-tuned and distilled networks of VideoMAE and VideoMAE V2',
        prefixes=('', 'module.', 'backbone.'),
        table=(*_NAMES, (r'(fc_norm\.(?:weight|bias))', r'\1')),
        backbone=_config,
        normalisation=IMAGENET,
        clip_len=_FRAMES,
        frame_interval=4,
        size=_SIDE,
        heads=r'head\.',
        computed=dict(pos_embed=_positions),
        tensors=_tensors,
    ),
)
