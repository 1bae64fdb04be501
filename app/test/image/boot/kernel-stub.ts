/**
 * A kernel in 96 bytes for U-Boot's `bootz` on QEMU's "virt" machine: it writes a line to the serial port and resets
 * the machine, as a system does that panics early. What U-Boot starts is thus seen, and what it does after that start.
 */

/** ARM instructions, and the header that `bootz` checks (Documentation/arch/arm/booting: magic at 0x24, start, end). */
const words = [
  ...Array<number>(8).fill(0xe1a00000), // mov r0, r0
  0xea000002, // b begin
  0x016f2818, // magic
  0, // start: position-independent
  0x400, // end
  0xe59f101c, // begin: ldr r1, uart
  0xe28f0020, // adr r0, text
  0xe4d02001, // next: ldrb r2, [r0], #1
  0xe3520000, // cmp r2, #0
  0x15c12000, // strbne r2, [r1]
  0x1afffffb, // bne next
  0xe59f0008, // ldr r0, system_reset
  0xe1400070, // hvc #0
  0xeafffffe, // b .
  0x09000000, // uart: PL011 of the machine "virt"
  0x84000009, // system_reset: PSCI 0.2, SYSTEM_RESET
];

/** The image of a kernel that writes this line. */
export function kernelStub(line: string): Buffer {
  const code = Buffer.alloc(0x400);
  words.forEach((word, index) => code.writeUInt32LE(word, index * 4));
  code.write(`${line}\r\n\0`, words.length * 4, 'latin1');
  return code;
}
