################################################################################
#
# npm-esbuild
#
################################################################################

# The program itself comes as a binary in a module of its own, per kind of
# machine.
HOST_NPM_ESBUILD_VERSION = 0.28.2
HOST_NPM_ESBUILD_ARCH = $(if $(filter aarch64,$(HOSTARCH)),arm64,x64)
HOST_NPM_ESBUILD_SITE = https://registry.npmjs.org/@esbuild/linux-$(HOST_NPM_ESBUILD_ARCH)/-
HOST_NPM_ESBUILD_SOURCE = linux-$(HOST_NPM_ESBUILD_ARCH)-$(HOST_NPM_ESBUILD_VERSION).tgz
HOST_NPM_ESBUILD_EXTRA_DOWNLOADS = \
	https://registry.npmjs.org/esbuild/-/esbuild-$(HOST_NPM_ESBUILD_VERSION).tgz
HOST_NPM_ESBUILD_LICENSE = MIT
HOST_NPM_ESBUILD_LICENSE_FILES = LICENSE.md
# A tool of the build, no part of an image.
HOST_NPM_ESBUILD_REDISTRIBUTE = NO

define HOST_NPM_ESBUILD_EXTRACT_API
	mkdir -p $(@D)/api
	$(TAR) -C $(@D)/api --strip-components=1 -xf \
		$(HOST_NPM_ESBUILD_DL_DIR)/esbuild-$(HOST_NPM_ESBUILD_VERSION).tgz
	cp $(@D)/api/LICENSE.md $(@D)/LICENSE.md
endef
HOST_NPM_ESBUILD_POST_EXTRACT_HOOKS += HOST_NPM_ESBUILD_EXTRACT_API

HOST_NPM_ESBUILD_MODULES = $(HOST_DIR)/lib/node_modules

define HOST_NPM_ESBUILD_INSTALL_CMDS
	mkdir -p $(HOST_NPM_ESBUILD_MODULES)/esbuild \
		$(HOST_NPM_ESBUILD_MODULES)/@esbuild/linux-$(HOST_NPM_ESBUILD_ARCH)
	rsync -a $(@D)/api/ $(HOST_NPM_ESBUILD_MODULES)/esbuild/
	rsync -a --exclude='/.*' --exclude=/api $(@D)/ \
		$(HOST_NPM_ESBUILD_MODULES)/@esbuild/linux-$(HOST_NPM_ESBUILD_ARCH)/
endef

$(eval $(host-generic-package))
