PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-slow test-large lint format generated docs clean

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

$(VENV)/installed-lint: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[test,lint]'
	touch $@

$(VENV)/installed-docs: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	touch $@

demo: $(VENV)/installed
	$(BIN)/percept-adv demo -o out/

# A process for each core; a file's tests stay together, as they share what is slow to make.
test: $(VENV)/installed-test
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m "not large and not slow"

test-slow: $(VENV)/installed-test
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m slow

test-large: $(VENV)/installed-test
	$(BIN)/python -m pytest -m large

lint: $(VENV)/installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	mkdir -p build/packages
	ln -sfn ../../cli build/packages/percept_adv_cli
	ln -sfn ../../models build/packages/percept_adv_models
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/installed-lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What is made from declarations: pages of docs/, types of functions, names for help.
generated: $(VENV)/installed
	$(BIN)/python -m percept_adv.attacks.documentation page > docs/attacks.md
	$(BIN)/python -m percept_adv.attacks.documentation stub > percept_adv/attacks/__init__.pyi
	$(BIN)/python -m percept_adv.attacks.documentation names > cli/shared/attack_names.py

# The site, with every example of its gallery run; a warning is an error.
docs: $(VENV)/installed-docs
	MPLBACKEND=Agg NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) out site
