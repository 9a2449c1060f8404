"""Run the command line: python -m warmhandoff."""

from warmhandoff.cli import main

main()
