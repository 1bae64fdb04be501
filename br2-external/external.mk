include $(sort $(wildcard $(BR2_EXTERNAL_ENF_PATH)/package/*/*.mk))
