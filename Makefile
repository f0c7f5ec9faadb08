# Thin: meson does the work. `make run` is all a newcomer needs.
MAKEFLAGS += --no-print-directory
.PHONY: run build test bench fuzz soak check format deb clean install-tools

RELEASE = -Dbuildtype=debugoptimized -Dassets=$(CURDIR)/build/web

run: build
	@tools/run $(ARGS)

build: install-tools
	@tools/web build/web
	@tools/build build $(RELEASE) wuxing

test: install-tools
	@tools/test $(ARGS)

bench: install-tools
	@tools/web build/web
	@tools/bench $(BENCH)

fuzz: install-tools
	@tools/fuzz $(FUZZ)

soak: build
	@tools/soak $(ARGS)

check: install-tools
	@tools/check
	@npm run --silent check

format:
	@tools/format

deb: build
	@tools/deb build

clean:
	rm -rf build build-test build-fuzz

install-tools:
	@tools/install
