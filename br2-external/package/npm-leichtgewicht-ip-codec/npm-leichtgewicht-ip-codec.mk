################################################################################
#
# npm-leichtgewicht-ip-codec
#
################################################################################

NPM_LEICHTGEWICHT_IP_CODEC_VERSION = 2.0.5
NPM_LEICHTGEWICHT_IP_CODEC_SITE = https://registry.npmjs.org/@leichtgewicht/ip-codec/-
NPM_LEICHTGEWICHT_IP_CODEC_SOURCE = ip-codec-$(NPM_LEICHTGEWICHT_IP_CODEC_VERSION).tgz
NPM_LEICHTGEWICHT_IP_CODEC_LICENSE = MIT
NPM_LEICHTGEWICHT_IP_CODEC_LICENSE_FILES = LICENSE
NPM_LEICHTGEWICHT_IP_CODEC_INSTALL_STAGING = YES
NPM_LEICHTGEWICHT_IP_CODEC_INSTALL_TARGET = NO

define NPM_LEICHTGEWICHT_IP_CODEC_INSTALL_STAGING_CMDS
	mkdir -p $(STAGING_DIR)/usr/lib/node_modules/@leichtgewicht/ip-codec
	rsync -a --exclude='/.*' $(@D)/ $(STAGING_DIR)/usr/lib/node_modules/@leichtgewicht/ip-codec/
endef

$(eval $(generic-package))
