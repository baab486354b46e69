"""Find videos with similar motion: ``tev-search`` without installing the package.

python tools/search.py index FOLDER
python tools/search.py query CLIP --top 10 --html neighbours.html
python tools/search.py page OUT.html
"""

from tev_mmaction.cli.search import main

if __name__ == '__main__':
    main()
