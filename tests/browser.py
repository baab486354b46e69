"""A headless Chromium or Chrome, driven through its DevTools protocol over a pair of pipes."""

import base64
import io
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'chrome')
FLAGS = (
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--remote-debugging-pipe',
)
SECONDS = 60  # to wait for an answer, on a machine that is busy


class Browser:
    """One tab. All that a page asks for, and all that the console says of it, is kept.

    Attributes:
        requests (list[str]): Addresses that the page asked for, but for ``data:`` and its own.
        errors (list[str]): Exceptions, and what the console has of errors and warnings.
    """

    def __init__(self, profile: Path):
        binary = next(filter(None, map(shutil.which, NAMES)), None)
        if binary is None:
            pytest.skip(f'needs a browser: none of {", ".join(NAMES)} is installed')
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        command = ' '.join(
            [f'exec "$0" {" ".join(FLAGS)}', '"$@"', f'3<&{theirs_in} 4>&{theirs_out}']
        )
        self._process = subprocess.Popen(
            ['bash', '-c', command, binary, f'--user-data-dir={profile}', 'about:blank'],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._rest, self._number, self._session, self._events = b'', 0, None, []
        self.requests, self.errors = [], []
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        attached = self.call('Target.attachToTarget', targetId=target, flatten=True)
        self._session = attached['sessionId']
        for domain in ('Page', 'Network', 'Runtime', 'Log'):
            self.call(f'{domain}.enable')

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(SECONDS)
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, **params) -> dict:
        """A command of the protocol and its answer; events on the way are noted."""
        self._number += 1
        message = dict(id=self._number, method=method, params=params)
        if self._session:
            message['sessionId'] = self._session
        os.write(self._out, json.dumps(message).encode() + b'\0')
        while (answer := self._read()).get('id') != self._number:
            self._note(answer)
        assert 'error' not in answer, f'{method}: {answer["error"]}'
        return answer['result']

    def open(self, path: Path, width: int = 1280, height: int = 800, media=()) -> None:
        """Load a file at a width in CSS pixels; below 600 as a phone does it."""
        phone = width < 600
        self.call(
            'Emulation.setDeviceMetricsOverride',
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )
        features = [dict(name=name, value=value) for name, value in dict(media).items()]
        self.call('Emulation.setEmulatedMedia', features=features)
        for noted in (self._events, self.requests, self.errors):
            noted.clear()
        self.call('Page.navigate', url=path.as_uri())
        while 'Page.loadEventFired' not in self._events:
            self._note(self._read())
        # Pictures in data: are decoded by now; what scripts would still ask for is given a moment.
        self.evaluate('Promise.all([...document.images].map(i => i.decode().catch(() => 0)))')

    def evaluate(self, expression: str):
        """Value of a JavaScript expression, awaited."""
        found = self.call(
            'Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True
        )
        assert 'exceptionDetails' not in found, found
        return found['result'].get('value')

    def screenshot(self, box=None) -> np.ndarray:
        """Pixels (H, W, 3) of a box (x, y, width, height), or of the whole page."""
        if box is None:
            size = self.call('Page.getLayoutMetrics')['cssContentSize']
            box = 0, 0, size['width'], size['height']
        clip = dict(zip(('x', 'y', 'width', 'height'), box), scale=1)
        shot = self.call('Page.captureScreenshot', clip=clip, captureBeyondViewport=True)
        return np.array(Image.open(io.BytesIO(base64.b64decode(shot['data']))).convert('RGB'))

    def box_of(self, selector: str):
        """Place (x, y, width, height) of the first element of a CSS selector on the page."""
        return self.evaluate(
            f'(r => [r.x + scrollX, r.y + scrollY, r.width, r.height])'
            f'(document.querySelector({selector!r}).getBoundingClientRect())'
        )

    def moves(self, selector: str, seconds: float) -> bool:
        """Whether what an element shows changes within so many seconds."""
        box, end = self.box_of(selector), time.monotonic() + seconds
        first = self.screenshot(box)
        while time.monotonic() < end:
            time.sleep(0.1)
            if (self.screenshot(box) != first).any():
                return True
        return False

    def _read(self) -> dict:
        while b'\0' not in self._rest:
            ready, _, _ = select.select([self._in], [], [], SECONDS)
            part = os.read(self._in, 1 << 20) if ready else b''
            assert part, 'the browser does not answer'
            self._rest += part
        message, self._rest = self._rest.split(b'\0', 1)
        return json.loads(message)

    def _note(self, event: dict) -> None:
        method, params = event.get('method', ''), event.get('params', {})
        self._events.append(method)
        if method == 'Network.requestWillBeSent':
            url = params['request']['url']
            if not url.startswith(('data:', 'about:')) and params.get('type') != 'Document':
                self.requests.append(url)
        elif method == 'Runtime.exceptionThrown':
            self.errors.append(str(params['exceptionDetails'].get('text')))
        elif method == 'Runtime.consoleAPICalled' and params['type'] in ('error', 'warning'):
            self.errors.append(str(params['args']))
        elif method == 'Log.entryAdded' and params['entry']['level'] in ('error', 'warning'):
            self.errors.append(params['entry']['text'])


def assert_opens(browser: Browser, path: Path, pictures: int) -> None:
    """A page is whole at the widths of a desktop and of a phone, and asks for nothing."""
    for width in (1280, 390):
        browser.open(path, width)
        assert browser.requests == [] and browser.errors == []
        widths = browser.evaluate('[...document.images].map(image => image.naturalWidth)')
        assert len(widths) == pictures and all(widths)
        page = 'document.documentElement'
        inner, scrolled, room = browser.evaluate(
            f'[innerWidth, {page}.scrollWidth, {page}.clientWidth]'
        )
        assert inner == width and scrolled <= room, f'scrolls sideways at {width}'
