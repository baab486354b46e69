"""The report: what it shows, what it leaves out, and how it looks to a browser."""

import base64
import html
import re

import pytest

from browser import assert_opens
from reporting.parsed_page import Page, contrast, luminance
from reporting.run_folders import (
    equivariance_record,
    retrieval_record,
    row,
    write_evaluation,
    write_run,
)
from tev_mmaction.evaluation import MetricRecord
from tev_mmaction.reporting import report_page
from tev_mmaction.reporting.curve_plots import task_plots

ALL = (
    'Nearest neighbours',
    'Results',
    'Curves',
    'What the model is shown',
    'Equivariance',
    'Classes',
    'Map of the features',
    'Speed of the run',
    'Protocol',
)


def titles(text):
    return re.findall(r'<h2>(.+?)</h2>', text)


def words(text):
    """What a reader sees."""
    return html.unescape(re.sub(r'<style>.*?</style>|<[^>]+>', ' ', text, flags=re.DOTALL))


@pytest.fixture(scope='module')
def folders(clips, tmp_path_factory):
    """A training, and two evaluations of it beside random weights."""
    root = tmp_path_factory.mktemp('report')
    write_run(root / 'run', clips, [row(20), row(40), row(60)])
    records = [retrieval_record(sorted(clips.glob('*/*.mp4'))), equivariance_record()]
    write_evaluation(root / 'test', records)
    other = retrieval_record([])
    other.results = {'R@1': 0.375, 'R@5': 0.75, 'nn1': 0.375, 'nn1_mean': 0.25}
    write_evaluation(root / 'random', [other], loaded_from=None, fingerprint='999999999999')
    return root


@pytest.fixture(scope='module')
def whole(folders):
    named = [('learned', folders / 'test'), ('<random>', folders / 'random')]
    return report_page(folders / 'run', named)


def test_every_section_is_there(whole):
    assert tuple(titles(whole)) == ALL
    assert re.findall(r'<a href="#(s\d)">', whole) == re.findall(r'<section id="(s\d)">', whole)
    assert '{' not in words(whole) and 'None' not in words(whole)
    page = Page(whole)
    # both clips of four videos, of both examples the query and its five neighbours
    assert len(page.all('img')) == 2 * 4 + 2 * 6
    # of five tasks the accuracy and the loss
    assert len(page.of_class('plot')) == 5 * 2 and len(page.of_class('map')) == 1 + 2
    assert len(page.of_class('confusion')) == 1


def test_numbers_stand_with_what_they_mean(whole):
    said = ' '.join(words(whole).split())
    for part in (
        '50.0% Nearest neighbours: 1-NN accuracy (R@1) of learned <random> 37.5% · chance 40.0% '
        '8 queries, 12 gallery videos',
        '0.625 Equivariance: shift, R² of learned chance 0.000 9 pairs of clips of 5 unseen',
        '1 of 2 epochs, 60 iterations · evaluations: learned, <random>',
        'learned <random> chance R@1 50.0% 37.5% 40.0% R@5 87.5% 75.0% 80.0%',
        '1-NN accuracy, mean over classes 50.0% 25.0% 40.0%',
        'protocol name toy, split made up, clip len 4, metric cosine, classes 2 named counts '
        'gallery 12, queries 8, classes 2 lists gallery gallery.txt, query query.txt',
        'learned: one thing to know <random>: one thing to know',
        'learned chance shift, R² 0.625 0.000 same or opposite direction, accuracy 75.0% 50.0%',
        'learned VideoResNet, fingerprint abcdef012345, epoch_2.pth; tev_mmaction 0.1.0, commit '
        '0123456789ab; config configs/retrieval/x.py',
        '<random> VideoResNet, fingerprint 999999999999, random weights',
        'Weights: learned. 2 of 8 queries, evenly spaced in their list, among 12 gallery videos',
        'class accuracy right precision most often taken for walk <b> '
        '25.0% 1 of 4 50.0% wave (3×) wave 75.0% 3 of 4 50.0% walk <b> (1×)',
        'tasks × weight direction × 1, equivariance × 1',
        'an iteration 0.5 s',
    ):
        assert part in said, part


def test_classes_are_there_as_csv(whole):
    link = r'<a download="(.*?)" href="data:text/csv;base64,(.*?)"'
    files = {name: base64.b64decode(text).decode() for name, text in re.findall(link, whole)}
    assert files['confusion_RetrievalMetric.csv'].splitlines() == [
        'true \\ predicted,wave,walk <b>',
        'wave,3,1',
        'walk <b>,3,1',
    ]
    assert files['classes_RetrievalMetric.csv'].splitlines()[1:] == [
        'wave,4,3,0.75,0.5,walk <b>,1',
        'walk <b>,4,1,0.25,0.5,wave,3',
    ]


def test_a_training_alone(folders, monkeypatch):
    """Chance of contrastive tasks is that of the log, of others that of freshly drawn clips."""
    drawn = {}

    def draw(curves):
        drawn.update({curve.task: curve.chance for curve in curves})
        return task_plots(curves)

    monkeypatch.setattr('tev_mmaction.reporting.report.task_plots', draw)
    text = report_page(folders / 'run')
    assert drawn['equivariance'] == 0.01 and drawn['instance'] == 0.02
    assert drawn['direction'] == pytest.approx(0.5, abs=0.03)
    assert 0.3 < drawn['speed'] < 0.45 and 0.3 < drawn['order'] < 0.9
    assert tuple(titles(text)) == (*(ALL[i] for i in (2, 3, 7, 8)), 'Not shown')
    assert 'EquivarianceMetric' in text and 'configs/retrieval' in text


def test_other_rulers_do_not_stand_side_by_side(folders, tmp_path):
    changed = retrieval_record([])
    changed.protocol['clip_len'] = 16
    write_evaluation(tmp_path, [changed])
    text = report_page(tmp_path, [('a', folders / 'random'), ('b', tmp_path)])
    said = ' '.join(words(text).split())
    assert 'a b chance' not in said and said.count('chance R@1') == 2
    with pytest.raises(ValueError, match="two results of RetrievalMetric are called 'a'"):
        report_page(tmp_path, [('a', folders / 'random'), ('a', folders / 'test')])


def test_an_evaluation_alone(folders):
    text = report_page(folders / 'test')
    assert tuple(titles(text)) == (*(ALL[i] for i in (0, 1, 4, 5, 6, 8)), 'Not shown')
    assert words(text).count('give the work directory of `python tools/train.py`') == 3
    said = ' '.join(words(text).split())
    assert '1-NN accuracy (R@1) of test chance' in said


def test_a_gallery_without_examples(folders, tmp_path):
    record = retrieval_record([], num_examples=0)
    text = report_page(write_evaluation(tmp_path / 'none', [record]))
    assert 'Nearest neighbours' not in titles(text) and 'num_examples above 0' in text
    for key in ('examples', 'per_class', 'confusion', 'map'):  # of a record of an earlier version
        del record.details[key]
    text = report_page(write_evaluation(tmp_path / 'old', [record]))
    assert tuple(titles(text)) == ('Results', 'Protocol', 'Not shown')


def test_validations_are_found(tmp_path):
    validated = {'step': 1, 'retrieval/R@1': 0.5}
    one = {k: v for k, v in row(20).items() if '_' not in k or k.endswith('_speed')}
    write_run(tmp_path, tmp_path / 'gone', [one, validated])
    write_evaluation(tmp_path, [retrieval_record([])], 'iter20', '20260102_100000')
    text = report_page(tmp_path)
    assert f'{tmp_path.name}, iteration 20' in words(text)
    assert 'in training, iter20' in words(text)
    plot = Page(text).of_class('plot')[0]  # before those of the tasks
    assert plot and 'Nearest neighbours by epoch; at the end R@1 50.0%' in text
    assert 'R@1' in text and '50.0% at the end, chance 40.0% (dashed)' in Page(text).words
    # named, it is not found a second time
    (path,) = tmp_path.glob('*/evaluation_iter20.json')
    assert ', iteration 20' not in words(report_page(tmp_path, [('mine', path)]))


def test_videos_that_are_gone(tmp_path):
    write_run(tmp_path, tmp_path / 'gone', [row(20)])
    text = report_page(tmp_path)
    assert 'What the model is shown' in words(text).split('Not shown')[1]
    assert 'cannot be read any more' in text
    assert 'chance level of classification tasks is unknown' in text
    assert len(Page(text).of_class('plot')) == 2 * 5


def test_a_training_of_another_kind(clips, tmp_path):
    """Such as a fine-tuning: it has no tasks, and no clips that a sampler draws."""
    write_run(tmp_path, clips, [dict(iter=20, epoch=1, loss=1.0, time=0.5)])
    (tmp_path / 'list.txt').write_text('a.mp4 0')
    config = next(tmp_path.glob('*/vis_data/config.py'))
    config.write_text(
        config.read_text()
        + f"""
model = dict(type='Recognizer3D', backbone=dict(type='C3D'))
train_dataloader = dict(batch_size=4, dataset=dict(
    type='VideoDataset', ann_file={str(tmp_path / 'list.txt')!r}, pipeline=[]))
"""
    )
    text = report_page(tmp_path)
    assert titles(text) == ['Speed of the run', 'Protocol', 'Not shown']
    assert 'reads a VideoDataset' in text and 'logged no accuracy' in text


def test_a_fine_tuning_has_curves_and_validations(clips, tmp_path):
    """And its accuracies beside those of guessing: of what is trained on, of what is tested."""
    labels = tmp_path / 'labels.txt'
    labels.write_text('a.mp4 0\nb.mp4 1\nc.mp4 1\nd.mp4 1\n')
    rows = [dict(iter=20, epoch=1, loss=1.0, loss_cls=1.0, top1_acc=0.25, time=0.5)]
    rows.append({'step': 1, 'acc/top1': 0.5, 'acc/mean1': 0.2})
    write_run(
        tmp_path / 'run',
        clips,
        rows,
        model=dict(type='Recognizer3D', backbone=dict(type='C3D')),
        train_dataloader=dict(
            batch_size=4, dataset=dict(type='VideoDataset', ann_file=str(labels), pipeline=[])
        ),
    )
    record = MetricRecord(
        metric='AccMetric',
        protocol={},
        lists=dict(videos='test.txt'),
        counts=dict(videos=10),
        results=dict(top1=0.5, mean1=0.2),
        chance=dict(top1=0.6, mean1=0.5),
    )
    write_evaluation(tmp_path / 'run', [record], 'iter20', '20260102_100000')
    page = Page(report_page(tmp_path / 'run'))
    for part in (
        '50.0% Classification: accuracy of run, iteration 20 ⚠ not above chance (60.0%) '
        'chance 60.0% 10 tested videos',
        'Accuracy 25.0% at the end, chance 75.0% (dashed)',  # of the four labels
        'accuracy 50.0% chance 60.0% accuracy, mean over classes 20.0% chance 50.0%',
    ):
        assert part in page.words, part


def test_neither(tmp_path):
    with pytest.raises(ValueError, match='is neither the work directory of `python tools/train'):
        report_page(tmp_path)


def test_below_20_megabytes(monkeypatch, tmp_path):
    monkeypatch.setattr(
        'tev_mmaction.reporting.pages.thumbnails',
        lambda path, most: ('A' * (most * 2 // 3),) * 2,
    )
    monkeypatch.setattr('tev_mmaction.reporting.gallery._MOST_BYTES', 10**9)
    record = retrieval_record([f'{number}.mp4' for number in range(999)], num_examples=999)
    record.protocol['classes'] = ['x' * 1000] * 3000
    record.warnings = ['x' * 3_000_000]
    write_evaluation(tmp_path, [record, equivariance_record()])
    text = report_page(tmp_path)
    assert 19_000_000 < len(text.encode()) < 20_000_000


def test_in_a_browser(whole, tmp_path, browser):
    (tmp_path / 'report.html').write_text(whole)
    assert_opens(browser, tmp_path / 'report.html', pictures=20)
    assert browser.moves('.example img', 10)
    assert browser.evaluate("getComputedStyle(document.querySelector('.wrong b')).color") != (
        browser.evaluate("getComputedStyle(document.querySelector('.right b')).color")
    )


@pytest.mark.parametrize('mode', ['light', 'dark'])
def test_text_and_bars_stand_out(whole, tmp_path, browser, mode):
    """By the contrasts of WCAG 2.2: 4.5 for text, 3 for what is drawn."""
    (tmp_path / 'report.html').write_text(whole)
    browser.open(tmp_path / 'report.html', 360, media={'prefers-color-scheme': mode})

    def colour(selector, of='color'):
        text = browser.evaluate(f'getComputedStyle(document.querySelector({selector!r})).{of}')
        return luminance([int(part) / 255 for part in re.findall(r'\d+', text)[:3]])

    page = colour('body', 'backgroundColor')
    assert (page > 0.5) == (mode == 'light')
    for selector in ('body', '.lead', 'nav a', '.right b', '.wrong b', '.plot small'):
        assert contrast(colour(selector), page) >= 4.5, selector
    for selector, of in (('.own rect', 'fill'), ('.other rect', 'fill'), ('.line.c0', 'stroke')):
        assert contrast(colour(selector, of), page) >= 3, selector
    assert contrast(colour('.whisker', 'stroke'), colour('.own rect', 'fill')) >= 3
    size = 'parseFloat(getComputedStyle(document.querySelector({!r})).fontSize)'
    assert browser.evaluate(size.format('.ticks')) >= 12 and browser.evaluate(
        size.format('h2')
    ) > browser.evaluate(size.format('h3')) > browser.evaluate(size.format('small'))
