"""Write features of videos to files: another name of ``tools/embed.py`` (``tev-embed``).

python tools/extract_features.py FOLDER_OR_LIST --out DIR --window 2 --stride 0.5
"""

import sys

from tev_mmaction.cli.embed import main

if __name__ == '__main__':
    sys.exit(main())
