"""The page "Your own clips": its configs and commands, as they stand there, on generated clips.

Each command runs in a fork of this process, which has imported the stack, in a folder that knows
nothing of the repository. Options that make runs short are added, and nothing else.
"""

import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

# Beforehand, as they are slow: what every fork needs.
import decord  # noqa: F401
import matplotlib.pyplot  # noqa: F401
import mmaction.apis
import mmaction.visualization  # noqa: F401
import mmengine.runner  # noqa: F401
import numpy as np
import pytest
import sklearn.svm  # noqa: F401
from mmengine.config import Config

from helpers import ROOT, write_clip
from tev_mmaction.packaged import folder

PAGE = ROOT / 'docs' / 'own-clips.md'
BLOCK = re.compile(r'^```(shell|python)\n(.*?)^```$', re.MULTILINE | re.DOTALL)
COMMANDS = ('tev-search', 'tev-embed')
SMALL = ('test_dataloader.num_workers=0', 'test_dataloader.persistent_workers=False')
# A pool of processes in a fork would talk to the parent's fork server.
POOLS = ('cache_videos.py', 'index_videos.py', 'motion_tracks.py')
SHORT = (
    'train_cfg.max_epochs=1',
    'train_dataloader.batch_size=4',
    'train_dataloader.num_workers=0',
)


def blocks():
    """Kind and text of the page's code, in order."""
    return BLOCK.findall(PAGE.read_text(encoding='utf-8'))


def write_videos(root: Path) -> None:
    """Six clips of each of two classes: a texture that moves to the left or to the right."""
    rng = np.random.default_rng(0)
    for name, step in (('to the left', -2), ('to the right', 2)):
        for number in range(6):
            texture = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
            texture = texture.repeat(4, axis=0).repeat(4, axis=1)
            write_clip(
                root / name / f'{number}.mp4',
                60 + number,
                color=lambda index, t=texture, s=step: np.roll(t, index * s, 1),
            )


class Shell:
    """Runs the commands of a page.

    Args:
        home (Path): Where they run.
        variables (dict[str, str]): What stands in the place of words of the page.
    """

    def __init__(self, home: Path, variables: dict):
        self.home, self.variables, self.said = home, variables, {}

    def run(self, line: str) -> None:
        """Run a line of a block."""
        line = line.split(' #')[0]
        for word, value in self.variables.items():
            line = line.replace(word, str(value))
        line = re.sub(
            r'\$\(cat (\S+)\)', lambda found: (self.home / found[1]).read_text().strip(), line
        )
        words = shlex.split(line)
        if words[0] == 'pip' or words[0].startswith('TOOLS='):
            return  # the test has its own
        if words[0] == 'python':
            self.said[line] = self._fork(words[1], [*words[1:], *self._options(words[1:])])
        elif words[0] in COMMANDS:
            tool = ROOT / 'tools' / f'{words[0].removeprefix("tev-")}.py'
            self.said[line] = self._fork(str(tool), words)
        else:
            subprocess.run(line, shell=True, cwd=self.home, check=True)

    @staticmethod
    def _options(words):
        """What makes a command short, behind its own options."""
        tool = Path(words[0]).name
        if tool in POOLS:
            return ('--num-workers', '0')
        options = {'train.py': SHORT, 'test.py': SMALL}.get(tool, ())
        if tool == 'train.py' and 'finetune.py' in words:
            options += ('val_dataloader.num_workers=0', 'val_dataloader.persistent_workers=False')
            options += ('model.cls_head.num_classes=2',)
        if tool == 'test.py' and 'finetune.py' in words:
            options += ('model.cls_head.num_classes=2',)
        if '--cfg-options' not in words and options:
            options = ('--cfg-options', *options)
        return options

    def _fork(self, script, argv) -> str:
        """Run a script as ``python`` would; what it printed."""
        log = self.home / 'output.txt'
        child = os.fork()
        if not child:
            status = 1
            try:
                with log.open('w') as out:
                    os.dup2(out.fileno(), 1)
                    os.dup2(out.fileno(), 2)
                    sys.stdout, sys.stderr = os.fdopen(1, 'w'), os.fdopen(2, 'w')  # not pytest's
                    os.chdir(self.home)
                    sys.argv = argv
                    sys.path.insert(0, os.path.dirname(script))
                    try:
                        runpy.run_path(script, run_name='__main__')
                        status = 0
                    except SystemExit as stop:
                        status = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
                        if isinstance(stop.code, str):
                            print(stop.code)
                    except BaseException:
                        sys.excepthook(*sys.exc_info())
                    sys.stdout.flush()
            finally:
                os._exit(status)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said = log.read_text()
        assert code == 0, f'{argv}\n{said[-3000:]}'
        return said


@pytest.fixture(scope='module')
def page(tmp_path_factory):
    """Folder in which all that the page says was done, and what its commands printed."""
    home = tmp_path_factory.mktemp('elsewhere')
    write_videos(home / 'clips')
    variables = {
        '$TOOLS': folder('tools'),
        '/my/clips': home / 'clips',
        'CLASS/CLIP.mp4': "'to the left/0.mp4'",
    }
    shell = Shell(home, variables)
    with pytest.MonkeyPatch.context() as patch:
        # yapf makes configs that are saved pretty, which takes longer than these trainings
        patch.setattr('mmengine.config.config.FormatCode', lambda text, **_: (text, True))
        for kind, text in blocks():
            if kind == 'python':
                name = re.match(r'# (\w+\.py)\n', text)
                assert name, f'a config begins with its name:\n{text}'
                (home / name[1]).write_text(text)
            else:
                for line in text.replace('\\\n', ' ').splitlines():
                    shell.run(line)
    return home, shell.said


def said_by(page, *words):
    """What the one command printed that has these words."""
    found = [said for line, said in page[1].items() if all(word in line for word in words)]
    assert len(found) == 1
    return found[0]


def test_lists_lengths_and_figures(page):
    home, _ = page
    assert (home / 'own/classes.txt').read_text() == 'to the left\nto the right\n'
    assert '8 of 8 videos usable' in said_by(page, 'index_videos.py', 'train.txt')
    table = said_by(page, 'compare_evaluations.py', 'pretrained=')
    assert re.search(r'^Retrieval +shipped +pretrained +random +chance$', table, re.MULTILINE)
    assert re.search(r'^R@1 ', table, re.MULTILINE) and re.search(r'^top1 ', table, re.MULTILINE)
    assert list(home.glob('work_dirs/flow/**/evaluation_test.json'))


def test_what_was_trained(page):
    home, _ = page
    frozen = Config.fromfile(home / 'work_dirs/frozen/finetune.py')
    assert frozen.model.backbone.frozen_stages == 4
    assert frozen.load_from == 'tev://r3d10-motion'
    scratch = Config.fromfile(home / 'work_dirs/scratch/finetune.py')
    assert scratch.load_from is None and not scratch.model.backbone.norm_eval
    for name in ('pretrain', 'frozen', 'finetuned', 'scratch'):
        assert (home / f'work_dirs/{name}/epoch_1.pth').exists()
    assert (home / 'confusion.png').stat().st_size > 5000
    assert 'of 4 right' in said_by(page, 'confusion_matrix.py')


def test_the_class_of_a_clip(page):
    """By MMAction2's functions, with our reader and with decord."""
    home, _ = page
    line = said_by(page, 'classify.py').splitlines()[-1]
    name, score = re.fullmatch(r'own/\S+ the left/0.mp4: (to the \w+) (\d\.\d+)', line).groups()
    number, again = re.search(r'0.mp4: class (\d) (\S+)$', said_by(page, 'infer.py')).groups()
    assert ('to the left', 'to the right')[int(number)] == name
    assert float(score) == pytest.approx(float(again), abs=2e-3)
    found = json.loads((home / 'scores.json').read_text())['predictions'][0]
    assert max(found['rec_scores'][0]) == pytest.approx(float(again), abs=1e-3)


def test_search_and_features(page):
    home, _ = page
    assert '<b>query</b>' in (home / 'neighbours.html').read_text()
    assert len(said_by(page, 'tev-search query').splitlines()) >= 5
    with np.load(home / 'features.npz') as file:
        assert file['features'].shape == (12, 1152)


def test_configs_to_copy_are_three_of_ten_lines_at_most():
    configs = [text for kind, text in blocks() if kind == 'python' and '_base_' in text]
    assert len(configs) == 3
    assert all(len(text.splitlines()) <= 11 and 'tev_mmaction::' in text for text in configs)
