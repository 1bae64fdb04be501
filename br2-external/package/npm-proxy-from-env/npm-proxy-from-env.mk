################################################################################
#
# npm-proxy-from-env
#
################################################################################

NPM_PROXY_FROM_ENV_VERSION = 2.1.0
NPM_PROXY_FROM_ENV_SITE = https://registry.npmjs.org/proxy-from-env/-
NPM_PROXY_FROM_ENV_SOURCE = proxy-from-env-$(NPM_PROXY_FROM_ENV_VERSION).tgz
NPM_PROXY_FROM_ENV_LICENSE = MIT
NPM_PROXY_FROM_ENV_LICENSE_FILES = LICENSE
NPM_PROXY_FROM_ENV_INSTALL_STAGING = YES
NPM_PROXY_FROM_ENV_INSTALL_TARGET = NO

define NPM_PROXY_FROM_ENV_INSTALL_STAGING_CMDS
	mkdir -p $(STAGING_DIR)/usr/lib/node_modules/proxy-from-env
	rsync -a --exclude='/.*' $(@D)/ $(STAGING_DIR)/usr/lib/node_modules/proxy-from-env/
endef

$(eval $(generic-package))
