# Every entry point of the repository; `make help` explains them. Each target installs what it needs: Debian
# packages through apt (as root or with sudo), npm packages below app/node_modules, everything else below build/.

# make splits lists at spaces, PATH is split at colons, and Buildroot does not build in such a folder either.
ifneq ($(words $(CURDIR))$(findstring :,$(CURDIR))$(findstring ',$(CURDIR))$(findstring ",$(CURDIR)),1)
$(error this checkout lies in "$(CURDIR)", and nothing can be built in a folder whose path has a space, a colon or a \
	quotation mark: move it to one without)
endif

BUILD := build
NODE = $$(sh app/setup/node.sh $(BUILD)/node)
WITH_NODE = export PATH="$(NODE):$$PATH" &&
PACKAGES = sh app/setup/debian-packages.sh
# What writes below build/ does so alone.
LOCKED = sh app/setup/locked.sh $(BUILD) '$(or $(MAKECMDGOALS),help)'
UNLOCKED = @$(LOCKED) $(MAKE) --no-print-directory
# The date of the sources, so that they give the same files whenever they are built.
SOURCE_DATE = SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || stat -c %Y package.json)}
# The packages with an addon (app/packages/native.mk).
NATIVE := $(patsubst %/native/,%,$(sort $(wildcard app/packages/*/native/)))

# The first two need nothing that is built; then the longest first, so that no processor is idle at the end.
TEST_PARTS ?= lint test-fuzz test-install test-image test-packages test-unit test-netns
# Of the Debian packages.
ARCHITECTURES ?= amd64 arm64 armhf
# What runs in the lab, in namespaces of its own, starts there. A program replaces make's shell: a signal that make passes
# on ends it.
IN_LAB = @$(WITH_NODE) exec app/test/harness/run.sh
FROM_SOURCE = @$(WITH_NODE) cd app && exec node --import tsx --conditions=source
RUN_PARTS = $(FROM_SOURCE) test/suite/run.ts

help: ## this text
	@echo 'usage: make TARGET [NAME=value ...]'
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z0-9-]*:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'Settings: LINK=tun|ethernet  HOST_CLIENT=dhclient|dhcpcd  SHELL_NS=host|card|enf  (lab)   KEEP=0|1  (run, lab)'
	@echo '          UPLINK=both|psock|wifi|wire  (run)   IMAGE=FOLDER  (run, test-image)   LISTEN=ADDRESS:PORT  ATTACH=1  (plug)'
	@echo '          LINK  REF='\''command %c'\''  PEER=wireguard|openvpn  PAIRS=5  JSON=1  (bench)'
	@echo '          TEST_PARTS='\''$(TEST_PARTS)'\''  (test)'

doctor: ## what this machine lacks for "make run" and "make test"; changes nothing
	@app/setup/doctor.sh

##@ See it work
run: image $(BUILD)/.packages-lab $(BUILD)/tools/.ready ## a router card in QEMU, plugged into a host that comes online; UPLINK=
	$(IN_LAB) run

card-shell: ## a shell on the card of a running "make run"
	$(FROM_SOURCE) demo/attach.ts card

host-shell: ## a shell on the host of a running "make run"
	$(FROM_SOURCE) demo/attach.ts host

plug: ## plug that card into another computer, by USB over IP; LISTEN=ADDRESS:PORT, ATTACH=1
	$(FROM_SOURCE) demo/plug.ts

lab: build $(BUILD)/.packages-lab $(BUILD)/tools/.ready ## host, card and ENF in namespaces: a host comes online
	$(IN_LAB) lab

##@ Build it
build: ## the programs, bundled, in build/app
	$(UNLOCKED) build-alone

install: build man ## the client below PREFIX=/usr/local; DESTDIR= puts it elsewhere, NAMES='enftun psock-host enf-server'
	@DESTDIR='$(DESTDIR)' PREFIX='$(or $(PREFIX),/usr/local)' app/packaging/install.sh $(or $(NAMES),enftun)

deb: ## Debian packages (trixie, bookworm) in build/deb; ARCHITECTURES='amd64 arm64 armhf'
	$(UNLOCKED) deb-alone

man: $(BUILD)/.npm ## the man pages and the completions for bash and zsh, in build/share
	@$(WITH_NODE) cd app && $(SOURCE_DATE) node --import tsx --conditions=source manual/write.ts ../$(BUILD)/share

native: ## the native addons for this machine
	$(UNLOCKED) native-alone

native-armhf: ## the native addons for the card
	$(UNLOCKED) native-armhf-alone

image: ## the quick ARM image for QEMU, below build/image
	$(UNLOCKED) image-alone

build-alone: $(BUILD)/.npm native-alone
	@mkdir -p $(BUILD)/app
	@$(WITH_NODE) cd app && OUT=../$(BUILD)/app node esbuild.config.js
	@for package in $(NATIVE); do \
		name=$${package##*/}.node && \
		cp $$package/build/linux-$$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')/$$name $(BUILD)/app/$$name.new && \
		mv $(BUILD)/app/$$name.new $(BUILD)/app/$$name || exit 1; \
	done
	@mkdir -p $(BUILD)/app/prebuilds
	@cp -r app/node_modules/usb/prebuilds/linux-* $(BUILD)/app/prebuilds

native-alone: $(BUILD)/.packages-build $(BUILD)/.npm
	@for package in $(NATIVE); do $(MAKE) --no-print-directory -s -C $$package || exit 1; done

native-armhf-alone: $(BUILD)/.packages-build $(BUILD)/.packages-cross $(BUILD)/.npm
	@for package in $(NATIVE); do $(MAKE) --no-print-directory -s -C $$package TARGET=linux-arm || exit 1; done

native-amd64-alone native-arm64-alone: native-%-alone: $(BUILD)/.packages-build $(BUILD)/.packages-cross-% $(BUILD)/.npm
	@for package in $(NATIVE); do \
		$(MAKE) --no-print-directory -s -C $$package TARGET=linux-$(subst amd64,x64,$*) || exit 1; done

deb-alone: build-alone man $(ARCHITECTURES:%=native-%-alone) $(BUILD)/.packages-deb
	@$(WITH_NODE) for architecture in $(ARCHITECTURES); do \
		app/packaging/build-deb.sh $$architecture enftun psock-host enf-server || exit 1; done

image-alone: build-alone native-armhf-alone $(BUILD)/.packages-image
	@$(WITH_NODE) board/qemu/build-image.sh

ready-netns: build $(BUILD)/.packages-lab $(BUILD)/tools/.ready $(BUILD)/debian-node/.ready

ready-install:
	@$(MAKE) --no-print-directory deb ARCHITECTURES=$$(dpkg --print-architecture)

ready-image: image $(BUILD)/.packages-lab $(BUILD)/tools/.ready

##@ Test it
test: $(BUILD)/.npm ## everything that must pass, as much at a time as there are processors for, with the time of each part
	$(RUN_PARTS) $(TEST_PARTS)

test: export POWER_CUTS := $(or $(POWER_CUTS),2)

test-image: $(BUILD)/.npm ## the image, booted in QEMU: inside, from its host, on its uplinks; POWER_CUTS=10
	$(RUN_PARTS) $@

test-two-cards: ready-image ## two cards in one host, joined by USB over IP
	$(IN_LAB) image two-cards

test-unit: native ## pure logic, in seconds, without root
	@$(WITH_NODE) cd app && npm run --silent test:unit

test-fuzz: $(BUILD)/.npm ## every parser of outside input on changed and random input, a minute
	@$(WITH_NODE) cd app && npx mocha --config test/fuzz/.mocharc.json

fuzz: ## the same for FUZZ_SECONDS (default 60) per parser
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-60} $(MAKE) --no-print-directory test-fuzz

soak: ## what takes long: long fuzzing, floods, outages, large transfers, many power cuts; about two hours
	@FUZZ_SECONDS=600 $(MAKE) --no-print-directory test-fuzz
	@$(WITH_NODE) cd app && XTT_SOAK=1 XTT_HANDSHAKES=1000 npm run --silent test:files -- --timeout 0 \
		'packages/xtt/test/unit/*.test.ts'
	@FLOOD_SECONDS=60 OUTAGE_SECONDS=120 TRANSFER_ROUNDS=50 TRANSFER_MIB=200 TPM_HANDSHAKES=200 $(MAKE) --no-print-directory test-netns
	@$(WITH_NODE) TPM_SIGNATURES=1000 TPM_FUZZ_RUNS=20000 RC_STEP=1 app/packages/run-tests.sh app/packages/tss2-node
	@POWER_CUTS=50 $(MAKE) --no-print-directory test-image
	@$(WITH_NODE) PSOCK_MEGABYTES=200 app/test/harness/run.sh image psock
	@$(MAKE) --no-print-directory test-two-cards
	@$(MAKE) --no-print-directory test-deb

test-packages: native native-armhf $(BUILD)/.packages-lab $(BUILD)/tools/.ready ## the libraries: sanitizers; they and TLS on other Node releases; armhf build
	@$(WITH_NODE) for package in $(NATIVE); do $(MAKE) --no-print-directory -s -C $$package \
		test-native test-sanitize test-node-versions || exit 1; done
	@$(WITH_NODE) app/test/node-versions.sh $(VERSIONS)

test-install: $(BUILD)/.npm ## Debian packages and "make install": contents, man pages, completions, units, lintian
	$(RUN_PARTS) $@

ready-deb: ready-install $(BUILD)/.packages-nspawn
	@app/setup/debian-root.sh trixie $(BUILD)/debian-roots/trixie.tar nodejs
	@app/setup/debian-root.sh bookworm $(BUILD)/debian-roots/bookworm.tar libstdc++6
	@$(WITH_NODE) app/setup/node-version.sh 20 >/dev/null

test-deb: ready-deb ## the Debian packages on clean machines (trixie, bookworm in containers): installed to purged
	$(IN_LAB) exec npx mocha --config test/deb/.mocharc.json

test-netns: $(BUILD)/.npm ## real kernel interfaces and stock hosts in namespaces
	$(RUN_PARTS) $@

##@ Measure it
bench: bench-tunnel $(if $(REF)$(REF_ETHERNET)$(PEER)$(LINK),,bench-arm) ## speed, CPU and memory: bench-tunnel; bench-arm too, unless REF=, PEER= or LINK= is set

bench-tunnel: build $(BUILD)/.packages-lab $(BUILD)/tools/.ready $(if $(PEER),$(BUILD)/peers/.ready) ## the tunnel in namespaces; REF= and PEER= compare
	$(IN_LAB) bench $(if $(JSON),--json)

bench-edge: build $(BUILD)/.packages-lab $(BUILD)/tools/.ready ## uploads into a card that is slower than its host: losses, round trips, fairness; CASES= PERIODS=
	$(IN_LAB) bench-edge $(if $(JSON),--json)

bench-arm: image $(BUILD)/.packages-lab $(BUILD)/tools/.ready ## the card in QEMU: ARM instructions per megabyte, psock against plain Ethernet
	$(IN_LAB) bench-arm $(if $(JSON),--json)

##@ Change it
lint: $(BUILD)/.npm $(BUILD)/.packages-lint ## format, types, layer rule, unused code, shell scripts
	@$(WITH_NODE) cd app && npm run --silent lint
	@$(WITH_NODE) cd app && git ls-files '*.cc' '*.h' '*.c' | xargs npx clang-format --dry-run --Werror
	@shellcheck $$(git ls-files | xargs grep -slE '^#!/bin/(ba)?sh')

format: $(BUILD)/.npm ## rewrite the sources in the house format
	@$(WITH_NODE) cd app && npx prettier --log-level warn --write .
	@$(WITH_NODE) cd app && git ls-files '*.cc' '*.h' '*.c' | xargs npx clang-format -i

mutants: native ## small faults in the lines changed since BASE=HEAD~1 that no unit test notices; MOST=100, JSON=1
	@$(WITH_NODE) cd app && node --import tsx --conditions=source test/mutants/run.ts $(if $(JSON),--json) \
		--base "$${BASE:-HEAD~1}" --most "$${MOST:-100}"

coverage: native ## branches and lines of the sources that the unit tests reach; the report is in build/coverage
	@$(WITH_NODE) cd app && npm run --silent coverage

include board/common/images.mk

##@ Clean up
clean: ## remove what was built; downloads stay
	rm -rf $(BUILD)/app $(NATIVE:=/build)

distclean: clean ## remove downloads and node_modules too
	rm -rf $(BUILD) app/node_modules app/packages/*/node_modules

$(BUILD)/.packages-%: app/setup/debian-packages.sh
	@mkdir -p $(@D)
	@$(LOCKED) $(PACKAGES) $*
	@touch $@

$(BUILD)/.npm: app/package-lock.json app/package.json app/setup/node.sh
	@mkdir -p $(@D)
	@echo 'installing npm packages'
	@$(LOCKED) sh -c '$(WITH_NODE) cd app && npm ci --loglevel error'
	@touch $@

$(BUILD)/debian-node/.ready: app/setup/debian-node.sh app/setup/debian-node.list board/qemu/fetch-packages.sh $(BUILD)/.packages-lab
	@$(LOCKED) app/setup/debian-node.sh
	@touch $@

$(BUILD)/tools/.ready: app/setup/debian-tools.sh
	@$(LOCKED) app/setup/debian-tools.sh
	@touch $@

$(BUILD)/peers/.ready: app/setup/debian-tools.sh
	@$(LOCKED) app/setup/debian-tools.sh $(BUILD)/peers peers
	@touch $@

.PHONY: help doctor run lab bench bench-tunnel bench-edge bench-arm build install deb man native native-armhf image card-shell host-shell plug test-image \
	build-alone native-alone native-amd64-alone native-arm64-alone native-armhf-alone deb-alone image-alone test-two-cards ready-netns ready-install ready-deb ready-image test test-unit test-fuzz fuzz soak test-packages test-install test-deb test-netns mutants coverage lint format clean \
	distclean
