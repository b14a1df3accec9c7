/* The port for the Arduino framework: Serial, and the cycle counter where the CPU has one. */
#include <Arduino.h>
#include <stdlib.h>

#include "td_port.h"

/* Whether a host has ever sent a byte. Until then nobody may be there, and writing to a USB port
 * that no host has opened blocks on some cores. */
static bool heard;

void td_port_init(void) {
  Serial.begin(TD_BAUD);
#ifdef DWT
  CoreDebug->DEMCR |= CoreDebug_DEMCR_TRCENA_Msk;
  DWT->CYCCNT = 0;
  DWT->CTRL |= DWT_CTRL_CYCCNTENA_Msk;
#endif
}

#ifdef DWT
uint32_t td_port_ticks(void) {
  return DWT->CYCCNT;
}

uint32_t td_port_tick_hz(void) {
  return SystemCoreClock;
}
#else
uint32_t td_port_ticks(void) {
  return static_cast<uint32_t>(micros());
}

uint32_t td_port_tick_hz(void) {
  return 1000000U;
}
#endif

size_t td_port_read(void *data, size_t size, uint32_t timeout_ms) {
  const uint32_t began = static_cast<uint32_t>(millis());
  while (Serial.available() <= 0) {
    if (static_cast<uint32_t>(millis()) - began >= timeout_ms) {
      return 0;
    }
    yield();
  }
  heard = true;
  uint8_t *bytes = static_cast<uint8_t *>(data);
  size_t count = 0;
  while (count < size && Serial.available() > 0) {
    bytes[count++] = static_cast<uint8_t>(Serial.read());
  }
  return count;
}

void td_port_write(const void *data, size_t size) {
  if (heard || Serial) {
    Serial.write(static_cast<const uint8_t *>(data), size);
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
