"""`python -m sectorlens` is the command line."""

from sectorlens.cli import run_process

if __name__ == "__main__":
    run_process()
