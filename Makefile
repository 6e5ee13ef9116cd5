# Everything runs in a virtual environment that these targets create. You need Python 3.11 or later, pip and make.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Every package is in requirements/ with its version and hashes: docs/decisions/0044-lock-file-and-releases.md
LOCKED := $(PIP) --require-hashes --requirement requirements

.PHONY: session test quick check format sound soak bench docs pictures sample messages lock test-python try-install release clean

session: $(VENV)/installed
	@$(BIN)/audio-builder build
	@echo "More: $(BIN)/audio-builder --help"

$(VENV)/bare:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "audio-builder needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 session")'
	@# Debian leaves the module ensurepip out of Python: then the pip that is there installs one
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --quiet --python $(BIN)/python install pip; }
	@touch $@

$(VENV)/installed: $(VENV)/bare pyproject.toml requirements/core.txt
	@echo "Installing audio-builder with its voice and ffmpeg into $(VENV) ..."
	@$(LOCKED)/core.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: $(VENV)/installed requirements/dev.txt
	@echo "Installing the packages that the tests need ..."
	@$(LOCKED)/dev.txt
	@touch $@

# System packages that the tests use as real counterparts, as command:packages. If apt cannot install one, its name is
# printed and the tests that need it fail: a skipped test would count as a missing one.
APT := ffmpeg:ffmpeg strace:strace lame:lame mpg123:mpg123 mp3val:mp3val gpo:gpodder newsboat:newsboat podget:podget cvlc:vlc-bin+vlc-plugin-base chromium:chromium firefox-esr:firefox-esr WebKitWebDriver:webkit2gtk-driver+gstreamer1.0-plugins-good Xvfb:xvfb pulseaudio:pulseaudio npm:npm nginx:nginx caddy:caddy openssl:openssl systemd-analyze:systemd flac:flac opusdec:opus-tools faad:faad mpd:mpd mpc:mpc minidlnad:minidlna

$(VENV)/system: Makefile
	@mkdir -p $(VENV)
	@missing=""; for pair in $(APT); do command -v $${pair%%:*} >/dev/null 2>&1 || missing="$$missing $$(echo $${pair#*:} | tr + ' ')"; done; \
	if [ -n "$$missing" ]; then \
	  echo "Installing system packages for the tests:$$missing"; \
	  SUDO=""; [ "$$(id -u)" = 0 ] || SUDO="sudo -n"; \
	  install="$$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"; \
	  if ! ($$SUDO apt-get update -qq && $$install $$missing) >$(VENV)/apt.log 2>&1; then \
	    failed=""; for one in $$missing; do $$install $$one >>$(VENV)/apt.log 2>&1 || failed="$$failed $$one"; done; \
	    [ -z "$$failed" ] || { echo "Could not install:$$failed. Install them by hand. The last lines of apt were:"; tail -5 $(VENV)/apt.log; }; \
	  fi; \
	fi; \
	touch $@

# axe-core finds accessibility barriers in web pages.
$(VENV)/axe.min.js: | $(VENV)/system
	@npm pack --silent --pack-destination $(VENV) axe-core@4.14.1 >/dev/null && tar -xzf $(VENV)/axe-core-4.14.1.tgz -C $(VENV) --strip-components=1 package/axe.min.js \
	|| echo "Could not fetch axe-core with npm. The accessibility tests of the web pages will fail."
	@touch -c $@

test: $(VENV)/dev $(VENV)/system $(VENV)/axe.min.js # everything: about twenty minutes on two cores
	@rm -f .coverage.*
	@COVERAGE=yes $(BIN)/python -m pytest --numprocesses auto --durations=15 $(ARGS)
	@$(BIN)/python tests/coverage_floor.py

quick: $(VENV)/dev # unit tests and linters: at most a minute on two cores
	@$(BIN)/python -m pytest tests/unit --numprocesses auto $(ARGS)

check: test # formatting, linting, types, architecture and documentation are checked by tests

format: $(VENV)/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

sound: $(VENV)/dev # measures every script, voice and ambience: about forty minutes on two cores
	@$(BIN)/python tests/soak/sound_table.py $(ARGS)

soak: $(VENV)/dev $(VENV)/system # long tests, and new examples for every property: about an hour on two cores
	@$(LOCKED)/soak.txt
	@$(BIN)/python -m pytest tests/soak -s $(ARGS)
	@$(BIN)/python -m pytest tests/unit tests/integration -m hypothesis --hypothesis-profile thorough --numprocesses auto

bench: $(VENV)/dev $(VENV)/system # speed against other tools, on an idle machine: about forty minutes on two cores
	@$(BIN)/python tests/bench/bench.py $(ARGS)

$(VENV)/docs: $(VENV)/installed
	@echo "Installing the packages that build the manual ..."
	@$(PIP) --editable '.[docs]'
	@touch $@

docs: $(VENV)/docs # the manual, as a site that needs no network, into build/manual
	@$(BIN)/python -m sphinx -q -W -E --keep-going -j auto -c docs -d build/manual-doctrees . build/manual
	@echo "Open build/manual/index.html"

sample: $(VENV)/installed # twenty seconds of a session, into docs/sample.mp3
	@$(BIN)/python tests/sample.py

pictures: $(VENV)/dev $(VENV)/system # screenshots of the web pages, into docs/pictures; ARGS=FOLDER: of every state
	@$(BIN)/python tests/pictures.py $(ARGS)

messages: $(VENV)/dev # collects new messages into the catalogues of translators; ARGS=sv: begins one for Swedish
	@$(BIN)/python tests/messages.py $(ARGS)

lock: $(VENV)/dev # writes requirements/ after a change of pyproject.toml; ARGS=--upgrade takes the newest packages
	@$(BIN)/python tools/lock.py $(ARGS)

test-python: # tests the wheel with another Python: make test-python PYTHON=python3.13; ARGS=--newest: not locked
	@$(PYTHON) tools/test_python.py $(ARGS)

try-install: # installs, builds a session and removes, as people do; ARGS="pip pipx uv"
	@$(PYTHON) tools/try_install.py $(ARGS)

release: $(VENV)/dev $(VENV)/system # all but the upload: make release VERSION=0.2.0; ARGS=--dry-run changes nothing
	@$(BIN)/python tools/release.py $(VERSION) $(ARGS)

clean:
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
