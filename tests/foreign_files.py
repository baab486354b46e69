"""Files of others as their published code names them; the numbers are ours.

Written by hand from that code (torchvision, the SEVERE benchmark, TCLR, CoCLR, VideoMAE): the files
themselves cannot be had here.
"""

import re

import torch
from torch import nn
from torch.nn import functional as F

from video_net import VideoNet

IMAGENET = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])


def dilated(network: VideoNet) -> VideoNet:
    """TCLR's change of the last stage."""
    options = dict(stride=(1, 2, 2), padding=(2, 1, 1), dilation=(2, 1, 1), bias=False)
    network.layer4[0].conv1[0] = nn.Conv3d(256, 512, 3, **options)
    network.layer4[0].downsample[0] = nn.Conv3d(256, 512, 1, (1, 2, 2), bias=False)
    return network


def tclr(network: VideoNet) -> dict:
    """As TCLR saves a network that DataParallel wraps; with its head."""
    state = {f'module.0.{k}': v for k, v in network.state_dict().items() if not k.startswith('fc.')}
    state.update({'module.1.fc1.weight': torch.ones(2, 2), 'module.1.bn1.bias': torch.ones(2)})
    return dict(epoch=9, state_dict=state, optimizer={})


def severe(method: str, names: dict) -> dict:
    """A file of the SEVERE collection, of the tensors of torchvision's ``r2plus1d_18``."""
    body = {key: value for key, value in names.items() if not key.startswith('fc.')}
    extra = torch.ones(2)
    if method in ('moco', 'video_moco'):
        state = {f'module.encoder_{part}.{k}': v for part in 'qk' for k, v in names.items()}
        return dict(state_dict={**state, 'module.queue': extra, 'module.queue_ptr': extra})
    if method in ('gdt', 'selavi'):
        outer = 'module.' if method == 'selavi' else ''
        state = {f'{outer}video_network.base.{key}': value for key, value in body.items()}
        state[f'{outer}audio_network.base.conv1.weight'] = extra
        return dict(model={**state, f'{outer}mlp_v.weight': extra, f'{outer}mlp_a.bias': extra})
    if method == 'avid_cma':
        state = {f'module.video_model.{key}': value for key, value in body.items()}
        state['module.audio_model.conv1.weight'] = extra
        return dict(model={**state, 'module.video_proj.projection.0.weight': extra})
    numbered = {re.sub('^layer', '', k.replace('stem.', '0.')): v for k, v in body.items()}
    if method == 'rspnet':
        state = {
            f'encoder_{part}.encoder.base_network.{key}': value
            for part in 'qk'
            for key, value in numbered.items()
        }
        state.update({'encoder_q.fc1.2.weight': extra, 'queue': extra})
        return dict(arch='r2plus1d', model=state)
    if method == 'pretext_contrast':
        state = {f'module.base_network.{key}': value for key, value in numbered.items()}
        return {**state, 'module.head.0.weight': extra}
    assert method == 'ctp'
    return dict(state_dict={**{ctp_name(k): v for k, v in body.items()}, 'head.fc.weight': extra})


def ctp_name(name: str) -> str:
    """CtP's name of one of torchvision's tensors."""
    kinds = {'0': 'conv_s', '1': 'bn_s', '3': 'conv_t', '4': 'bn_t'}
    parts = name.split('.')
    if parts[0] == 'stem':
        parts[1] = kinds[parts[1]]
    elif parts[2] == 'downsample':
        parts[2:4] = ['downsample', 'conv'] if parts[3] == '0' else ['downsample_bn']
    elif parts[3] == '1':  # the norm behind a pair of convolutions
        parts[2:4] = [parts[2].replace('conv', 'bn')]
    else:
        parts[3:5] = [kinds[parts[4]]]
    return '.'.join(['backbone', *parts])


class _Conv(nn.Module):
    def __init__(self, width_in, width):
        super().__init__()
        self.conv = nn.Conv3d(width_in, width, 1, bias=False)
        self.bn = nn.BatchNorm3d(width)

    def forward(self, x):
        return self.bn(self.conv(x)).relu()


class _Pair(nn.Module):
    def __init__(self, width_in, width, size=3, step=1):
        super().__init__()
        half = size // 2
        space, time = (1, size, size), (size, 1, 1)
        self.conv1 = nn.Conv3d(width_in, width, space, (1, step, step), (0, half, half), bias=False)
        self.bn1 = nn.BatchNorm3d(width)
        self.conv2 = nn.Conv3d(width, width, time, (step, 1, 1), (half, 0, 0), bias=False)
        self.bn2 = nn.BatchNorm3d(width)

    def forward(self, x):
        return self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())).relu()


class _Mixed(nn.Module):
    def __init__(self, width, a, b, c, d, e, f):
        super().__init__()
        self.branch0 = nn.Sequential(_Conv(width, a))
        self.branch1 = nn.Sequential(_Conv(width, b), _Pair(b, c))
        self.branch2 = nn.Sequential(_Conv(width, d), _Pair(d, e))
        self.branch3 = nn.Sequential(nn.MaxPool3d(3, 1, 1), _Conv(width, f))

    def forward(self, x):
        return torch.cat([self.branch0(x), self.branch1(x), self.branch2(x), self.branch3(x)], 1)


class CoclrS3D(nn.Module):
    """Every part is an attribute and an entry of a block, so that it has two names in a file."""

    def __init__(self):
        super().__init__()
        self.Conv_1a = _Pair(3, 64, 7, 2)
        self.block1 = nn.Sequential(self.Conv_1a)
        self.Conv_2b, self.Conv_2c = _Conv(64, 64), _Pair(64, 192)
        flat = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))
        self.block2 = nn.Sequential(flat, self.Conv_2b, self.Conv_2c)
        self.Mixed_3b = _Mixed(192, 64, 96, 128, 16, 32, 32)
        self.Mixed_3c = _Mixed(256, 128, 128, 192, 32, 96, 64)
        self.block3 = nn.Sequential(flat, self.Mixed_3b, self.Mixed_3c)
        self.Mixed_4b = _Mixed(480, 192, 96, 208, 16, 48, 64)
        self.Mixed_4c = _Mixed(512, 160, 112, 224, 24, 64, 64)
        self.Mixed_4d = _Mixed(512, 128, 128, 256, 24, 64, 64)
        self.Mixed_4e = _Mixed(512, 112, 144, 288, 32, 64, 64)
        self.Mixed_4f = _Mixed(528, 256, 160, 320, 32, 128, 128)
        fourth = [getattr(self, f'Mixed_4{letter}') for letter in 'bcdef']
        self.block4 = nn.Sequential(nn.MaxPool3d(3, 2, 1), *fourth)
        self.Mixed_5b = _Mixed(832, 256, 160, 320, 32, 128, 128)
        self.Mixed_5c = _Mixed(832, 384, 192, 384, 48, 128, 128)
        self.block5 = nn.Sequential(nn.MaxPool3d(2, 2), self.Mixed_5b, self.Mixed_5c)

    def forward(self, x):
        for number in range(1, 6):
            x = getattr(self, f'block{number}')(x)
        return x


def coclr(network: CoclrS3D) -> dict:
    """As CoCLR saves a pre-training: query, key and the network of the other stream."""
    parts = {'encoder_q': 1.0, 'encoder_k': 2.0, 'sampler': 3.0}
    state = {
        f'{part}.0.{key}': value if part == 'encoder_q' else value * 0
        for part in parts
        for key, value in network.state_dict().items()
    }
    state.update({f'{part}.2.weight': torch.ones(2) for part in parts})
    state.update({'queue': torch.ones(2), 'queue_second': torch.ones(2)})
    return dict(epoch=9, state_dict=state)


def videomae(width, depth, patch, hidden, pretrained) -> dict:
    """Names and shapes of an encoder, or of a fine-tuned network."""
    shapes = {'patch_embed.proj.weight': (width, 3, 2, patch, patch)}
    shapes['patch_embed.proj.bias'] = (width,)
    for number in range(depth):
        block = f'blocks.{number}.'
        for name in ('norm1.weight', 'norm1.bias', 'norm2.weight', 'norm2.bias'):
            shapes[block + name] = (width,)
        for name in ('attn.q_bias', 'attn.v_bias', 'attn.proj.bias', 'mlp.fc2.bias'):
            shapes[block + name] = (width,)
        shapes[f'{block}attn.qkv.weight'] = (3 * width, width)
        shapes[f'{block}attn.proj.weight'] = (width, width)
        shapes[f'{block}mlp.fc1.weight'], shapes[f'{block}mlp.fc1.bias'] = (
            (hidden, width),
            (hidden,),
        )
        shapes[f'{block}mlp.fc2.weight'] = (width, hidden)
    last = 'norm' if pretrained else 'fc_norm'
    shapes[f'{last}.weight'] = shapes[f'{last}.bias'] = (width,)
    generator = torch.Generator().manual_seed(0)
    state = {
        name: torch.randn(shape, generator=generator) * 0.1 + ('norm' in name)
        for name, shape in shapes.items()
    }
    if not pretrained:
        return dict(module={**state, 'head.weight': torch.ones(400, width)})
    state = {f'encoder.{name}': value for name, value in state.items()}
    extra = ('decoder.blocks.0.norm1.weight', 'encoder_to_decoder.weight', 'mask_token')
    return dict(model={**state, **{name: torch.ones(2) for name in extra}}, epoch=799)


def run_videomae(state, x, heads, pretrained):
    """The feature of clips, by the tensors of a fine-tuned network or an encoder."""
    width = len(state['patch_embed.proj.bias'])
    x = F.conv3d(x, state['patch_embed.proj.weight'], state['patch_embed.proj.bias'], (2, 16, 16))
    x = x.flatten(2).transpose(1, 2)
    place = torch.arange(x.shape[1], dtype=torch.float64)[:, None]
    angle = place / 10000 ** (torch.arange(width // 2, dtype=torch.float64) * 2 / width)
    x = x + torch.stack([angle.sin(), angle.cos()], -1).flatten(1).float()

    def norm(x, name):
        return F.layer_norm(x, (width,), state[f'{name}.weight'], state[f'{name}.bias'], 1e-6)

    def linear(x, name):
        return F.linear(x, state[f'{name}.weight'], state[f'{name}.bias'])

    for number in range(len([name for name in state if name.endswith('.q_bias')])):
        block = f'blocks.{number}.'
        bias = [state[f'{block}attn.q_bias'], torch.zeros(width), state[f'{block}attn.v_bias']]
        y = F.linear(norm(x, f'{block}norm1'), state[f'{block}attn.qkv.weight'], torch.cat(bias))
        q, k, v = y.unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + linear(y, f'{block}attn.proj')
        y = F.gelu(linear(norm(x, f'{block}norm2'), f'{block}mlp.fc1'))
        x = x + linear(y, f'{block}mlp.fc2')
    return norm(x, 'norm').mean(1) if pretrained else norm(x.mean(1), 'fc_norm')
