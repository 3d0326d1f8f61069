"""What a bundle leaves behind, and what is refused as one."""

from __future__ import annotations

import hashlib
import json
import zipfile

import pytest

from scorecard.equivalence import Rules
from scorecard.equivalence.manifest import sha256
from scorecard.errors import DataError
from scorecard.jobs import bundle, keeping

ABOUT = {
    "format": bundle.FORMAT, "run": "0" * 32, "name": "x", "steps": [], "started": "2026-01-01T00:00:00+00:00", "tags": {},
    "with_data": False,
}  # fmt: skip


@pytest.fixture
def made(tmp_path):
    """Return a function that writes a bundle of a few files and gives its path."""

    def write(about=None, **files):
        folder = tmp_path / "laid out"
        contents = {"bundle.json": json.dumps(ABOUT | (about or {})), "run/steps.json": "{}"} | files
        for name, content in contents.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        hashes = "".join(f"{sha256(folder / name)}  {name}\n" for name in contents)
        (folder / bundle.HASHES).write_text(hashes)
        bundle.zipped(folder, tmp_path / "b.zip")
        return tmp_path / "b.zip"

    return write


@pytest.mark.parametrize("name", ["01_data.ipynb", "01_data.html", "evidently.html", "breaches.csv", "run.log"])
def test_what_stays_behind_is_not_compared_either(name):
    assert bundle.stays_behind("01_data", name)
    assert Rules().excluding(f"01_data/{name}", "") is not None


@pytest.mark.parametrize("name", ["model_card.html", "scorecard.json", "points.csv", "curve.svg"])
def test_documents_and_figures_without_rows_come_along(name):
    assert not bundle.stays_behind("03_scorecard", name)


def test_a_bundle_is_opened_as_it_was_packed(made, tmp_path):
    opened = bundle.opened(made(), tmp_path / "opened")
    assert opened.about == ABOUT
    assert (opened.folder / "run" / "steps.json").read_text() == "{}"


def test_equal_folders_give_equal_bytes(made):
    first = made().read_bytes()
    assert made().read_bytes() == first


@pytest.mark.parametrize(
    "about",
    [
        {"format": "scorecard-bundle/9"},
        {"name": "../../x"},
        {"name": "/x"},
        {"steps": ["../x"]},
        {"steps": None},
        {"tags": None},
        {"tags": []},
    ],
)
def test_another_format_and_names_that_lead_elsewhere_are_refused(about, made, tmp_path):
    with pytest.raises(DataError, match="is not a bundle of format"):
        bundle.opened(made(about), tmp_path / "opened")


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04"])
def test_what_is_no_zip_is_refused(content, tmp_path):
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(DataError, match="is not a bundle of format"):
        bundle.opened(tmp_path / "b.zip", tmp_path / "opened")


def test_a_file_that_is_to_lie_elsewhere_is_not_unpacked(made, tmp_path):
    path = made()
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../evil.txt", "x")
        archive.writestr(str(tmp_path / "evil.txt"), "x")
    (tmp_path / "deep").mkdir()
    bundle.opened(path, tmp_path / "deep" / "opened")
    assert list(tmp_path.rglob("evil.txt")) == []


def test_a_damaged_file_is_named(made, tmp_path):
    path = made(**{"run/a.csv": "some,rows\n1,2\n"})
    path.write_bytes(path.read_bytes().replace(b"some,rows", b"some,rowz"))
    opened = bundle.opened(path, tmp_path / "opened")
    assert [each.values for each in bundle.damages(opened)] == [{"file": "run/a.csv"}]


def added(path, name, content=b"raise SystemExit"):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["json.py", "notebooks/typer.py", "run/01_data/more.csv", "mlruns/mlflow.db", ".origin.json"])
def test_a_file_that_is_not_listed_is_named(name, made, tmp_path):
    opened = bundle.opened(added(made(), name), tmp_path / "opened")
    assert [(each.key, each.values) for each in bundle.damages(opened)] == [("rerun.missing.added", {"file": name})]


def test_an_empty_list_of_hashes_vouches_for_nothing(made, tmp_path):
    path = made()
    (tmp_path / "laid out" / bundle.HASHES).write_text("")
    bundle.zipped(tmp_path / "laid out", path)
    found = bundle.damages(bundle.opened(path, tmp_path / "opened"))
    assert {each.values["file"] for each in found} == {"bundle.json", "run/steps.json"}


def test_a_list_that_names_a_file_outside_the_bundle_finds_it_gone(made, tmp_path):
    path = made()
    hashes = tmp_path / "laid out" / bundle.HASHES
    hashes.write_text(hashes.read_text() + f"{sha256(path)}  ../b.zip\n")
    bundle.zipped(tmp_path / "laid out", path)
    assert [each.values for each in bundle.damages(bundle.opened(path, tmp_path / "opened"))] == [{"file": "../b.zip"}]


SEALED = hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("steps", [[], ["02"], ["02", "01"], ["01", "02", "03"]])
def test_steps_that_are_not_those_of_the_run_are_found(steps, made, tmp_path):
    """The run's own list of steps is under its anchor, and what the bundle says of itself is not."""
    about = {"tags": {keeping.ANCHOR: SEALED}, "steps": steps}
    files = {"run/artefacts.sha256": "", "run/steps.json": json.dumps({"01": SEALED, "02": SEALED})}
    files |= {f"run/{step}/artefacts.sha256": "" for step in ("01", "02")}
    opened = bundle.opened(made(about, **files), tmp_path / "opened")
    assert [each.values for each in bundle.damages(opened)] == [{"file": "bundle.json"}]
    right = bundle.opened(made(about | {"steps": ["01", "02"]}, **files), tmp_path / "right")
    assert bundle.damages(right) == []


def packed(folder, path, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for each in sorted(folder.rglob("*")):
            archive.write(each, each.relative_to(folder))
    return path


def test_a_damaged_file_of_a_zip_that_somebody_compressed_is_named(made, tmp_path):
    made(**{"run/a.csv": "".join(f"{n * n % 97}," for n in range(2_000))})
    path = packed(tmp_path / "laid out", tmp_path / "deflated.zip")
    content = bytearray(path.read_bytes())
    start = content.index(b"run/a.csv") + len("run/a.csv")
    content[start : start + 40] = b"\xff" * 40
    path.write_bytes(content)
    opened = bundle.opened(path, tmp_path / "opened")
    assert [each.values for each in bundle.damages(opened)] == [{"file": "run/a.csv"}]


def test_a_zip_with_a_password_is_refused(made, tmp_path):
    path = made()
    content = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := content.find(signature, at + 1)) >= 0:
            content[at + flags] |= 1  # encrypted
    path.write_bytes(content)
    with pytest.raises(DataError, match="is not a bundle of format"):
        bundle.opened(path, tmp_path / "opened")


def test_a_folder_that_is_no_bundle_is_not_copied(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "large.parquet").touch()
    with pytest.raises(DataError, match="is not a bundle of format"):
        bundle.opened(tmp_path / "folder", tmp_path / "opened")
    assert not (tmp_path / "opened").exists()
