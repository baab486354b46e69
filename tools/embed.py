"""Write one feature per video to a file: ``tev-embed`` without installing the package.

python tools/embed.py FOLDER_OR_LIST --out features.npz
"""

import sys

from tev_mmaction.cli.embed import main

if __name__ == '__main__':
    sys.exit(main())
