/* The least a program needs on a RISC-V in QEMU: a stack, a place for faults, and semihosting to
 * speak and to end. QEMU loads .data where it runs and starts with RAM at zero. */
#include "check.h"

#define SYS_WRITE0 0x04
#define SYS_EXIT 0x18
#define APPLICATION_EXIT 0x20026

static void semihost(uint32_t operation, uint32_t argument) {
  register uint32_t a0 __asm__("a0") = operation;
  register uint32_t a1 __asm__("a1") = argument;
  __asm__ volatile(".balign 16\n\t"
                   ".option push\n\t"
                   ".option norvc\n\t"
                   "slli zero, zero, 0x1f\n\t"
                   "ebreak\n\t"
                   "srai zero, zero, 7\n\t"
                   ".option pop"
                   : "+r"(a0)
                   : "r"(a1)
                   : "memory");
}

void say(const char *text) {
  semihost(SYS_WRITE0, (uint32_t)text);
}

static void finish(void) {
  semihost(SYS_EXIT, APPLICATION_EXIT);
  for (;;) {
  }
}

__attribute__((used, aligned(4))) static void fault(void) {
  say("FAULT\n");
  finish();
}

__attribute__((used)) static void start(void) {
  run_cases();
  finish();
}

void reset(void);
__attribute__((naked, section(".vectors"))) void reset(void) {
  __asm__ volatile("la sp, stack_top\n\t"
                   "la t0, fault\n\t"
                   "csrw mtvec, t0\n\t"
                   "tail start");
}
