"""The commands that are installed with the package: tev-search, tev-embed and tev-report."""
