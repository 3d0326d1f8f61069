"""A challenger as files that load without unpickling anything, and are refused where a byte or a type is not as it was saved."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import zipfile
from collections.abc import Mapping
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import Any

from xgboost import XGBClassifier

from scorecard.calibration import Calibration
from scorecard.challengers.encoding import Encoder
from scorecard.challengers.tuned import Tuned
from scorecard.errors import DataError, GovernanceError, SettingsError
from scorecard.points import Scaling

FORMAT = 1
DESCRIPTION = "challenger.json"
LIBRARIES = ("numpy", "scikit-learn", "skops", "xgboost")
NAMED = re.compile(r'("__id__": |"file": ")(\d+)')
# Types that skops does not know to be harmless. Each was read: none runs what a file names, beyond building itself.
TRUSTED = (
    "functools.partial",  # of check_array, in histogram boosting's own preparation of levels; what it calls must be trusted too
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils.validation.check_array",
)


def save(tuned: Tuned, folder: Path) -> dict[str, Path]:
    """Write a challenger; return the paths of its files by name.

    XGBoost writes its own JSON; the others go through skops, which builds trusted types only. The description holds encoder,
    calibration and settings, and the hash of the model's file.

    Raises
    ------
    SettingsError
        Where the estimator holds a type that would not load.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = _save_xgboost(tuned, folder) if isinstance(tuned.estimator, XGBClassifier) else _save_skops(tuned, folder)
    described = {
        "format": FORMAT,
        "name": tuned.name,
        "model": model.name,
        "model_sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "settings": dict(tuned.settings),
        "least": tuned.least,
        "rows": tuned.rows,
        "scaling": vars(tuned.scaling),
        "calibration": tuned.calibration.to_dict(),
        "encoder": tuned.encoder.to_dict(),
    }
    target = folder / DESCRIPTION
    whole = described | {"sha256": _own_sha256(described)}
    target.write_text(json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    return {"challenger": target, "model": model}


def load(described: Path) -> Tuned:
    """Read what `save` wrote: the description, and the model's file beside it.

    Raises
    ------
    DataError
        Where a file is missing or is no description.
    GovernanceError
        Where a file is not the one that was saved, or holds a type that is not trusted.
    """
    content = _described(described)
    model = described.parent / Path(str(content["model"])).name
    if not model.is_file():
        raise DataError(f"{model} is missing; expected the model of {described}. Copy both files.")
    _refuse_changed(model, hashlib.sha256(model.read_bytes()).hexdigest(), content["model_sha256"])
    return Tuned(
        content["name"],
        _load_skops(model) if model.suffix == ".skops" else _load_xgboost(model),
        Encoder.from_dict(content["encoder"]),
        content["settings"],
        content["least"],
        content["rows"],
        Scaling(**content["scaling"]),
        Calibration.from_dict(content["calibration"]),
    )


def sha256(files: Mapping[str, Path]) -> str:
    """Return the hash of a saved challenger: that of its description, which holds the model's and its own."""
    return str(_described(files["challenger"])["sha256"])


def size(tuned: Tuned) -> int:
    """Return the bytes of a challenger's files."""
    with tempfile.TemporaryDirectory() as folder:
        return sum(path.stat().st_size for path in save(tuned, Path(folder)).values())


def _described(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as JSON; expected the description of a challenger. Check the path.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataError(f"{path} is no description of a challenger of format {FORMAT}. Check the path, or the kit's version.")
    _refuse_changed(path, _own_sha256(content), content.get("sha256"))
    return content


def _own_sha256(described: Mapping[str, Any]) -> str:
    """Return the hash of a description, whatever its order and spaces, without the hash that it holds of itself."""
    bare = {key: value for key, value in described.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()


def _refuse_changed(path: Path, found: str, written: object) -> None:
    if found != written:
        raise GovernanceError(
            f"{path} has the hash {found[:12]}; expected {str(written)[:12]}, as it was saved. Take the original files."
        )


def _save_xgboost(tuned: Tuned, folder: Path) -> Path:
    path = folder / "model.json"
    tuned.estimator.save_model(path)
    return path


def _load_xgboost(path: Path) -> Any:
    estimator = XGBClassifier()
    estimator.load_model(path)
    return estimator.set_params(n_jobs=1)


def _save_skops(tuned: Tuned, folder: Path) -> Path:
    import skops.io  # noqa: PLC0415  half a second that XGBoost alone does not need

    path = folder / "model.skops"
    path.write_bytes(_canonical(skops.io.dumps(tuned.estimator)))
    if unknown := sorted(set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED)):
        path.unlink()
        raise SettingsError(
            f"The challenger {tuned.name} holds {', '.join(unknown)}; expected types that are known to be harmless. "
            "Read their code, then add them to TRUSTED in challengers/files.py."
        )
    return path


def _canonical(archive: bytes) -> bytes:
    """Return skops's archive without what varies between equal runs: times, and addresses in memory that it takes for names."""
    with zipfile.ZipFile(BytesIO(archive)) as found:
        content = {name: found.read(name) for name in found.namelist()}
    schema = content.pop("schema.json").decode("utf-8")
    addresses = dict.fromkeys(NAMED.findall(schema))
    number = {address: str(place) for place, (_, address) in enumerate(addresses)}
    renamed = {number[name.partition(".")[0]] + "." + name.partition(".")[2]: body for name, body in content.items()}
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        made.writestr(_entry("schema.json"), NAMED.sub(lambda each: each[1] + number[each[2]], schema))
        for name in sorted(renamed):
            made.writestr(_entry(name), renamed[name])
    return written.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


def _load_skops(path: Path) -> Any:
    import skops.io  # noqa: PLC0415

    if unknown := sorted(set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED)):
        raise GovernanceError(
            f"{path} holds {', '.join(unknown)}, which is not trusted; nothing of it was built. Take the original files."
        )
    return skops.io.load(path, trusted=list(TRUSTED))
