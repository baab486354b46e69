"""A page as its elements and its words."""

from html.parser import HTMLParser


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
