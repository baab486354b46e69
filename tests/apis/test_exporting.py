"""Exported programs compute features of VideoEmbedder, elsewhere and for batches of any size."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from torch import nn

from helpers import ROOT, dataset_cfg, model_cfg
from tev_mmaction.apis import VideoEmbedder, export_network, exporting
from tev_mmaction.apis.layers_at_work import layer_of_operator
from tev_mmaction.apis.views import pipeline_of
from tev_mmaction.evaluation import EvaluationProtocol
from tev_mmaction.models.recognizers import PooledRecognizer
from toy_runs import SMALL, save, trained

PAGE = ROOT / 'docs' / 'deploy.md'
CLIP = (3, 8, 32, 32)
WIDTH = 8 * 2 * 9 + 16  # of stage 2 with its times and cells, and of the transformer
TRANSFORMER = dict(
    type='VisionTransformer', img_size=32, num_frames=8, embed_dims=16, depth=1, num_heads=2
)


def need(package):
    return pytest.importorskip(package, reason=f'{package} is of the extra onnx (and of test)')


def odd_network(layer):
    """What export_network reads of an embedder: a network with a layer of this module."""
    preprocessor = dict(type='ActionDataPreprocessor', format_shape='NCTHW')
    backbone = dict(type='OddNet', layer=layer)
    return SimpleNamespace(
        _model=PooledRecognizer(backbone, data_preprocessor=preprocessor).eval(),
        protocol=EvaluationProtocol('tiny', '', 8, 2, 1, 'center', 32),
        recipe=SimpleNamespace(normalisation={}, backbone=backbone, frames_as_batch=False),
        device=torch.device('cpu'),
        checkpoint='/somewhere/tiny.pth',
        fingerprint='0123',
    )


@MODELS.register_module()
class SideBySide(nn.Module):
    """A convolutional network, with a summary of a stage whose cells overlap, and a transformer."""

    def __init__(self):
        super().__init__()
        self.convolutional = MODELS.build(dict(SMALL, summary=((2, '3x3'),)))
        self.transformer = MODELS.build(TRANSFORMER)

    def forward(self, x):
        return self.convolutional(x), self.transformer(x)


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    """Both networks in one, since every conversion to ONNX takes a second of its own."""
    init_default_scope('mmaction')
    torch.manual_seed(0)
    model = PooledRecognizer(dict(type='SideBySide'))
    trained(model)
    cfg = dict(model=model_cfg(backbone=dict(type='SideBySide')))
    cfg['train_dataloader'] = dict(dataset=dataset_cfg('gone'))
    path = tmp_path_factory.mktemp('both') / 'epoch_3.pth'
    return save(path, model.state_dict(), cfg=Config(cfg).pretty_text)


@pytest.fixture(scope='module')
def embedder(checkpoint):
    return VideoEmbedder(checkpoint, device='cpu', frame_interval=2, num_clips=2)


@pytest.fixture(scope='module')
def onnx_file(embedder, tmp_path_factory):
    need('onnxscript'), need('onnxruntime')
    out = tmp_path_factory.mktemp('exported') / 'network.onnx'
    exported = export_network(embedder, out)
    assert exported.clips == CLIP and exported.feature_dim == WIDTH
    assert exported.difference < 1e-5
    return out


def assert_same_features(found, expected):
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max(), rtol=0)


def test_onnx_computes_the_same_for_any_batch(onnx_file, embedder):
    session = need('onnxruntime').InferenceSession(onnx_file)
    assert [(i.name, i.shape) for i in session.get_inputs()] == [('clips', ['batch', *CLIP])]
    assert [(o.name, o.shape) for o in session.get_outputs()] == [('features', ['batch', WIDTH])]
    for batch in (1, 5):
        clips = torch.randn(batch, *CLIP, generator=torch.Generator().manual_seed(batch))
        with torch.no_grad():
            stages, token = embedder.backbone(clips)
            expected = torch.cat([stages.flatten(1), token], dim=1).numpy()
        assert_same_features(session.run(None, {'clips': clips.numpy()})[0], expected)


def test_metadata(onnx_file, embedder):
    onnx = need('onnx')
    model = onnx.load(onnx_file)
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [('', 18)]
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(metadata['preprocessing']) == dict(
        clip_len=8,
        frame_interval=2,
        num_clips=2,
        size=32,
        crops='three',
        view_pooling='mean',
        sampling='interval',
        colours='RGB',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
    )
    assert json.loads(metadata['backbone']) == dict(type='SideBySide')
    assert metadata['fingerprint'] == embedder.fingerprint
    assert metadata['source'] == 'epoch_3.pth'
    assert [path.name for path in onnx_file.parent.iterdir()] == ['network.onnx']


@pytest.fixture(scope='module')
def snippet():
    """The function of the page; the module imports what the page says, and nothing else."""
    need('onnxruntime')
    blocks = re.findall(r'^```python\n(.*?)^```$', PAGE.read_text(), re.MULTILINE | re.DOTALL)
    code = next(block for block in blocks if 'import onnxruntime' in block)
    assert set(re.findall(r'^import (\w+)', code, re.M)) == {'json', 'av', 'numpy', 'onnxruntime'}
    assert 'from ' not in re.sub('""".*?"""', '', code)
    definitions, call = code.rstrip().rsplit('\n', 1)
    assert call.startswith('print(embed(')
    namespace = {}
    exec(definitions, namespace)
    return namespace['embed']


@pytest.mark.filterwarnings('ignore:.*shorter than a clip')
@pytest.mark.parametrize(
    'changes',
    [
        dict(),
        dict(frame_interval=None, num_clips=3, crops='center', view_pooling='mean_of_unit'),
    ],
)
def test_the_snippet_of_the_page(
    snippet, onnx_file, embedder, checkpoint, noise, tmp_path, changes
):
    onnx = need('onnx')
    model = onnx.load(onnx_file)
    if changes:  # the same program under another protocol
        embedder = VideoEmbedder(checkpoint, device='cpu', **changes)
        text = json.dumps(exporting.preprocessing_of(embedder))
        onnx.helper.set_model_props(model, dict(preprocessing=text))
    onnx.save(model, tmp_path / 'n.onnx')
    for path, expected in zip(noise, embedder.embed(noise)):
        assert_same_features(snippet(str(path), str(tmp_path / 'n.onnx')), expected)


def test_the_snippet_swaps_colours_and_takes_single_frames(
    snippet, onnx_file, noise, tmp_path, monkeypatch
):
    """As ``Recognizer2D`` of a network that takes BGR: compared with the program's own input."""
    onnx = need('onnx')
    given = []

    class Session:
        def __init__(self, path):
            self.session = need('onnxruntime').InferenceSession(path)
            self.get_modelmeta = self.session.get_modelmeta

        def run(self, names, inputs):
            given.append(inputs['clips'])
            return self.session.run(names, inputs)

    recipe = SimpleNamespace(normalisation=dict(to_rgb=True), frames_as_batch=True)
    protocol = EvaluationProtocol('', '', 8, None, 1, 'center', 32)
    stand_in = SimpleNamespace(recipe=recipe, protocol=protocol)
    model = onnx.load(onnx_file)
    text = json.dumps(exporting.preprocessing_of(stand_in))
    onnx.helper.set_model_props(model, dict(preprocessing=text))
    onnx.save(model, tmp_path / 'n.onnx')
    monkeypatch.setitem(
        snippet.__globals__, 'onnxruntime', SimpleNamespace(InferenceSession=Session)
    )
    snippet(str(noise[0]), str(tmp_path / 'n.onnx'))

    info = dict(filename=str(noise[0]), start_index=0, modality='RGB')
    frames = Compose(pipeline_of(protocol, 'pyav', True))(info)['inputs']  # (T, 3, H, W)
    expected = frames.flip(1).transpose(0, 1)[None].numpy()
    assert np.abs(given[0] - expected).max() <= 1 and (given[0] == expected).mean() > 0.99


def test_pt2(tmp_path):
    out, embedder = tmp_path / 'network.pt2', odd_network('Usual')
    export_network(embedder, out, 'pt2')
    metadata = {'preprocessing': '', 'fingerprint': ''}
    network = torch.export.load(out, extra_files=metadata).module()
    assert json.loads(metadata['preprocessing']) == exporting.preprocessing_of(embedder)
    assert metadata['fingerprint'] == embedder.fingerprint
    clips = torch.randn(1, *CLIP)
    expected = embedder._model.backbone(clips).mean(dim=(2, 3, 4))
    assert_same_features(network(clips).detach().numpy(), expected.detach().numpy())


# what cannot be exported


class Branch(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class OneSize(nn.Module):
    def forward(self, x):
        return x.reshape(len(x) // 2 * 2, *x.shape[1:])


class Odd(nn.Module):
    def forward(self, x):
        return torch.linalg.eigvalsh(x.mean(dim=2)[..., :4, :4])[..., None]


class Usual(nn.Identity):
    pass


@MODELS.register_module()
class OddNet(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.stem = nn.Conv3d(3, 3, 1)
        self.stages = nn.Sequential(nn.ReLU(), globals()[layer]())

    def forward(self, x):
        return self.stages(self.stem(x))


@pytest.mark.parametrize('layer, why', [(Branch, 'data-dependent'), (OneSize, 'one size')])
def test_the_layer_that_cannot_be_exported_is_named(tmp_path, capfd, layer, why):
    said = rf'tiny.pth cannot be exported because of layer backbone.stages.1 \({layer.__name__}\): '
    with pytest.raises(ValueError, match=said + f'.*{why}'):
        export_network(odd_network(layer.__name__), tmp_path / 'n.pt2', 'pt2')
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ('', '')


def test_the_layer_of_an_operator_that_onnx_lacks_is_named():
    network = odd_network('Odd')._model
    program = torch.export.export(
        exporting._Features(network).eval(),
        (torch.zeros(2, *CLIP),),
    )
    said = "No ONNX function found for <OpOverload(op='aten._linalg_eigh', overload='default')>."
    assert layer_of_operator(program, said) == 'layer backbone.stages.1 (Odd)'
    assert layer_of_operator(program, 'of something else') == 'the network'


def test_what_differs_is_not_written(tmp_path, monkeypatch):
    out = tmp_path / 'n.pt2'
    out.write_bytes(b'of another day')
    monkeypatch.setattr(exporting, 'TOLERANCE', -1.0)
    with pytest.raises(OSError, match='n.pt2 was not written: its features differ'):
        export_network(odd_network('Usual'), out, 'pt2')
    assert out.read_bytes() == b'of another day' and len(list(tmp_path.iterdir())) == 1


def test_wrong_arguments(tmp_path, monkeypatch):
    embedder = odd_network('Usual')
    with pytest.raises(ValueError, match="format='tf': use one of onnx, pt2"):
        export_network(embedder, tmp_path / 'n.onnx', 'tf')
    with pytest.raises(ValueError, match='n.pt2: a file of format=onnx is to end in .onnx'):
        export_network(embedder, tmp_path / 'n.pt2')
    (tmp_path / 'file').touch()
    with pytest.raises(OSError, match='file'):
        export_network(embedder, tmp_path / 'file/n.pt2', 'pt2')
    on_gpu = SimpleNamespace(device=torch.device('cuda'))
    with pytest.raises(ValueError, match='the embedder is on cuda: make it with device="cpu"'):
        export_network(on_gpu, tmp_path / 'n.pt2', 'pt2')
    monkeypatch.setattr(exporting, 'find_spec', lambda name: name != 'onnxscript')
    with pytest.raises(ValueError, match=r'onnxscript is not installed: pip install "tev_mmaction'):
        export_network(embedder, tmp_path / 'n.onnx')
    monkeypatch.undo()
    monkeypatch.setattr(exporting, '_MOST_BYTES', 40)
    need('onnxscript'), need('onnxruntime')
    with pytest.raises(ValueError, match=r'GB of weights, .* holds 2 GB: use format=pt2'):
        export_network(embedder, tmp_path / 'n.onnx')
    assert [path.name for path in tmp_path.iterdir()] == ['file']
