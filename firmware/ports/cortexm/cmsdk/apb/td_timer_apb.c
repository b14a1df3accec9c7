/* 32-bit timer of Arm's Cortex-M System Design Kit (Arm DDI 0479, chapter 4.2); it counts down. */
#include "td_chip.h"

#define CTRL TD_REGISTER(TD_TIMER_BASE + 0x00u)
#define VALUE TD_REGISTER(TD_TIMER_BASE + 0x04u)
#define RELOAD TD_REGISTER(TD_TIMER_BASE + 0x08u)

void td_timer_init(void) {
  RELOAD = UINT32_MAX;
  VALUE = UINT32_MAX;
  CTRL = 1;
}

uint32_t td_timer_ticks(void) {
  return UINT32_MAX - VALUE;
}

uint32_t td_timer_hz(void) {
  return F_CPU;
}
