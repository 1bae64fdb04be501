################################################################################
#
# npm-node-forge
#
################################################################################

NPM_NODE_FORGE_VERSION = 1.4.3
NPM_NODE_FORGE_SITE = https://registry.npmjs.org/node-forge/-
NPM_NODE_FORGE_SOURCE = node-forge-$(NPM_NODE_FORGE_VERSION).tgz
NPM_NODE_FORGE_LICENSE = BSD-3-Clause or GPL-2.0
NPM_NODE_FORGE_LICENSE_FILES = LICENSE
NPM_NODE_FORGE_INSTALL_STAGING = YES
NPM_NODE_FORGE_INSTALL_TARGET = NO

define NPM_NODE_FORGE_INSTALL_STAGING_CMDS
	mkdir -p $(STAGING_DIR)/usr/lib/node_modules/node-forge
	rsync -a --exclude='/.*' $(@D)/ $(STAGING_DIR)/usr/lib/node_modules/node-forge/
endef

$(eval $(generic-package))
