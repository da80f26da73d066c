# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "click>=8.5",             # command line
#     "matplotlib>=3.11",       # draws
#     "mnist-core[data,onnx]",  # datasets, pictures, trained models
#     "mnist-serve",            # the model that ships, and how pictures are read
#     "mnist-train",            # the recipes, and the training that finds suspects
#     "numpy>=2.4",             # what is drawn
#     "onnx>=1.23",             # looks inside a trained model without torch
#     "pillow>=13",             # opens pictures
#     "scikit-learn>=1.9",      # brings many dimensions down to two
#     "threadpoolctl>=3.6",     # keeps scikit-learn to one thread, as its own wait awake for each other
# ]
#
# [tool.uv.sources]
# mnist-core = { path = "../packages/mnist-core", editable = true }
# mnist-serve = { path = "../packages/mnist-serve", editable = true }
# mnist-train = { path = "../packages/mnist-train", editable = true }
# ///
"""Draws what there is to see: the data, what a model learned, and where it goes wrong.

    uv run scripts/visualize.py

With no command, it draws what takes seconds. `visualizing` has a module for each picture. Torch is imported by
`augmentations` and `suspects` alone, though uv installs it for all.
"""

import contextlib
import functools
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from mnist_core.artifact import HISTORY
from mnist_core.cli import Command, Group
from mnist_core.registry import NAMES

if TYPE_CHECKING:
    from visualizing.material import Material
    from visualizing.sheet import Picture

    Publish = Callable[[Iterable[Picture]], None]

Function = Callable[..., None]

_EPILOG = """\b
Examples:
  uv run scripts/visualize.py
  uv run scripts/visualize.py --dataset digits --output look
  uv run scripts/visualize.py mistakes --model runs/latest --show
  uv run scripts/visualize.py curves runs/20261122-*
  uv run scripts/visualize.py explain docs/seven.jpg --format svg

`uv run scripts/visualize.py COMMAND --help` says more about each."""


class Pictures(Group):
    """The commands."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command; of a file or folder that stands in its place, says which one it was probably meant for."""
        name = args[0]
        if name not in self.commands and (Path(name).suffix or len(Path(name).parts) > 1):
            meant = "curves" if Path(name).is_dir() else "explain"
            ctx.fail(f"No such command {name!r}. Did you mean {meant} {shlex.quote(name)}?")
        return super().resolve_command(ctx, args)


# --- what the commands have in common

_MODEL = click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A run's folder, or a .onnx file.  [default: runs/latest, else the model that ships with mnist-serve]",
)
_READER = click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A run's folder, or a .onnx file.  [default: as for `predict`, the model that ships with mnist-serve]",
)
_WHOSE = click.option(
    "--dataset",
    type=click.Choice(NAMES),
    help="Dataset whose images are shown.  [default: the one that the model was trained on]",
)
_WHICH = click.option("--dataset", type=click.Choice(NAMES), help="Which dataset.  [default: mnist]")
_WHERE = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the datasets; missing ones are downloaded to it.  [default: $MNIST_DATA_DIR, else ./data]",
)
_OUTPUT = click.option(
    "--output",
    default=Path("pictures"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the pictures; those that have the same name are replaced.",
)
_FORMAT = click.option(
    "--format", "kind", default="png", show_default=True, type=click.Choice(["png", "svg"]), help="File format."
)
_SHOW = click.option("--show", is_flag=True, help="Open the pictures once they are saved.")


def _saving(function: Function) -> Function:
    """Gives a command `publish`, which saves pictures where and how the options say."""

    @_OUTPUT
    @_FORMAT
    @_SHOW
    @functools.wraps(function)
    def command(*, output: Path, kind: str, show: bool, **rest: Any) -> None:
        with _publishing(output, kind, show) as publish:
            function(publish=publish, **rest)

    return command


def _with_model(function: Function) -> Function:
    """Gives a command `material`: a model, and the dataset that it is shown on."""

    @_MODEL
    @_WHOSE
    @_WHERE
    @functools.wraps(function)
    def command(*, model: Path | None, dataset: str | None, data_dir: Path | None, **rest: Any) -> None:
        function(material=_material(model, dataset, data_dir), **rest)

    return command


def _with_data(function: Function) -> Function:
    """Gives a command `material`: a dataset alone."""

    @_WHICH
    @_WHERE
    @functools.wraps(function)
    def command(*, dataset: str | None, data_dir: Path | None, **rest: Any) -> None:
        from visualizing.material import Material

        function(material=Material(dataset, data_dir, has_model=False), **rest)

    return command


@contextlib.contextmanager
def _publishing(output: Path, kind: str, show: bool) -> "Iterator[Publish]":
    """Gives what saves pictures and tells of each; in the end, shows them."""
    from visualizing import saving

    saving.prepare(output)
    paths = []

    def publish(pictures: "Iterable[Picture]") -> None:
        for picture in pictures:
            paths.append(saving.save(picture, output, kind))
            click.echo(f"{paths[-1]}: {picture.shows}")

    yield publish
    if show and any(click.launch(str(path)) for path in paths):
        click.echo(f"Warning: nothing here opens pictures. They are in {output}.", err=True)


def _material(model: Path | None, dataset: str | None, data_dir: Path | None) -> "Material":
    """A model, named on the output, with a dataset."""
    from visualizing.material import Material

    material = Material(dataset, data_dir, model)
    click.echo(f"Model: {material.network}")
    return material


def _examples(*lines: str) -> str:
    return "\n".join(["\b", "Examples:", *(f"  uv run scripts/visualize.py {line}" for line in lines)])


# --- the commands


@click.group(cls=Pictures, invoke_without_command=True, epilog=_EPILOG)
@_MODEL
@_WHOSE
@_WHERE
@_OUTPUT
@_FORMAT
@_SHOW
@click.pass_context
def main(
    ctx: click.Context,
    model: Path | None,
    dataset: str | None,
    data_dir: Path | None,
    output: Path,
    kind: str,
    show: bool,
) -> None:
    """Draws what there is to see: the data, what a model learned, and where it goes wrong.

    Without a COMMAND, draws all that takes only seconds: samples, confusion, mistakes (the first page), filters,
    features, and the run's curves if the model comes from one.
    """
    if ctx.invoked_subcommand:
        _hand_down(ctx, ctx.invoked_subcommand)
        return
    with _publishing(output, kind, show) as publish:
        publish(_quick(_material(model, dataset, data_dir)))


def _hand_down(ctx: click.Context, command: str) -> None:
    """Options may stand before the command as well."""
    given = {
        name: value for name, value in ctx.params.items() if ctx.get_parameter_source(name) != ParameterSource.DEFAULT
    }
    known = {parameter.name for parameter in main.commands[command].params}
    for parameter in main.params:
        if parameter.name in given.keys() - known:
            raise click.UsageError(f"{command} has no option {parameter.opts[0]}.", ctx)
    ctx.default_map = {command: given}


def _quick(material: "Material") -> "Iterator[Picture]":
    """What takes seconds."""
    from visualizing import confusion, curves, features, filters, mistakes, runs, samples

    yield samples.overview(material.training)
    yield confusion.draw(material)
    yield from mistakes.draw(material, 1)
    yield filters.draw(material)
    yield features.draw(material)
    folder = material.network.file.path.parent
    if (folder / HISTORY).exists():
        yield curves.draw(runs.read([folder]))


@main.command(
    "samples",
    cls=Command,
    epilog=_examples("samples", "samples --dataset fashion-mnist", "samples --format svg --show"),
)
@_with_data
@_saving
def samples_command(publish: "Publish", material: "Material") -> None:
    """Training images of each class, from plain to strange.

    A row of each class, and a sheet of 200 images of each. Saves samples.png, and samples-CLASS.png for each class.
    """
    from visualizing import samples

    publish([samples.overview(material.training)])
    publish(samples.sheets(material.training))


@main.command("curves", cls=Command, epilog=_examples("curves", "curves runs/20261122-*", "curves runs/a runs/b"))
@click.argument("folders", metavar="[RUN]...", nargs=-1, type=click.Path(path_type=Path))
@_saving
def curves_command(publish: "Publish", folders: Sequence[Path]) -> None:
    """Loss and accuracy of one or several runs.

    By default those of runs/latest. A training that was interrupted, or is still running, has a history as well. Saves
    curves.png.
    """
    from visualizing import curves, runs

    publish([curves.draw(runs.read(folders))])


@main.command("confusion", cls=Command, epilog=_examples("confusion", "confusion --model runs/latest --dataset qmnist"))
@_with_model
@_saving
def confusion_command(publish: "Publish", material: "Material") -> None:
    """What is read as what, of the test images.

    The confusion matrix, and how much of each class is misread. Saves confusion.png.
    """
    from visualizing import confusion

    publish([confusion.draw(material)])


@main.command("mistakes", cls=Command, epilog=_examples("mistakes", "mistakes --model runs/latest --dataset qmnist"))
@_with_model
@_saving
def mistakes_command(publish: "Publish", material: "Material") -> None:
    """Every misread test image, the surest mistake first.

    With truth, answer and confidence. Saves mistakes.png, mistakes-page-2.png and so on, 45 images each. After 20
    pages, the less sure mistakes are left out.
    """
    from visualizing import mistakes

    publish(mistakes.draw(material))


@main.command("suspects", cls=Command, epilog=_examples("suspects", "suspects --dataset digits"))
@_with_data
@_saving
def suspects_command(publish: "Publish", material: "Material") -> None:
    """Training images whose label is probably wrong (takes a minute).

    The least credible label comes first. Twelve networks are trained with the recipe `fast`, each without a quarter of
    the images; three judge each image that they did not see. Saves suspects.png, suspects-page-2.png and so on, up to
    four pages of 45 images.

    The method is confident learning (Northcutt, Jiang and Chuang 2021, https://arxiv.org/abs/1911.00068).
    """
    training = material.training
    click.echo("Training 12 small networks: about a minute for MNIST.", err=True)

    from visualizing import suspects

    is_watched = sys.stderr.isatty()
    with click.progressbar(length=suspects.work(training), file=sys.stderr, hidden=not is_watched) as progress:
        probabilities = suspects.out_of_fold(training, progress.update)
    publish(suspects.draw(training, suspects.find(probabilities, training.labels)))


@main.command("filters", cls=Command, epilog=_examples("filters", "filters --model runs/latest"))
@_with_model
@_saving
def filters_command(publish: "Publish", material: "Material") -> None:
    """The first layer's filters, and what each finds.

    Beside each filter, its answer to one test image. Saves filters.png.
    """
    from visualizing import filters

    publish([filters.draw(material)])


@main.command("features", cls=Command, epilog=_examples("features", "features --model runs/latest --dataset qmnist"))
@_with_model
@_saving
def features_command(publish: "Publish", material: "Material") -> None:
    """The layer before the last, in two dimensions.

    What the model sees alike lies together. A thousand test images, brought together by t-SNE (van der Maaten and
    Hinton 2008). Saves features.png.
    """
    from visualizing import features

    publish([features.draw(material)])


@main.command("augmentations", cls=Command, epilog=_examples("augmentations", "augmentations --dataset fashion-mnist"))
@_with_data
@_saving
def augmentations_command(publish: "Publish", material: "Material") -> None:
    """The same images as each recipe of `train` sees them.

    As they are, or changed at random; and, for some, pictures of no digit. Saves augmentations.png.
    """
    training = material.training

    from visualizing import augmentations

    publish([augmentations.draw(training)])


@main.command(
    "explain", cls=Command, epilog=_examples("explain docs/seven.jpg", "explain docs/seven.jpg --model runs/latest")
)
@click.argument("picture", type=click.Path(readable=False, allow_dash=True))
@_READER
@_saving
def explain_command(publish: "Publish", picture: str, model: Path | None) -> None:
    """How a picture was read, and which pixels the answer depends on.

    From the picture, through the ink that was found and the 28 × 28 pixels that the model saw, to the probabilities.
    Saves explain-NAME.png.

    The pixels are found by occlusion (Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901).
    """
    from visualizing import explain, network

    found = network.find(model)
    click.echo(f"Model: {found}")
    publish([explain.draw(picture, found)])


if __name__ == "__main__":
    main()
