################################################################################
#
# npm-node-api-headers
#
################################################################################

NPM_NODE_API_HEADERS_VERSION = 1.9.0
NPM_NODE_API_HEADERS_SITE = https://registry.npmjs.org/node-api-headers/-
NPM_NODE_API_HEADERS_SOURCE = node-api-headers-$(NPM_NODE_API_HEADERS_VERSION).tgz
NPM_NODE_API_HEADERS_LICENSE = MIT
NPM_NODE_API_HEADERS_LICENSE_FILES = LICENSE
NPM_NODE_API_HEADERS_INSTALL_STAGING = YES
NPM_NODE_API_HEADERS_INSTALL_TARGET = NO

define NPM_NODE_API_HEADERS_INSTALL_STAGING_CMDS
	mkdir -p $(STAGING_DIR)/usr/lib/node_modules/node-api-headers
	rsync -a --exclude='/.*' $(@D)/ $(STAGING_DIR)/usr/lib/node_modules/node-api-headers/
endef

$(eval $(generic-package))
