"""A page as its elements and its words, and its pictures as pixels."""

import base64
import io
from html.parser import HTMLParser

import numpy as np
from PIL import Image


def pixels(uri):
    """RGBA of a PNG in a page, (H, W, 4)."""
    head, text = uri.split(',', 1)
    assert head == 'data:image/png;base64'
    return np.array(Image.open(io.BytesIO(base64.b64decode(text))).convert('RGBA')).astype(int)


class Page(HTMLParser):
    """Its elements and texts."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text, self.parts = [], '', []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data
        if not self.elements or self.elements[-1][0] != 'style' or '{' not in data:
            self.parts.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def words(self):
        """What a reader sees, without the white space of the markup."""
        return ' '.join(' '.join(self.parts).split())

    def of_class(self, name):
        """Attributes of all elements of a class."""
        return [attrs for _, attrs in self.elements if name in attrs.get('class', '').split()]


def luminance(colour):
    """Relative luminance of sRGB, as WCAG defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(one, other):
    """Of two luminances, from 1 to 21."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
