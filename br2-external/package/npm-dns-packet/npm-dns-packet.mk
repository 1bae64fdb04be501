################################################################################
#
# npm-dns-packet
#
################################################################################

NPM_DNS_PACKET_VERSION = 5.6.1
NPM_DNS_PACKET_SITE = https://registry.npmjs.org/dns-packet/-
NPM_DNS_PACKET_SOURCE = dns-packet-$(NPM_DNS_PACKET_VERSION).tgz
NPM_DNS_PACKET_LICENSE = MIT
NPM_DNS_PACKET_LICENSE_FILES = LICENSE
NPM_DNS_PACKET_INSTALL_STAGING = YES
NPM_DNS_PACKET_INSTALL_TARGET = NO

define NPM_DNS_PACKET_INSTALL_STAGING_CMDS
	mkdir -p $(STAGING_DIR)/usr/lib/node_modules/dns-packet
	rsync -a --exclude='/.*' $(@D)/ $(STAGING_DIR)/usr/lib/node_modules/dns-packet/
endef

$(eval $(generic-package))
