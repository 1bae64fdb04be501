################################################################################
#
# npm-noble-hashes
#
################################################################################

NPM_NOBLE_HASHES_VERSION = 2.4.0
NPM_NOBLE_HASHES_SITE = https://registry.npmjs.org/@noble/hashes/-
NPM_NOBLE_HASHES_SOURCE = hashes-$(NPM_NOBLE_HASHES_VERSION).tgz
NPM_NOBLE_HASHES_LICENSE = MIT
NPM_NOBLE_HASHES_LICENSE_FILES = LICENSE
NPM_NOBLE_HASHES_INSTALL_STAGING = YES
NPM_NOBLE_HASHES_INSTALL_TARGET = NO

define NPM_NOBLE_HASHES_INSTALL_STAGING_CMDS
	mkdir -p $(STAGING_DIR)/usr/lib/node_modules/@noble/hashes
	rsync -a --exclude='/.*' $(@D)/ $(STAGING_DIR)/usr/lib/node_modules/@noble/hashes/
endef

$(eval $(generic-package))
