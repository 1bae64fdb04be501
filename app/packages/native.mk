# Builds the addon of a package: `make` for this machine, `make TARGET=linux-arm` for the card (armhf, 64-bit time_t),
# linux-arm64 and linux-x64 likewise, `make SANITIZE=1` with the address and undefined-behaviour (alignment) sanitizers. The result is
# build/TARGET/NAME.node.
#
# What several addons need is in the folder `native` beside this file, and in each of them.
#
# The Makefile of a package names what is its own, and includes this file:
#
#   NAME       the addon
#   SOURCES    its sources; default: all of native/*.cc
#   PURE       those of them that need neither Node.js nor a kernel: linked into the tests native/test/*_test.cc
#   LIBRARIES  what it links, without -l; the headers are in the Debian packages of app/setup/debian-packages.sh
#   CPPFLAGS, CXXFLAGS, LDFLAGS  what it needs beyond the flags below
#
# Needs only a compiler, libuv's headers (Debian: libuv1-dev) and node-api-headers from npm.

NODE_ARCH := $(subst x86_64,x64,$(subst aarch64,arm64,$(shell uname -m)))
TARGET ?= linux-$(NODE_ARCH)
CROSS_COMPILE ?= $(if $(filter linux-$(NODE_ARCH),$(TARGET)),,$(COMPILER_OF_$(TARGET)))
COMPILER_OF_linux-arm := arm-linux-gnueabihf-
COMPILER_OF_linux-arm64 := aarch64-linux-gnu-
COMPILER_OF_linux-x64 := x86_64-linux-gnu-
CXX = $(CROSS_COMPILE)g++

SOURCES ?= $(sort $(wildcard native/*.cc))
OUT := build/$(TARGET)$(if $(SANITIZE),-sanitize)
ADDON := $(OUT)/$(NAME).node
SHARED := $(sort $(wildcard ../native/*.cc))
OBJECTS := $(SOURCES:native/%.cc=$(OUT)/%.o) $(SHARED:../native/%.cc=$(OUT)/shared/%.o)
NODE_API_HEADERS ?= $(realpath $(firstword $(wildcard node_modules/node-api-headers/include \
	../../node_modules/node-api-headers/include)))

CPPFLAGS += -DNAPI_VERSION=8 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -isystem $(NODE_API_HEADERS) -I../native
CPPFLAGS += $(if $(filter linux-arm,$(TARGET)),-D_TIME_BITS=64)
CXXFLAGS += -std=c++17 -O2 -g -fPIC -fno-exceptions -fno-rtti -fvisibility=hidden -Wall -Wextra -Werror
# The same bytes, and the same build id, in whatever folder.
CXXFLAGS += -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(NODE_API_HEADERS)=node-api-headers
LDFLAGS += -shared -Wl,-z,relro,-z,now
ifneq ($(SANITIZE),)
CXXFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif

all: $(ADDON)

$(ADDON): $(OBJECTS)
	$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $(OBJECTS) $(addprefix -l,$(LIBRARIES))

# Other flags make other objects.
$(OUT)/%.o: native/%.cc Makefile ../native.mk | $(OUT)
	$(CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/shared/%.o: ../native/%.cc Makefile ../native.mk | $(OUT)/shared
	$(CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<

$(OUT) $(OUT)/shared:
	mkdir -p $@

# Plain programs, always with the sanitizers.
NATIVE_TESTS := $(patsubst native/test/%.cc,build/test/%,$(wildcard native/test/*_test.cc))

test-native: $(NATIVE_TESTS)
	@set -e; for test in $^; do $$test; done

build/test/%: native/test/%.cc $(PURE) $(wildcard native/*.h native/test/*.h)
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS) -std=c++17 -O1 -g -fno-exceptions -fno-rtti -Wall -Wextra -Werror -fno-omit-frame-pointer \
		-fsanitize=address,undefined -fno-sanitize-recover=undefined -o $@ $< $(PURE)

# All tests of the package, once with the sanitized addon, once with each supported Node.js. Those in test/netns need
# root.
test-sanitize:
	$(MAKE) SANITIZE=1
	SANITIZED=build/$(TARGET)-sanitize/$(NAME).node ../run-tests.sh $(CURDIR) $(NODE)

test-node-versions: all
	../test-node-versions.sh $(CURDIR) $(VERSIONS)

clean:
	rm -rf build

-include $(OBJECTS:.o=.d)

.PHONY: all clean test-native test-sanitize test-node-versions
