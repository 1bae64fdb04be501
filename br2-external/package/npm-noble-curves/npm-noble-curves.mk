################################################################################
#
# npm-noble-curves
#
################################################################################

NPM_NOBLE_CURVES_VERSION = 2.4.0
NPM_NOBLE_CURVES_SITE = https://registry.npmjs.org/@noble/curves/-
NPM_NOBLE_CURVES_SOURCE = curves-$(NPM_NOBLE_CURVES_VERSION).tgz
NPM_NOBLE_CURVES_LICENSE = MIT
NPM_NOBLE_CURVES_LICENSE_FILES = LICENSE
NPM_NOBLE_CURVES_INSTALL_STAGING = YES
NPM_NOBLE_CURVES_INSTALL_TARGET = NO

define NPM_NOBLE_CURVES_INSTALL_STAGING_CMDS
	mkdir -p $(STAGING_DIR)/usr/lib/node_modules/@noble/curves
	rsync -a --exclude='/.*' $(@D)/ $(STAGING_DIR)/usr/lib/node_modules/@noble/curves/
endef

$(eval $(generic-package))
