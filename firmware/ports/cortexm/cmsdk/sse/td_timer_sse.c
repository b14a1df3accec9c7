/* The system counter of Arm's SSE-300 subsystem, read through a system timer (Arm 101773). */
#include "td_chip.h"

#define COUNTER_CTRL TD_REGISTER(TD_COUNTER_BASE + 0x00u) /* CNTCR */
#define COUNT_LOW TD_REGISTER(TD_TIMER_BASE + 0x00u)      /* CNTPCT */

void td_timer_init(void) {
  COUNTER_CTRL = 1;
}

uint32_t td_timer_ticks(void) {
  return COUNT_LOW;
}

uint32_t td_timer_hz(void) {
  return F_CPU;
}
