"""The misread test images, the surest mistakes first."""

from collections.abc import Iterator

from common.pages import paged
from common.words import count
from visualizing.material import Material
from visualizing.sheet import Picture, Sheet
from visualizing.tiles import PER_PAGE, Tile, page

NAME = "mistakes"
MOST_PAGES = 20


def draw(material: Material, most: int = MOST_PAGES) -> Iterator[Picture]:
    """Draws pages of what was misread.

    Args:
        material: The model and the test images.
        most: How many pages to draw at most.
    """
    test, wrong = material.test, material.wrong
    title = f"{material.network.name} misreads {len(wrong):,} of the {count(len(test), 'test image')} of {test.title}"
    if not len(wrong):
        yield Picture(NAME, title, Sheet(0, title, "There is no mistake to show.").figure, is_first_page=True)
        return
    tiles = [
        Tile(
            test.images[index],
            test.classes[test.labels[index]],
            test.classes[material.answers[index]],
            float(material.probabilities[index].max()),
        )
        for index in wrong[: most * PER_PAGE]
    ]
    for first in range(0, len(tiles), PER_PAGE):
        some = tiles[first : first + PER_PAGE]
        which = f"Mistakes {first + 1:,} to {first + len(some):,}" if len(some) < len(wrong) else ""
        remark = "What it is → what it was read as, and how sure the model was. The surest mistake comes first."
        number = 1 + first // PER_PAGE
        figure = page(some, title, f"{remark} {which}.".removesuffix(" .")).figure
        yield Picture(
            paged(NAME, number), f"{which} of {len(wrong):,}" if first else title, figure, is_first_page=number == 1
        )
