"""Every benchmark in turn, with the machine they ran on: `python -m benchmarks`, about five minutes
on a machine that does nothing else (with other work on it, threads that wait for each other measure that work)."""

from pathlib import Path

import click

from benchmarks import accuracy, convolution, epoch, latency, pytorch_parity, step, training
from benchmarks.machine import facts, load, peers

PAGES = (training, epoch, convolution, step, latency, accuracy, pytorch_parity)
BENCHMARKS = {each.BENCHMARK.name: each.BENCHMARK for each in PAGES}
RESULTS = Path(__file__).with_name("RESULTS.md")
KEPT = ("records.md", "systems.md", "reading.md", "once.md")  # of commands that take long, or need pictures

HEAD = """# What was measured

Written by `python -m benchmarks`. Times are medians; sides that are compared took turns, and a ratio is
given twice: of the medians, and as the median over the rounds.
"""


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="Few repeats: does it run at all? Writes no file unless --out says where.")
@click.option("--only", type=click.Choice(list(BENCHMARKS)), multiple=True, help="This benchmark alone; likewise.")
@click.option("--out", type=click.Path(path_type=Path), help=f"Where to write [default: {RESULTS.name} beside this].")
def main(quick: bool, only: tuple[str, ...], out: Path | None) -> None:
    """Run, print and write."""
    machine = "\n".join(f"| {name} | {fact} |" for name, fact in (facts() | peers()).items())
    parts = [HEAD, f"| machine | |\n|---|---|\n{machine}\n"]
    click.echo(parts[-1])
    for name in only or BENCHMARKS:
        parts.append(BENCHMARKS[name].section(quick))
        click.echo(parts[-1])
    parts.append(f"Load afterwards: {load()}.\n")
    parts += [Path(__file__).with_name(name).read_text("utf-8") for name in KEPT]
    if out or not (quick or only):
        (out or RESULTS).write_text("\n".join(parts), "utf-8")


if __name__ == "__main__":
    main()
