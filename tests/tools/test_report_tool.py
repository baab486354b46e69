"""tools/report.py as users call it; tests/e2e/test_evaluation.py has it on what tools wrote."""

import runpy

import pytest

from helpers import ROOT
from reporting.run_folders import retrieval_record, row, write_evaluation, write_run


@pytest.fixture
def tool(monkeypatch, capsys):
    """The tool within this process: what it prints, or the error that ends it."""
    main = runpy.run_path(str(ROOT / 'tools/report.py'))['main']

    def run(*arguments):
        monkeypatch.setattr('sys.argv', ['report.py', *map(str, arguments)])
        try:
            main()
        except SystemExit as stopped:
            assert stopped.code == 2
            return capsys.readouterr().err.split('error: ')[1]
        return capsys.readouterr().out

    return run


def test_the_page_is_written_and_named(tool, tmp_path):
    write_run(tmp_path / 'run', tmp_path / 'gone', [dict(row(20), acc_speed=0.5)])
    test = write_evaluation(tmp_path / 'test', [retrieval_record([])])
    said = tool(tmp_path / 'run', '--evaluations', f'my name={test}')
    name, size = said.splitlines()[-1].rsplit(': ', 1)
    assert name == str(tmp_path / 'run' / 'report.html') and size in ('0.0 MB', '0.1 MB')
    text = (tmp_path / 'run/report.html').read_text()
    assert '1-NN accuracy (R@1) of my name' in text and 'TimeEquivariantRecognizer' in text
    tool(test, '--out', tmp_path / 'other.html')
    assert '1-NN accuracy (R@1) of test' in (tmp_path / 'other.html').read_text()


def test_one_line_says_what_is_wrong(tool, tmp_path):
    test = write_evaluation(tmp_path / 'test', [retrieval_record([])])
    (tmp_path / 'empty').mkdir()
    for arguments, message in (
        ([tmp_path / 'none'], 'there is no folder'),
        ([tmp_path / 'empty'], 'neither the work directory of `python tools/train.py`'),
        ([test, '--evaluations', f'a={tmp_path / "empty"}'], 'no */evaluation_test.json below'),
        ([test, '--evaluations', f'a={test}', f'a={test}'], "are called 'a'"),
        ([test, '--evaluations', str(test)], f'--evaluations {test}: give NAME=WORK_DIR'),
        ([test, '--out', tmp_path / 'none/x.html'], 'there is no folder'),
        ([tmp_path / 'empty', '--out', test], 'there is a folder of that name'),
    ):
        said = tool(*arguments)
        assert message in said and len(said.splitlines()) == 1
    assert not list(tmp_path.glob('**/*.html'))
