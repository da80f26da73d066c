"""A new artifact: in its place whole or not at all, and over nothing."""

import shutil
from pathlib import Path

import pytest

from mnist_core import artifact, models, placing
from mnist_core.errors import ArtifactError


def test_writing_puts_all_in_place_at_once(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "run"

    with placing.writing(target, tmp_path / "scratch") as folder:
        (folder / "file").write_text("contents")
        assert not target.exists()

    assert (target / "file").read_text() == "contents"
    assert list(target.parent.iterdir()) == [target]
    assert not (tmp_path / "scratch").exists()


def test_what_a_killed_process_has_left_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / "half").touch()

    with placing.writing(tmp_path / "run", tmp_path / "scratch") as folder:
        (folder / "whole").touch()

    assert [path.name for path in (tmp_path / "run").iterdir()] == ["whole"]


def test_writing_into_an_empty_folder_is_fine(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()

    with placing.writing(tmp_path / "run", tmp_path / "scratch") as folder:
        (folder / "file").touch()

    assert (tmp_path / "run" / "file").exists()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_writing_leaves_nothing(error: type[BaseException], tmp_path: Path) -> None:
    def write_half() -> None:
        with placing.writing(tmp_path / "run", tmp_path / "scratch") as folder:
            (folder / "half").touch()
            raise error

    with pytest.raises(error):
        write_half()

    assert list(tmp_path.iterdir()) == []


def test_what_appeared_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "run"

    def write_late() -> None:
        with placing.writing(target, tmp_path / "scratch"):
            target.mkdir()
            (target / "precious").write_text("mine")

    with pytest.raises(ArtifactError, match="exists and is not empty"):
        write_late()

    assert (target / "precious").read_text() == "mine"


@pytest.mark.parametrize("target", [".", "..", "../.."])
def test_the_current_folder_is_no_target(target: str) -> None:
    with pytest.raises(ArtifactError, match="is the folder you are in, or holds it"):
        placing.check_free(Path(target))


def test_a_path_that_no_system_takes_is_named() -> None:
    with pytest.raises(ArtifactError, match="File name too long"):
        placing.writing(Path("long" * 100), Path("scratch")).__enter__()


def test_a_place_that_cant_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ArtifactError, match=r"run can't be (written|used): (Not a directory|File exists)\. Choose"):
        placing.writing(tmp_path / "file" / "run", tmp_path / "scratch").__enter__()


def test_latest_points_at_the_newest_wherever_it_is(tmp_path: Path, run_copy: Path) -> None:
    first = Path("runs") / "first"
    shutil.copytree(run_copy, first)

    placing.point_latest(first)
    assert artifact.locate(None).resolve() == first.resolve()
    placing.point_latest(run_copy)

    assert artifact.locate(None).resolve() == run_copy.resolve()
    assert models.load(artifact.locate(None))[1] == artifact.read_metadata(run_copy)
    assert sorted(path.name for path in Path("runs").iterdir()) == ["first", "latest"]


def test_latest_is_a_text_file_where_links_are_not_allowed(run_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *arguments: object, **options: object) -> None:
        raise OSError("A required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refuse)

    placing.point_latest(run_copy)

    assert (Path("runs") / "latest").is_file()
    for asked in (None, Path("runs") / "latest"):
        assert artifact.locate(asked).resolve() == run_copy.resolve()


def test_a_folder_named_latest_is_left_alone(run_copy: Path) -> None:
    (Path("runs") / "latest").mkdir(parents=True)
    (Path("runs") / "latest" / "precious").touch()

    with pytest.raises(ArtifactError, match="is a folder"):
        placing.point_latest(run_copy)

    assert (Path("runs") / "latest" / "precious").exists()
