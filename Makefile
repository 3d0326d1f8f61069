# Needs git, make and Python 3.11, 3.12 or 3.13 with venv and pip. Everything else goes into .venv.

PYTHON ?= python3
UV ?= uv
ARGS ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

export DO_NOT_TRACK := true
export MLFLOW_DISABLE_TELEMETRY := true

.DEFAULT_GOAL := help
.PHONY: help run test verify check catalogue bench lab mlflow system lock wheelhouse clean

define SUPPORTED
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    name, version = sys.argv[1], "%d.%d" % sys.version_info[:2]
    sys.exit("scorecard-kit needs Python 3.11, 3.12 or 3.13; %s is %s. Name another: make PYTHON=python3.12" % (name, version))
endef
export SUPPORTED

# XGBoost loads NVIDIA's library only to train on several GPUs; it takes up to half a gigabyte.
define WITHOUT_GPU
import pathlib, re
blocks = re.findall(r"^\S.*(?:\n .*)*\n", pathlib.Path("requirements.lock").read_text(), re.MULTILINE)
print("".join(block for block in blocks if not block.startswith("nvidia-")), end="")
endef
export WITHOUT_GPU

# pip before 23.3 looks for `pandas` where another package asks for it, and does not find it under `pandas[parquet]`.
define REPEAT_WITHOUT_EXTRAS
import pathlib, re
lock = pathlib.Path("requirements.lock")
block = re.compile(r"^([a-z0-9-]+)\[.*?\](==.*(?:\n .*)*\n)", re.MULTILINE)
lock.write_text(block.sub(lambda found: found.group(1) + found.group(2) + found.group(0), lock.read_text()))
endef
export REPEAT_WITHOUT_EXTRAS

# Extras that few need have locks of their own, so that nobody else installs them.
APART := spark pmml bench
define WITHOUT_LOCKED
import pathlib, re, sys
blocks = {name: re.findall(r"^\S.*(?:\n .*)*\n", pathlib.Path(name).read_text(), re.MULTILINE) for name in ("requirements.lock", sys.argv[1])}
known = {re.match(r"[\w.-]+", block)[0] for block in blocks["requirements.lock"]}
kept = [block for block in blocks[sys.argv[1]] if re.match(r"[\w.-]+", block)[0] not in known]
pathlib.Path(sys.argv[1]).write_text("".join(kept))
endef
export WITHOUT_LOCKED
define EXTRA
import sys, tomllib
print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"][sys.argv[1]]))
endef
export EXTRA

help: ## Show what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

run: .venv/.installed ## Install, then run the main job: pipelines/taiwan.yaml
	@$(BIN)/scorecard run pipelines/taiwan.yaml

test: .venv/.installed ## Install, then run the tests on small samples
	@$(BIN)/python -m pytest -m "not full" -n 2 --dist loadfile $(ARGS)

verify: check .venv/.spark .venv/.pmml ## Check, then run every test at full size and in every engine; a skipped test fails
	@SCORECARD_REQUIRE=all $(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: .venv/.installed ## Check style, types and layers
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

catalogue: .venv/.installed ## Write docs/tests.md, the catalogue of the validation tests, from the code
	@$(BIN)/python -m scorecard.validation.catalogue

bench: .venv/.bench ## Measure time and memory of the main job, of binning, fitting and scoring beside their peers, and of the validation suite
	@$(BIN)/python benchmarks/main_job.py $(ARGS)
	@$(BIN)/python benchmarks/binning.py
	@$(BIN)/python benchmarks/fit.py
	@$(BIN)/python benchmarks/scoring.py
	@$(BIN)/python benchmarks/validation.py

lab: .venv/.installed ## Open the notebooks in JupyterLab, on this machine only
	@$(BIN)/scorecard lab $(ARGS)

mlflow: .venv/.installed ## Show runs and models in MLflow at http://127.0.0.1:5000
	@$(BIN)/scorecard mlflow $(ARGS)

system: ## Install the Debian packages of packages.txt, which some tests and exports need
	@missing=; for name in $$(sed 's/#.*//' packages.txt); do \
		dpkg -s "$$name" 2>/dev/null | grep -q '^Status: install ok installed' || missing="$$missing $$name"; \
	done; \
	test -n "$$missing" || { echo "All of packages.txt is installed."; exit 0; }; \
	command -v apt-get >/dev/null || { echo "There is no apt-get here: install what packages.txt names in your system's own way." >&2; exit 1; }; \
	as_root=; test "$$(id -u)" = 0 || as_root=sudo; \
	$$as_root apt-get update -qq && $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $$missing

lock: ## Write the requirements*.lock files from pyproject.toml (needs uv); ARGS=--upgrade takes newer versions
	@$(UV) pip compile pyproject.toml --quiet --extra dev --universal --python-version 3.11 --generate-hashes --no-strip-extras \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements.lock $(ARGS)
	@$(PYTHON) -c "$$REPEAT_WITHOUT_EXTRAS"
	@for extra in $(APART); do \
		$(PYTHON) -c "$$EXTRA" $$extra | $(UV) pip compile - --quiet --constraints requirements.lock --universal --python-version 3.11 \
			--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements-$$extra.lock $(ARGS) || exit 1; \
		$(PYTHON) -c "$$WITHOUT_LOCKED" requirements-$$extra.lock; \
	done

wheelhouse: .venv/.installed ## Collect every wheel for a machine without network
	@rm -rf wheelhouse && mkdir wheelhouse
	@$(BIN)/python -c "$$WITHOUT_GPU" > wheelhouse/requirements.lock
	@$(PIP) download --no-deps --require-hashes --only-binary :all: --dest wheelhouse -r wheelhouse/requirements.lock
	@$(BIN)/python -m build --wheel --no-isolation --quiet --outdir wheelhouse .
	@echo "wheelhouse/ is complete. On the other machine: PIP_NO_INDEX=1 PIP_FIND_LINKS=wheelhouse make run"

clean: ## Remove what make made; mlruns/ stays
	@rm -rf .venv wheelhouse dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written last, so an interrupted step is done again. A changed lock makes a fresh environment.
.venv/.packages: requirements.lock
	@$(PYTHON) -c "$$SUPPORTED" "$(PYTHON)"
	@echo "Installing the packages of requirements.lock into .venv. This happens once and takes some minutes."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -c "$$WITHOUT_GPU" > .venv/requirements.lock
	@$(PIP) install --compile --no-deps --require-hashes -r .venv/requirements.lock
	@touch $@

# PySpark is half a gigabyte and published as source, which setuptools of the lock builds.
.venv/.%: requirements-%.lock .venv/.installed
	@$(PIP) install --no-deps --no-build-isolation --require-hashes -r $<
	@touch $@

.venv/.installed: .venv/.packages pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@
