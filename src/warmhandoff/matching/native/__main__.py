"""Builds the kernel at set-up; says in a line what became of it, and is never a reason to stop."""

import subprocess

import typer

from warmhandoff.matching.native import build

try:
    built = build()
except (OSError, subprocess.CalledProcessError) as error:
    typer.echo(f"The matching kernel could not be built ({error}); NumPy does its work.", err=True)
else:
    if built is None:
        typer.echo("No C compiler is here: NumPy does the matching kernel's work.", err=True)
