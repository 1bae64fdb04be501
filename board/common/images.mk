# The images of configs/: a target for each, BOARD-TARGET for any target of Buildroot, and flashing.

BUILD_IMAGE = $(WITH_NODE) br2-external/build.sh

##@ Make cards of it, with Buildroot
xaprc001: ## the image to flash for XAP-RC-001, built by Buildroot (hours the first time)
xaprw001: ## the image to flash for XAP-RW-001
qemu: ## kernel and root file system by Buildroot, for make run IMAGE=output/qemu_card/images
xaprc001 xaprw001 qemu: $(BUILD)/.packages-buildroot
	@$(BUILD_IMAGE) $@

# BOARD-menuconfig, BOARD-legal-info, BOARD-linux-rebuild ...: whatever comes after the board is Buildroot's.
xaprc001-% xaprw001-% qemu-%: $(BUILD)/.packages-buildroot
	@$(BUILD_IMAGE) $(firstword $(subst -, ,$@)) $*

sources: $(BUILD)/.packages-buildroot ## download everything that the images of all boards are made of
	@set -e; for board in xaprc001 xaprw001 qemu; do $(BUILD_IMAGE) $$board source; done

EMMC_IMAGES := $(wildcard output/xap*/images/emmc.img)
flash: ## write an image to a card: DEVICE=/dev/... IMAGE=output/xaprw001/images/emmc.img
	@[ -n "$(DEVICE)" ] || { echo 'make: which disk is the card? DEVICE=/dev/... (lsblk lists them)' >&2; exit 2; }
	@[ -n "$(or $(IMAGE),$(filter 1,$(words $(EMMC_IMAGES))))" ] || \
		{ echo 'make: which image? IMAGE=FILE; there are: $(or $(EMMC_IMAGES),none, make xaprw001 builds one)' >&2; exit 2; }
	@board/common/flash.sh "$(or $(IMAGE),$(EMMC_IMAGES))" "$(DEVICE)"

# A target without a rule here is Buildroot's, for the board that BOARD names.
.DEFAULT:
	@[ -n "$(BOARD)" ] || { echo "make: no target '$@' ('make help' names them); BOARD=xaprw001 makes it one of Buildroot's" >&2; exit 2; }
	@$(BUILD_IMAGE) $(BOARD) $@

.PHONY: xaprc001 xaprw001 qemu sources flash
