/* The port for the Arduino framework: Serial, and the cycle counter where the CPU has one. */
#include <Arduino.h>
#include <stdlib.h>

#include "td_port.h"

#ifndef TD_SERIAL
#define TD_SERIAL Serial
#endif

/* Whether a host has ever sent a byte. Until then nobody may be there, and writing to a USB port
 * that no host has opened blocks on some cores. */
static bool heard;

static const uint32_t cpu_window_us = 2000;

static uint32_t now_us() {
  return static_cast<uint32_t>(micros());
}

/* Cycles in `passed_us` as a rate. */
static uint32_t rate_hz(uint32_t cycles, uint32_t passed_us) {
  return static_cast<uint32_t>(static_cast<uint64_t>(cycles) * 1000000U / passed_us);
}

/* CMSIS: Cortex-M3 and up count cycles, unless an emulator leaves that out. */
#if defined(DWT_CTRL_CYCCNTENA_Msk) && !defined(TD_NO_CYCLE_COUNTER)

static void start_ticks() {
  CoreDebug->DEMCR |= CoreDebug_DEMCR_TRCENA_Msk;
#if defined(__CORTEX_M) && __CORTEX_M == 7
  *reinterpret_cast<volatile uint32_t *>(0xE0001FB0U) = 0xC5ACCE55U; /* DWT_LAR: unlock it */
#endif
  DWT->CYCCNT = 0;
  DWT->CTRL |= DWT_CTRL_CYCCNTENA_Msk;
}

uint32_t td_port_ticks(void) {
  return DWT->CYCCNT;
}

uint32_t td_port_tick_hz(void) {
  return SystemCoreClock;
}

uint32_t td_port_cpu_hz(void) {
  const uint32_t cycles = DWT->CYCCNT;
  const uint32_t began_us = now_us();
  uint32_t passed_us = 0;
  while (passed_us < cpu_window_us) {
    passed_us = now_us() - began_us;
  }
  return rate_hz(DWT->CYCCNT - cycles, passed_us);
}

#else

static void start_ticks() {}

uint32_t td_port_ticks(void) {
  return now_us();
}

uint32_t td_port_tick_hz(void) {
  return 1000000U;
}

#ifdef __ARM_ARCH_6M__ /* a Cortex-M0 has no other counter of cycles than SysTick */

/* Not through CMSIS, which not every Arduino core for these includes. */
struct systick {
  volatile uint32_t control;
  volatile uint32_t reload;
  volatile uint32_t value; /* counts down */
};
static const uint32_t systick_on = 1U;
static const uint32_t systick_cpu_clock = 4U;
static const uint32_t systick_longest = 0xFFFFFFU;

uint32_t td_port_cpu_hz(void) {
  systick *const counter = reinterpret_cast<systick *>(0xE000E010U);
  const uint32_t control = counter->control;
  const bool ours = (control & systick_on) == 0;
  if (ours) {
    counter->reload = systick_longest;
    counter->value = 0;
    counter->control = systick_cpu_clock | systick_on;
  } else if ((control & systick_cpu_clock) == 0) {
    return 0; /* the Arduino core has it count another clock */
  }
  const uint32_t period = counter->reload + 1U;
  uint32_t cycles = 0;
  uint32_t last = counter->value;
  const uint32_t began_us = now_us();
  uint32_t passed_us = 0;
  while (passed_us < cpu_window_us) {
    passed_us = now_us() - began_us;
    const uint32_t value = counter->value;
    cycles += value <= last ? last - value : last + period - value;
    last = value;
  }
  if (ours) {
    counter->control = control;
  }
  return rate_hz(cycles, passed_us);
}

#else

uint32_t td_port_cpu_hz(void) {
  return 0;
}

#endif
#endif

void td_port_init(void) {
  TD_SERIAL.begin(TD_BAUD);
  start_ticks();
}

size_t td_port_read(void *data, size_t size, uint32_t timeout_ms) {
  const uint32_t began = static_cast<uint32_t>(millis());
  while (TD_SERIAL.available() <= 0) {
    if (static_cast<uint32_t>(millis()) - began >= timeout_ms) {
      return 0;
    }
    yield();
  }
  heard = true;
  uint8_t *bytes = static_cast<uint8_t *>(data);
  size_t count = 0;
  while (count < size && TD_SERIAL.available() > 0) {
    bytes[count++] = static_cast<uint8_t>(TD_SERIAL.read());
  }
  return count;
}

void td_port_write(const void *data, size_t size) {
  if (heard || TD_SERIAL) {
    TD_SERIAL.write(static_cast<const uint8_t *>(data), size);
  }
}

void *td_port_spare(size_t bytes) {
  return malloc(bytes);
}

/* Where the stack lies is the core's business. */
uint32_t td_port_stack_used(void) {
  return 0;
}

void setup() {
  td_main();
}

void loop() {}
