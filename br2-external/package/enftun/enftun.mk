################################################################################
#
# enftun
#
################################################################################

# Sources and licence lie beside this external tree, in the same repository.
ENFTUN_TOP = $(realpath $(BR2_EXTERNAL_ENF_PATH)/..)
ENFTUN_VERSION = custom
ENFTUN_SITE = $(ENFTUN_TOP)/app
ENFTUN_SITE_METHOD = local
ENFTUN_LICENSE = Apache-2.0
ENFTUN_LICENSE_FILES = LICENSE
# The repository itself is the source; app/node_modules must not get there.
ENFTUN_REDISTRIBUTE = NO
ENFTUN_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = \
	--exclude node_modules --exclude build --exclude test
ENFTUN_DEPENDENCIES = \
	host-nodejs \
	host-npm-esbuild \
	libuv \
	npm-dns-packet \
	npm-ipaddr-js \
	npm-leichtgewicht-ip-codec \
	npm-node-api-headers \
	npm-noble-curves \
	npm-noble-hashes \
	npm-proxy-from-env \
	openssl \
	tpm2-tss

ENFTUN_NODE_API_HEADERS = $(STAGING_DIR)/usr/lib/node_modules/node-api-headers/include
ENFTUN_PROGRAMS_LIST = $(ENFTUN_TOP)/board/common/programs.list

# What is no longer in the repository must not stay in an image.
define ENFTUN_REMOVE_OLD
	rm -rf $(@D)/src $(@D)/bundle
endef
ENFTUN_PRE_RSYNC_HOOKS += ENFTUN_REMOVE_OLD

define ENFTUN_ADD_LICENSE
	cp $(ENFTUN_TOP)/LICENSE $(@D)/LICENSE
endef
ENFTUN_POST_RSYNC_HOOKS += ENFTUN_ADD_LICENSE

# Copies, not links: paths of modules stay in the bundle, and must be the same
# wherever it is built.
define ENFTUN_CONFIGURE_CMDS
	rm -rf $(@D)/node_modules
	mkdir -p $(@D)/node_modules
	cp -a $(STAGING_DIR)/usr/lib/node_modules/. $(@D)/node_modules
	cp -a $(HOST_DIR)/lib/node_modules/esbuild \
		$(HOST_DIR)/lib/node_modules/@esbuild $(@D)/node_modules
	for file in $(@D)/packages/*/package.json; do \
		package=$$(basename $$(dirname $$file)) && \
		ln -s ../packages/$$package $(@D)/node_modules/$$package || exit 1; \
	done
endef

define ENFTUN_BUILD_CMDS
	cd $(@D) && OUT=$(@D)/bundle $(HOST_DIR)/bin/node esbuild.config.js \
		$$(sed '/^#/d' $(ENFTUN_PROGRAMS_LIST))
	for folder in $(@D)/packages/*/native; do \
		$(TARGET_MAKE_ENV) $(TARGET_CONFIGURE_OPTS) $(MAKE) \
			-C $$(dirname $$folder) TARGET=linux-arm \
			CROSS_COMPILE="$(TARGET_CROSS)" \
			NODE_API_HEADERS="$(ENFTUN_NODE_API_HEADERS)" || exit 1; \
	done
endef

define ENFTUN_INSTALL_TARGET_CMDS
	rm -rf $(TARGET_DIR)/usr/lib/enf
	mkdir -p $(TARGET_DIR)/usr/lib/enf
	$(INSTALL) -m 0755 $(@D)/bundle/*.cjs $(TARGET_DIR)/usr/lib/enf
	for addon in $(@D)/packages/*/build/linux-arm/*.node; do \
		$(INSTALL) -m 0755 $$addon $(TARGET_DIR)/usr/lib/enf || exit 1; \
	done
endef

$(eval $(generic-package))
