# Two commands on a fresh machine: `make demo` and `make test`. They need Python 3.11 or newer and make.
PYTHON ?= python3
PIP = .venv/bin/python -m pip --disable-pip-version-check

.PHONY: demo test check format docs bench records soak fuzz audit lock clean

demo: .venv/demo.stamp  ## train on the bundled MNIST, print the accuracy, read a real picture
	.venv/bin/numpen train --out .venv/demo.numpen
	.venv/bin/numpen predict --model .venv/demo.numpen docs/pictures/photo-of-a-seven.png

test: .venv/test.stamp  ## the tests
	.venv/bin/python -m pytest -n auto --dist loadfile

check: .venv/test.stamp  ## what a change must pass besides the tests: style, types, the order of the rooms
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: .venv/test.stamp  ## put the code in shape
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

docs: .venv/test.stamp  ## the site, in docs/_build/html
	.venv/bin/sphinx-build -W --keep-going -q docs docs/_build/html

records: .venv/test.stamp  ## the accuracy table; hours, and it goes on where it was ended
	.venv/bin/python -m benchmarks.records fast convnet-fast mlp-best convnet convnet-best distilled committee

soak: .venv/test.stamp  ## killed, interrupted and starved at random moments; about two hours
	.venv/bin/python -m tests.long.kills --kills 500
	.venv/bin/python -m tests.long.signals --moments 10
	.venv/bin/python -m tests.long.search_kills --kills 10
	.venv/bin/python -m tests.long.cluster_kills --runs 20 --shards 200
	.venv/bin/python -m tests.long.three_hosts --pictures 2000
	.venv/bin/python -m tests.long.lab_crowd --clients 200 --seconds 60
	.venv/bin/python -m tests.long.lab_soak --minutes 60
	.venv/bin/python -m tests.long.faults
	.venv/bin/python -m pytest tests/long/real_disk.py

fuzz: .venv/test.stamp  ## a million altered models, and files of every format; about an hour
	.venv/bin/python -m tests.long.fuzz --files 1000000 --checkpoints 20000
	.venv/bin/python -m tests.long.mutate_datasets 50000 20000
	.venv/bin/python -m tests.long.mutated_weights
	.venv/bin/python -m tests.long.lying_headers
	.venv/bin/python -m tests.long.hostile_pictures --pictures 1000
	.venv/bin/python -m tests.long.many_pictures --pictures 10000 --broken 137
	.venv/bin/python -m tests.long.lab_fuzz --requests 5000

audit: .venv/test.stamp  ## is any of the locked requirements known to be unsafe? asks the package index
	$(PIP) install --quiet pip-audit
	.venv/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.lock -r requirements-dev.lock

bench: .venv-bench/stamp  ## every speed and accuracy figure of the README; needs PyTorch and scikit-learn
	.venv-bench/bin/python -m benchmarks

lock: .venv/test.stamp  ## renew the locked requirements
	$(PIP) install --quiet uv
	.venv/bin/uv pip compile $(LOCKED) --group build -o requirements.lock
	.venv/bin/uv pip compile $(LOCKED) --all-extras --group build --group dev --group docs -o requirements-dev.lock
LOCKED = pyproject.toml --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

clean:
	rm -rf .venv .venv-bench docs/_build .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.venv/demo.stamp: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or newer, got %s: make PYTHON=python3.13" % sys.version.split()[0])'
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	touch $@

.venv/test.stamp: requirements-dev.lock .venv/demo.stamp
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	touch $@

.venv-bench/stamp: benchmarks/requirements.txt pyproject.toml
	test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet -r benchmarks/requirements.txt
	.venv-bench/bin/python -m pip install --quiet --editable .
	touch $@
