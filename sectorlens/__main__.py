"""`python -m sectorlens` is the command line."""

from sectorlens.cli import main

if __name__ == "__main__":
    main()
