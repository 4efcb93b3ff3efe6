"""`python -m loaders.samples [INTO]`: make both editions of the sample sources."""

from pathlib import Path

import click

from loaders.samples.make import DEFAULT_SEED, make_editions


@click.command()
@click.argument("into", type=click.Path(path_type=Path, file_okay=False), default=Path("samples"))
@click.option("--scale", type=click.FloatRange(0.1, 100.0), default=1.0, show_default=True, help="Size of the town.")
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Another seed, another town.")
@click.option("--force", is_flag=True, help="Also when the files are there already.")
def main(into: Path, scale: float, seed: int, force: bool) -> None:
    """Make the sample sources of the municipality Exempelby: the first edition in INTO, the second in INTO/edition2."""
    for file, rows in make_editions(into, scale, seed, force):
        click.echo(f"{file}  {rows:,}")


if __name__ == "__main__":
    main()
