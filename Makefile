# What there is to type. Everything runs in .venv, which the first command makes.
PYTHON ?= python3
ARGS ?=
ONLY ?=
TORCH_INDEX ?=

# The stamps carry a checksum of what was installed and where, so that a change of either installs again.
KEY := $(shell (cat pyproject.toml constraints.txt; pwd) | cksum | cut -d' ' -f1)
NODE_KEY := $(shell cksum < tools/node/package-lock.json | cut -d' ' -f1)
PY := .venv/bin/python
INSTALL := $(PY) -m pip install --disable-pip-version-check -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

.PHONY: help lab test lint notebooks slides handout site bench
.DEFAULT_GOAL := help

help:
	@echo 'make lab                 install the course into .venv and open JupyterLab on chapter 00'
	@echo '                         ARGS="--no-browser --port 9999" is passed on to JupyterLab'
	@echo '                         TORCH_INDEX=address adds an index for torch, PYTHON=python3.12 chooses a Python'
	@echo 'make test                lint, unit tests, notebooks, browser: everything that must pass (ARGS=lint,unit for some)'
	@echo 'make lint                ruff'
	@echo 'make notebooks           execute chapters/*.py and write their .ipynb (ONLY=04_lstm for one)'
	@echo 'make slides              the chapters as slides, in build/slides (needs npm)'
	@echo 'make handout             equations and conventions on one page, build/handout.pdf (needs npm and Chromium)'
	@echo 'make site                the course as a web page, in build/site, slides and hand-out with it'
	@echo 'make bench               times, ratios to torch, memory (ONLY=cells for one table)'

lab: .venv/.lab-$(KEY)
	@$(PY) -m rnncourse lab $(ARGS)

test: .venv/.test-$(KEY) .venv/.node-$(NODE_KEY)
	@$(PY) -m tests $(ARGS)

lint: .venv/.test-$(KEY)
	@$(PY) -m ruff check .

notebooks: .venv/.test-$(KEY)
	@$(PY) -m tools.notebooks $(ONLY)

slides: .venv/.test-$(KEY) .venv/.node-$(NODE_KEY)
	@$(PY) -m tools.slides $(ONLY)

handout: .venv/.test-$(KEY) .venv/.node-$(NODE_KEY)
	@$(PY) -m tools.handout

site: slides handout
	@$(PY) -m tools.site

bench: .venv/.test-$(KEY)
	@$(PY) -m benchmarks $(ONLY)

$(PY):
	@command -v $(PYTHON) > /dev/null || { echo "No $(PYTHON) here. Install Python 3.11 or later, or name yours: make lab PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "The course needs Python 3.11 or later; $(PYTHON) is `$(PYTHON) -V 2>&1`. Install a newer one and name it: make lab PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "$(PYTHON) cannot make a virtual environment (on Debian and Ubuntu: apt install python3-venv)"; exit 1; }

.venv/.lab-$(KEY): | $(PY)
	@echo "Installing the course into .venv. The first time takes some minutes; later calls take seconds."
	@$(INSTALL) -e .
	@rm -f .venv/.lab-* && touch $@

.venv/.test-$(KEY): | $(PY)
	@echo "Installing the course and what its tests need into .venv. The first time takes some minutes."
	@$(INSTALL) --quiet -e '.[test]'
	@rm -f .venv/.lab-* .venv/.test-* && touch $@ .venv/.lab-$(KEY)

# MathJax, reveal.js and the hub's proxy, in the exact versions of tools/node/package-lock.json.
.venv/.node-$(NODE_KEY): | $(PY)
	@command -v npm > /dev/null || { echo "No npm here: formulas, slides and the hub's test come from it. On Debian and Ubuntu: apt install nodejs npm"; exit 1; }
	@npm ci --prefix tools/node --ignore-scripts --no-audit --no-fund --loglevel=error > /dev/null
	@rm -f .venv/.node-* && touch $@
