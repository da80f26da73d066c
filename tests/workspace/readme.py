"""What the documentation tells its readers to type, and what it says that comes of it: README.md and other pages."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

# A fenced block, a heading, an indented command, or a span of code in the text.
_PARTS = re.compile(
    r"^```(?P<language>\w*)\n(?P<block>(?s:.*?))^```$"
    r"|^\#+[ ](?P<heading>.*)$"
    r"|^[ ]{4}(?P<indented>(?:uv|git|cd)[ ].*)$"
    r"|`(?P<span>[^`]+)`",
    re.MULTILINE,
)
# In the text, `uv sync` is a command's name; what runs or adds something by name is there to be typed. With … or <Tab>
# in it, it is a pattern.
_TYPED = re.compile(r"uv (run|add) (?!--with$)\S[^…<]*")


class Command(NamedTuple):
    """A command: the section that it stands in, its one line, its comment, and the lines that it prints there."""

    section: str
    text: str
    comment: str = ""
    output: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """As a shell sees it; `<`, `>` and `|` are words of their own, patterns of names stay as they are."""
        lexer = shlex.shlex(self.text, posix=True, punctuation_chars="<>|")
        lexer.whitespace_split = True
        lexer.commenters = ""
        return list(lexer)


def commands() -> list[Command]:
    """All commands in their order; one that a section has twice is there once."""
    found = [command for page in PAGES for command in _commands_of(page)]
    return list(dict.fromkeys(command for command in found if command.text))


def _commands_of(page: Path) -> Iterator[Command]:
    section = page.name
    for part in _PARTS.finditer(_text(page)):
        if part["heading"]:
            section = f"{page.name}: {part['heading']}"
        elif part["language"] == "sh":
            joined = part["block"].replace("\\\n", " ")
            yield from (Command(section, *_split(line)) for line in joined.splitlines())
        elif part["language"] == "console":
            for session in re.split(r"^\$ ", part["block"], flags=re.MULTILINE)[1:]:
                line, *output = session.splitlines()
                yield Command(section, *_split(line), tuple(output))
        elif part["indented"]:
            yield Command(section, *_split(part["indented"]))
        elif part["span"] and _TYPED.fullmatch(span := " ".join(part["span"].split())):
            yield Command(section, span)


def blocks(language: str) -> list[str]:
    """The fenced blocks in a language."""
    return [part["block"] for page in PAGES for part in _PARTS.finditer(_text(page)) if part["language"] == language]


def labels() -> str:
    """The labels.csv that docs/scoring.md has as an example."""
    text = _text(ROOT / "docs" / "scoring.md")
    (found,) = re.findall(r"(?:^ {4}.*,.*\n)+", text.split("`labels.csv`", 1)[1].split("\n| ", 1)[0], re.MULTILINE)
    return re.sub(r"^ {4}", "", found, flags=re.MULTILINE)


def spans(program: str) -> list[str]:
    """What the text says of a program and its options, as in `train --model best`."""
    inline = (" ".join(part["span"].split()) for page in PAGES for part in _PARTS.finditer(_text(page)) if part["span"])
    return [span for span in inline if span.startswith(f"{program} --")]


def links() -> list[tuple[Path, str]]:
    """Each page with each place in the project that it links to or shows."""
    links = [
        (page, link)
        for page in [*PAGES, *ROOT.glob("packages/*/README.md")]
        for link in re.findall(r"\]\(([^)\s]+)\)", _text(page))
    ]
    return list(dict.fromkeys((page, link) for page, link in links if "://" not in link))


def anchors(page: Path) -> set[str]:
    """The names of a page's headings in links."""
    headings = [part["heading"] for part in _PARTS.finditer(_text(page)) if part["heading"]]
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def shape(line: str) -> re.Pattern[str]:
    """A line as a page has it, whatever its numbers are in another run: columns get wider, and two threads one.

    What is more than 99.9 % on the page may be less in that run, or the other way round.
    """

    def part(token: str) -> str:
        if token[0].isdigit():
            return r"(?:[<>] )?\d[\d,.]*"
        if token.isspace():
            return r"\s+"
        return "█+" if token[0] == "█" else re.sub(r"s\b", "s?", re.escape(token))

    line = re.sub(r"[<>] (?=\d)", "", line)
    return re.compile("".join(map(part, re.findall(r"\d[\d,.]*\d|\d|\s+|█+|[^\d\s█]+", line))))


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _split(line: str) -> tuple[str, str]:
    """A line without its comment, with single spaces; and the comment."""
    text, _, comment = f" {line}".partition(" # ")
    return " ".join(text.split()), comment.strip()
