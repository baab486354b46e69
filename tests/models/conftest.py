import pytest
import torch


@pytest.fixture(autouse=True, scope='module')
def _one_thread():
    """These networks are tiny: threads that wait for one another make them 40 times slower."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
