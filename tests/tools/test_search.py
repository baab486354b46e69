"""tools/search.py as users call it: a folder, a question, a page."""

import re
import runpy

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from helpers import ROOT, dataset_cfg, model_cfg, write_clip
from served import served
from tev_mmaction.apis import EmbeddingIndex, VideoEmbedder
from toy_runs import pretrained, save, trained

TOOL = ROOT / 'tools/search.py'
FAST = ('--num-clips', '2', '--crops', 'center', '--num-workers', '0')


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    init_default_scope('mmaction')
    torch.manual_seed(0)
    model = MODELS.build(model_cfg())
    trained(model.backbone)
    cfg = Config(dict(model=model_cfg(), train_dataloader=dict(dataset=dataset_cfg('gone'))))
    path = tmp_path_factory.mktemp('weights') / 'epoch_3.pth'
    return save(path, model.state_dict(), cfg=cfg.pretty_text)


@pytest.fixture
def folder(tmp_path):
    """Four clips that flash at two rates, with colours of their own; a cut and an empty file."""
    rng = np.random.default_rng(0)
    for number, period in enumerate((2, 2, 16, 16)):
        colors = rng.integers(0, 256, (2, 3))
        write_clip(
            tmp_path / f'videos/{number}.mp4',
            40,
            color=lambda i, c=colors, p=period: c[(i // p) % 2],
        )
    content = (tmp_path / 'videos/0.mp4').read_bytes()
    (tmp_path / 'videos/cut.mp4').write_bytes(content[: len(content) // 3])
    (tmp_path / 'videos/empty.avi').touch()
    return tmp_path / 'videos'


@pytest.fixture
def search(tmp_path, monkeypatch, capsys):
    """The tool within this process: what it prints, or why it stops."""
    monkeypatch.chdir(tmp_path)
    main = runpy.run_path(str(TOOL))['main']

    def run(*arguments):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as error:
            capsys.readouterr()
            return str(error)
        return capsys.readouterr()

    return run


def rows(printed):
    """Rank, similarity and path of what was found."""
    lines = [line.split(maxsplit=2) for line in printed.out.splitlines()]
    return [(int(rank), float(similarity), path) for rank, similarity, path in lines]


def test_from_a_folder_to_neighbours(search, folder, checkpoint, tmp_path):
    said = search('index', folder, '--checkpoint', checkpoint, *FAST).out
    assert '4 added, 0 changed, 0 copied or renamed, 0 unchanged, 0 removed, 2 broken' in said
    assert f'skipped {folder}/cut.mp4: ' in said and f'skipped {folder}/empty.avi: is empty' in said
    assert 'embeddings.safetensors: 4 videos, 2 broken files remembered' in said
    assert '2 clips of 8 frames, 4 source frames apart, crops center, 32x32 pixels' in said

    found = rows(search('query', folder / '0.mp4', '--top', 2, '--html', tmp_path / 'out.html'))
    embedder = VideoEmbedder(checkpoint, num_clips=2, crops='center')
    paths = [str(folder / f'{number}.mp4') for number in range(4)]
    features = embedder.embed(paths).astype(np.float64)
    standardised = (features - features.mean(0)) / np.where(features.std(0) > 0, features.std(0), 1)
    unit = standardised / np.linalg.norm(standardised, axis=1, keepdims=True)
    similarities = unit[1:] @ unit[0]
    order = np.argsort(-similarities)[:2]
    assert [path for _, _, path in found] == [paths[1 + i] for i in order]
    np.testing.assert_allclose([s for _, s, _ in found], similarities[order], atol=2e-4)
    assert [rank for rank, _, _ in found] == [1, 2]
    page = (tmp_path / 'out.html').read_text()
    assert page.count('<img src="data:image/webp') == 3 and embedder.fingerprint in page

    # a copy elsewhere is embedded, by the checkpoint that the index names, and finds the original
    (tmp_path / 'copy.mp4').write_bytes((folder / '0.mp4').read_bytes())
    printed = search('query', tmp_path / 'copy.mp4', '--top', 99)
    assert 'the index holds 4 videos beside the query, all are given (--top 99)' in printed.err
    assert rows(printed)[0] == (1, 1.0, paths[0]) and len(rows(printed)) == 4


def test_a_page_of_the_collection(search, folder, tmp_path):
    said = search('index', folder, '--num-workers', '0').out
    assert re.search(r'4 videos embedded in .* s: \d+ videos a minute, .* clips a second', said)
    assert 'videos embedded' not in search('index', folder, '--num-workers', '0').out
    printed = search('page', 'out.html', '--queries', 2, '--top', 9).out
    assert printed == f'{tmp_path}/out.html\n'
    page = (tmp_path / 'out.html').read_text()
    assert page.count('class="row"') == 2 and page.count('<b>query</b>') == 2
    assert page.count('<img src="data:image/webp') == 2 * 4
    assert '2 of 4 videos, evenly spaced' in page and 'Index of 4 videos' in page
    names = re.findall('<small>videos/(.*?)</small>', page)
    assert names[0] == '0.mp4' and names[1] == '1.mp4' and names[4] == '2.mp4'
    assert 'pictures, 1 to 300 fit' in search('page', 'x.html', '--queries', 100)
    assert 'there is a folder' in search('page', folder)


def test_videos_that_are_shorter_than_a_clip_are_told_each_time(
    search, folder, checkpoint, tmp_path
):
    slow = ('--frame-interval', '6', *FAST)  # clips of 43 frames; the videos have 40, one has more
    write_clip(folder / 'long.mp4', 50)
    told = 'index: 4 of 5 videos are shorter than a clip (43 frames)'
    assert told in search('index', folder, '--checkpoint', checkpoint, *slow).out
    assert told in search('index', folder, '--num-workers', '0').out
    assert told in search('query', folder / '0.mp4', '--html', tmp_path / 'out.html').err
    assert told in (tmp_path / 'out.html').read_text()


def test_a_query_by_url(search, folder, checkpoint, tmp_path, monkeypatch):
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    search('index', folder, '--checkpoint', checkpoint, *FAST)
    with served(folder) as url:
        found = rows(search('query', f'{url}/0.mp4', '--html', tmp_path / 'out.html'))
        assert found[0] == (1, 1.0, str(folder / '0.mp4')) and len(found) == 4
        assert (tmp_path / 'out.html').read_text().count('<img src="data:image/webp') == 5
        embedder = VideoEmbedder(checkpoint, num_clips=2, crops='center')
        by_url, by_path = embedder.embed([f'{url}/0.mp4', folder / '0.mp4'])
        np.testing.assert_array_equal(by_url, by_path)
        assert 'none.mp4: does not exist' in search('query', f'{url}/none.mp4')
        assert 'on a server' in search('index', url)


def test_a_second_time(search, folder, checkpoint, tmp_path):
    search('index', folder, '--checkpoint', checkpoint, '--index', 'my.index', *FAST)
    before = EmbeddingIndex.load(tmp_path / 'my.index').features
    (folder / '3.mp4').unlink()
    write_clip(folder / 'new.mp4', 30)
    said = search('index', folder, '--index', 'my.index', '--num-workers', 1).out
    assert '1 added, 0 changed, 0 copied or renamed, 3 unchanged, 1 removed, 2 broken' in said
    assert f'removed {folder}/3.mp4' in said
    assert f'still broken, not tried again (--retry-broken would): {folder}/cut.mp4' in said
    after = EmbeddingIndex.load(tmp_path / 'my.index').features
    kept = [str(folder / f'{number}.mp4') for number in range(3)]
    assert set(after) == {*kept, str(folder / 'new.mp4')}
    assert all(np.array_equal(before[path], after[path]) for path in kept)
    assert (
        f'skipped {folder}/cut.mp4'
        in search('index', folder, '--index', 'my.index', '--retry-broken', '--num-workers', 0).out
    )


def test_without_a_checkpoint(search, folder):
    """The network that comes with the package is taken, with the protocol that suits it."""
    said = search('index', folder, '--num-workers', 0).out
    assert 'of tev://r3d10-motion; 3 clips of 16 frames, spread over the video' in said
    assert '4 added' in said
    assert '4 unchanged' in search('index', folder, '--num-workers', 0).out
    first = rows(search('query', folder / '0.mp4', '--top', 1))
    assert [path for _, _, path in first] == [str(folder / '1.mp4')]  # flashes as fast


def test_what_stops_with_one_error(search, folder, checkpoint, tmp_path):
    error = 'tev-search: error: '
    clip = folder / '0.mp4'
    assert search('query', clip).startswith(f'{error}there is no index embeddings.safetensors.')
    head = save(tmp_path / 'head.pth', {'head.weight': torch.ones(2)})
    assert 'no key starts with "backbone."' in search('index', folder, '--checkpoint', head)
    (tmp_path / 'nothing').mkdir()
    assert 'nothing has no video' in search(
        'index', tmp_path / 'nothing', '--checkpoint', checkpoint, *FAST
    )
    assert not (tmp_path / 'embeddings.safetensors').exists()
    lost = tmp_path / 'none/x.index'
    assert f'there is no folder {tmp_path}/none' in search(
        'index', folder, '--checkpoint', checkpoint, '--index', lost, *FAST
    )

    search('index', folder, '--checkpoint', checkpoint, *FAST)
    assert search('query', tmp_path / 'x.mp4') == f'{error}{tmp_path}/x.mp4: does not exist'
    assert search('query', folder / 'empty.avi') == f'{error}{folder}/empty.avi: is empty (0 bytes)'
    assert re.match(f'{error}.*cut.mp4: cannot be opened', search('query', folder / 'cut.mp4'))
    assert search('query', clip, '--top', 0) == f'{error}top=0: at least 1'
    assert 'there is no folder' in search('query', clip, '--html', tmp_path / 'none/x.html')
    assert 'num_clips 2, not 3' in search('index', folder, '--num-clips', 3)
    text = Config(dict(model=model_cfg())).pretty_text
    other = save(tmp_path / 'other.pth', pretrained().state_dict(), cfg=text)
    for command in (('index', folder), ('query', clip)):
        assert 'not with' in search(*command, '--checkpoint', other)


def test_a_run_that_is_stopped(search, folder, checkpoint, tmp_path, monkeypatch):
    """By Ctrl-C, within the second video."""
    embed, calls = VideoEmbedder._embed_views, []

    def stopped(self, *views):
        calls.append(views)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return embed(self, *views)

    monkeypatch.setattr(VideoEmbedder, '_embed_views', stopped)
    said = search('index', folder, '--checkpoint', checkpoint, *FAST)
    assert said == 'stopped; what was embedded is kept, call again to go on'
    kept = EmbeddingIndex.load(tmp_path / 'embeddings.safetensors')
    assert list(kept.features) == [str(folder / '0.mp4')]
    said = search('index', folder, '--num-workers', 0).out
    assert '3 added, 0 changed, 0 copied or renamed, 1 unchanged' in said and len(calls) == 5
