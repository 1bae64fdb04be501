################################################################################
#
# npm-ipaddr-js
#
################################################################################

NPM_IPADDR_JS_VERSION = 2.5.0
NPM_IPADDR_JS_SITE = https://registry.npmjs.org/ipaddr.js/-
NPM_IPADDR_JS_SOURCE = ipaddr.js-$(NPM_IPADDR_JS_VERSION).tgz
NPM_IPADDR_JS_LICENSE = MIT
NPM_IPADDR_JS_LICENSE_FILES = LICENSE
NPM_IPADDR_JS_INSTALL_STAGING = YES
NPM_IPADDR_JS_INSTALL_TARGET = NO

define NPM_IPADDR_JS_INSTALL_STAGING_CMDS
	mkdir -p $(STAGING_DIR)/usr/lib/node_modules/ipaddr.js
	rsync -a --exclude='/.*' $(@D)/ $(STAGING_DIR)/usr/lib/node_modules/ipaddr.js/
endef

$(eval $(generic-package))
