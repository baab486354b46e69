import logging

import pytest
from mmengine.logging import MMLogger


@pytest.fixture
def log(caplog):
    """What mmengine's current logger says."""
    logger = MMLogger.get_instance('evaluation')
    logger.addHandler(caplog.handler)
    logger.setLevel(logging.INFO)
    yield caplog
    logger.removeHandler(caplog.handler)
