// Runs an ELF on rp2040js, an emulated Raspberry Pi Pico; its UART0 is standard input and output.
// usage: node rp2040.mjs FOLDER_OF_RP2040JS ELF NS_PER_INSTRUCTION
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep, setImmediate as yielded } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [, , folder, elf, nanoseconds] = process.argv;
const { RP2040, ConsoleLogger, LogLevel } = await import(
  pathToFileURL(join(folder, 'dist', 'esm', 'index.js'))
);
const FLASH = 0x10000000;
const PER_INSTRUCTION = Number(nanoseconds);
const BURST = 100_000; // instructions between two looks at standard input
const NAP_MS = 1;

const chip = new RP2040();
chip.logger = new ConsoleLogger(LogLevel.Error);
load(readFileSync(elf));
chip.core.VTOR = FLASH;
chip.core.reset();
// The firmware masks all interrupts and only sleeps on them, but rp2040js takes them at WFI.
chip.core.checkForInterrupts = () => false;

let sent = [];
chip.uart[0].onByte = (byte) => sent.push(byte);
const received = [];
process.stdin.on('data', (bytes) => received.push(...bytes));
process.stdin.on('end', () => process.exit(0));

for (;;) {
  feed();
  const busy = burst();
  if (sent.length > 0) {
    process.stdout.write(Uint8Array.from(sent));
    sent = [];
  }
  // Time goes on with the real one while the firmware waits, so that its time-outs are what they say.
  if (busy) await yielded();
  else await wait();
}

// Whether the firmware is still at work after so many instructions; each takes the same time.
function burst() {
  for (let i = 0; i < BURST; i++) {
    if (chip.core.waiting && !isPending()) return false;
    chip.core.waiting = false;
    chip.core.executeInstruction();
    chip.clock.tick(PER_INSTRUCTION);
  }
  return true;
}

function isPending() {
  const { pendingInterrupts, enabledInterrupts, pendingSystick } = chip.core;
  return (pendingInterrupts & enabledInterrupts) !== 0 || pendingSystick;
}

async function wait() {
  const began = process.hrtime.bigint();
  await sleep(NAP_MS);
  chip.clock.tick(Number(process.hrtime.bigint() - began));
}

function feed() {
  const uart = chip.uart[0];
  while (received.length > 0 && !uart.rxFIFO.full) uart.feedByte(received.shift());
}

// The loadable segments of a 32-bit little-endian ELF, where they lie in flash.
function load(file) {
  const table = file.readUInt32LE(28);
  const size = file.readUInt16LE(42);
  const count = file.readUInt16LE(44);
  for (let i = 0; i < count; i++) {
    const at = table + i * size;
    const [kind, offset, , address, length] = [0, 4, 8, 12, 16].map((o) => file.readUInt32LE(at + o));
    if (kind === 1 && length > 0) chip.flash.set(file.subarray(offset, offset + length), address - FLASH);
  }
}
