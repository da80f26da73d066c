"""The tour is run as a reader runs it, cell by cell in a kernel of its own, far from the repository."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image, ImageDraw

from mnist_core import registry
from support import write_dataset

TOUR = Path(__file__).parents[2] / "notebooks" / "tour.ipynb"


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels have a network that is down, one thread, and nobody's settings of IPython and Jupyter."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "jupyter"))


def opened() -> nbformat.NotebookNode:
    """The tour as it is committed."""
    tour: nbformat.NotebookNode = nbformat.read(TOUR, as_version=4)  # type: ignore[no-untyped-call]
    return tour


def executed(folder: Path, picture: str = "") -> nbformat.NotebookNode:
    """The tour after a run in a folder, with a picture of the reader's own if one is named."""
    tour = opened()
    if picture:
        (cell,) = [cell for cell in tour.cells if 'MINE = ""' in cell.source.splitlines()]
        cell.source = cell.source.replace('MINE = ""', f'MINE = "{picture}"')
    NotebookClient(tour, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()  # a cell's error is ours
    return tour


def printed(tour: nbformat.NotebookNode) -> str:
    """All that was printed."""
    outputs = [output for cell in tour.cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.output_type == "stream")


def pictures(tour: nbformat.NotebookNode) -> set[str]:
    """The names of the cells that show a picture."""
    return {
        cell.id
        for cell in tour.cells
        for output in cell.get("outputs", [])
        if output.output_type in ("execute_result", "display_data") and "image/png" in output.data
    }


def accuracy(text: str) -> float:
    """Of the test images, in percent."""
    found = re.search(r"([\d.]+)% of the [\d,]+ test images are read right", text)
    assert found, text
    return float(found[1])


def test_without_mnist_and_network_the_tour_reads_the_digit_that_it_draws(tmp_path: Path, kernel: None) -> None:
    tour = executed(tmp_path)

    text = printed(tour)
    assert "scikit-learn" in text
    assert "digits: 1,294 images train" in text
    assert accuracy(text) > 90
    assert "The model that ships: 7 (" in text
    assert "The model that ships: It does not look like a digit" in text
    shown = {"sheet", "chart_of_training", "worst", "first_layer"}
    assert pictures(tour) == shown | {"drawing", "tracing", "what_it_sees", "shipped", "no_digit"}


def test_from_the_notebooks_folder_the_tour_finds_the_projects_data_and_the_readers_picture(
    tmp_path: Path, kernel: None
) -> None:
    write_dataset(tmp_path / "data", registry.SOURCES["mnist"])
    zero = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(zero).ellipse((60, 40, 140, 160), outline=0, width=12)
    zero.save(tmp_path / "mine.png")
    (tmp_path / "notebooks").mkdir()
    shutil.copy(TOUR, tmp_path / "notebooks")

    text = printed(executed(tmp_path / "notebooks", picture="mine.png"))

    assert "MNIST: 540 images train, 60 validate, 200 test" in text
    assert accuracy(text) > 80
    assert "The model that ships: 0 (" in text


def test_it_is_committed_as_if_it_had_never_been_run() -> None:
    tour = opened()
    nbformat.validate(tour)

    cells = [cell for cell in tour.cells if cell.cell_type == "code"]
    assert cells
    for cell in cells:
        assert not cell.outputs, cell.id
        assert cell.execution_count is None, cell.id
    assert not any(cell.metadata for cell in tour.cells)
    assert set(tour.metadata) == {"kernelspec", "language_info"}
