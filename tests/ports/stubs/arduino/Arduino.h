/* As much of the Arduino core as the port uses, on a CPU with or without a cycle counter. */
#pragma once

#include <stddef.h>
#include <stdint.h>

unsigned long micros();
unsigned long millis();
void yield();
void setup();
void loop();

struct StubSerial {
  void begin(unsigned long baud);
  int available();
  int read();
  size_t write(const uint8_t *data, size_t size);
  explicit operator bool();
};
extern StubSerial Serial;
extern StubSerial Serial1;

#ifdef STUB_CYCLE_COUNTER
struct StubDwt {
  volatile uint32_t CTRL;
  volatile uint32_t CYCCNT;
};
struct StubCoreDebug {
  volatile uint32_t DEMCR;
};
extern StubDwt stub_dwt;
extern StubCoreDebug stub_core_debug;
extern uint32_t SystemCoreClock;
#define DWT (&stub_dwt)
#define CoreDebug (&stub_core_debug)
#define __CORTEX_M 7
#define CoreDebug_DEMCR_TRCENA_Msk (1UL << 24)
#define DWT_CTRL_CYCCNTENA_Msk 1UL
#endif
