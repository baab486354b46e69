import itertools
import logging

import pytest
from mmengine.logging import MMLogger

_numbers = itertools.count()


@pytest.fixture
def log(caplog):
    """What mmengine's current logger says: the one that was made last."""
    logger = MMLogger.get_instance(f'evaluation_{next(_numbers)}')
    logger.addHandler(caplog.handler)
    logger.setLevel(logging.INFO)
    yield caplog
    logger.removeHandler(caplog.handler)
