/* The least a program needs on a Cortex-M in QEMU: vectors, the FPU, and semihosting to speak and
 * to end. QEMU loads .data where it runs and starts with RAM at zero, so nothing is copied. */
#include "check.h"

#define SYS_WRITE0 0x04
#define SYS_EXIT 0x18
#define APPLICATION_EXIT 0x20026
#define CPACR (*(volatile uint32_t *)0xE000ED88u)
#define CPACR_FPU (0xFu << 20)

extern uint32_t stack_top;

static void semihost(uint32_t operation, uint32_t argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register uint32_t r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void say(const char *text) {
  semihost(SYS_WRITE0, (uint32_t)text);
}

static void finish(void) {
  semihost(SYS_EXIT, APPLICATION_EXIT);
  for (;;) {
  }
}

static void fault(void) {
  say("FAULT\n");
  finish();
}

void reset(void);
void reset(void) {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  CPACR |= CPACR_FPU;
  __asm__ volatile("dsb\n isb");
#endif
  run_cases();
  finish();
}

typedef void (*handler)(void);

__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack;
  handler entry[15];
} vectors = {&stack_top, {reset, fault, fault, fault, fault, fault}};
