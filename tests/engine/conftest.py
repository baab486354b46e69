import pytest

from toy_runs import pretrained, save


@pytest.fixture(scope='module')
def model():
    return pretrained()


@pytest.fixture(scope='module')
def checkpoint(model, tmp_path_factory):
    return save(tmp_path_factory.mktemp('pretrained') / 'tev.pth', model.state_dict())
