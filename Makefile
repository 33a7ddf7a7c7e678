# Larder's daily commands; `make help` lists them. CMake and Ninja do the building.
.DEFAULT_GOAL := help
.PHONY: help run build test test-unit test-e2e bench bench-clear bench-memory bench-expiry bench-snapshot bench-hitratio docs format tidy asan tsan fuzz clean

# Options for the server: make run ARGS="--port 6400"
ARGS ?=
# Options for pytest: make test-e2e PYTEST_ARGS="-k flask"
PYTEST_ARGS ?=
# Seconds for each fuzz target: make fuzz SECONDS=600
SECONDS ?= 60

PYTHON := /usr/bin/python3
# Debian's package redis-tools has the server as redis-check-rdb; it is what its name says.
REDIS_SERVER := build/oracle/redis-server
PYTEST := PYTHONDONTWRITEBYTECODE=1 LARDER_E2E_REDIS=$(CURDIR)/$(REDIS_SERVER) $(PYTHON) -m pytest -q

# GCC 12's ThreadSanitizer does not start where the kernel randomizes addresses by many bits.
FIXED_ADDRESSES := setarch --addr-no-randomize

help:  ## Lists these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run:  ## Starts the server; ARGS="--port 6400" passes options on
	@.ci/packages build
	@.ci/build release larder-server
	@echo "Starting build/larder-server $(ARGS)"
	@exec build/larder-server $(ARGS)

build:  ## Builds everything, as build/larder-server and its tests and tools
	@.ci/packages build test
	@.ci/build release all

test: test-unit test-e2e  ## Runs all tests

test-unit: build  ## Runs the unit tests and the checks of the source tree
	ctest --test-dir build --output-on-failure --timeout 900
	$(PYTEST) -p no:cacheprovider tests/include_rule_test.py tests/size_rule_test.py

test-e2e: build $(REDIS_SERVER)  ## Runs the tests with real clients
	$(PYTEST) tests/e2e $(PYTEST_ARGS)

$(REDIS_SERVER):
	@mkdir -p $(@D)
	@ln -sf /usr/bin/redis-check-rdb $@

bench:  ## Compares Larder with redis-server under every load; ARGS="--quick", ARGS="--only get"
	@.ci/packages build test bench
	@.ci/build release benches
	$(PYTHON) bench/compare.py $(ARGS)

bench-clear:  ## Measures how long others wait while a client clears a million keys
	@.ci/packages build test bench
	@.ci/build release benches
	$(PYTHON) bench/clear_stall.py $(ARGS)

bench-memory:  ## Measures the memory per key, and whether maxmemory holds, beside redis-server
	@.ci/packages build test bench
	@.ci/build release benches
	$(PYTHON) bench/memory.py $(ARGS)

bench-expiry:  ## Measures how soon keys that expire together are gone, and who waits meanwhile
	@.ci/packages build test bench
	@.ci/build release benches
	$(PYTHON) bench/expiry.py $(ARGS)

bench-snapshot:  ## Measures who waits, and how much memory grows, while the data is saved
	@.ci/packages build test bench
	@.ci/build release benches
	$(PYTHON) bench/snapshot.py $(ARGS)

bench-hitratio:  ## Measures how often traces miss beside redis-server; ARGS="--trace web07.txt.gz"
	@.ci/packages build test bench
	@.ci/build release benches
	$(PYTHON) bench/hitratio.py $(ARGS)

docs:  ## Writes docs/settings.md, docs/commands.md and docs/info.md anew from their tables
	@.ci/packages build
	@.ci/build release larder-server
	build/larder-server --dump-settings-docs > docs/settings.md
	build/larder-server --dump-commands-docs > docs/commands.md
	build/larder-server --dump-info-docs > docs/info.md

format:  ## Formats the sources
	@.ci/packages check
	git ls-files --cached --others --exclude-standard '*.cc' '*.h' | xargs clang-format-14 -i

tidy:  ## Runs clang-tidy with the short list of .clang-tidy
	@.ci/packages build test check
	@.ci/build debug
	git ls-files 'protocol/*.cc' 'storage/*.cc' 'server/*.cc' | xargs -P "$$(nproc)" -n 4 clang-tidy-14 -p build-debug --quiet --extra-arg=-Wno-unknown-warning-option

asan:  ## Runs the unit tests under AddressSanitizer and UBSan
	@.ci/packages build test
	@.ci/build asan unit-tests
	UBSAN_OPTIONS=print_stacktrace=1 ctest --test-dir build-asan --output-on-failure --timeout 1800

tsan:  ## Runs the unit tests under ThreadSanitizer
	@.ci/packages build test
	@.ci/build tsan unit-tests
	$$($(FIXED_ADDRESSES) true 2> /dev/null && echo $(FIXED_ADDRESSES)) ctest --test-dir build-tsan --output-on-failure --timeout 1800

fuzz:  ## Runs each fuzz target for a while; SECONDS=600 for longer
	@.ci/packages build check
	@.ci/build fuzz fuzz-targets
	@.ci/fuzz $(SECONDS)

clean:  ## Removes all build directories
	rm -rf build build-debug build-asan build-tsan build-fuzz
