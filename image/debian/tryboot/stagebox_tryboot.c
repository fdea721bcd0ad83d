// SPDX-License-Identifier: GPL-2.0
//
// Hands `reboot "0 tryboot"` on to a Raspberry Pi's boot loader, which then starts the other slot, once. Raspberry Pi's own
// kernel does so by itself; Debian's does not, and would start the old slot again.
//
// The firmware is told by its property mailbox, through the driver that every kernel has. Linked against that driver
// alone, the module is GPL as the kernel is.
#include <linux/err.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/reboot.h>
#include <linux/string.h>
#include <soc/bcm2835/raspberrypi-firmware.h>

/* Not among the kernel's own names: one word of flags, bit 0 is "try once". */
#define SET_REBOOT_FLAGS 0x00038064
#define TRY_ONCE 1

static struct rpi_firmware *firmware;

/* Before anything is shut down: the mailbox still works. */
static int on_reboot(struct notifier_block *block, unsigned long action, void *argument)
{
	u32 flags = TRY_ONCE;

	if (action != SYS_RESTART || !argument || !strstr(argument, " tryboot"))
		return NOTIFY_DONE;
	if (rpi_firmware_property(firmware, SET_REBOOT_FLAGS, &flags, sizeof(flags)))
		pr_err("stagebox_tryboot: the firmware does not take the flag, so the old slot starts again\n");
	return NOTIFY_DONE;
}

static struct notifier_block reboot_block = { .notifier_call = on_reboot };

static int __init tryboot_init(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "raspberrypi,bcm2835-firmware");
	int status;

	if (!node)
		return -ENODEV;
	firmware = rpi_firmware_get(node);
	of_node_put(node);
	if (!firmware)
		return -EPROBE_DEFER;
	status = register_reboot_notifier(&reboot_block);
	if (status)
		rpi_firmware_put(firmware);
	return status;
}

static void __exit tryboot_exit(void)
{
	unregister_reboot_notifier(&reboot_block);
	rpi_firmware_put(firmware);
}

module_init(tryboot_init);
module_exit(tryboot_exit);
MODULE_DESCRIPTION("reboot \"0 tryboot\" for a Raspberry Pi with a plain kernel");
MODULE_LICENSE("GPL");
MODULE_ALIAS("of:N*T*Craspberrypi,bcm2835-firmware*");
