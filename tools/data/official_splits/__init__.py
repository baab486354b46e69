"""Official annotation files of data sets, read as video lists; a module per data set.

Names, labels and paths of the lists are those of MMAction2's own preparation, in its order before
shuffling. Each module names the sources of the format and of the published numbers.

Readers raise a FileNotFoundError or ValueError, with file, line and remedy, if a file is missing,
empty or invalid, or if a split lists a video twice, also once for training and once for testing.
"""

from .diving48 import read_diving48
from .finegym import read_gym99, read_gym288
from .hmdb51 import read_hmdb51
from .jester import read_jester
from .kinetics400 import read_kinetics400
from .splits import OfficialList, OfficialSplits, check_counts
from .sthv2 import read_sthv2
from .ucf101 import read_ucf101

__all__ = [
    'OfficialList',
    'OfficialSplits',
    'check_counts',
    'read_diving48',
    'read_gym288',
    'read_gym99',
    'read_hmdb51',
    'read_jester',
    'read_kinetics400',
    'read_sthv2',
    'read_ucf101',
]
