/* Nordic's nRF51: UART0, and TIMER0, the one of 32 bits (nRF51 Series Reference Manual 3.0,
 * chapters 18 and 29). */
#include "td_chip.h"

#define UART 0x40002000u
#define UART_START_RX TD_REGISTER(UART + 0x000u)
#define UART_START_TX TD_REGISTER(UART + 0x008u)
#define UART_RX_READY TD_REGISTER(UART + 0x108u)
#define UART_TX_READY TD_REGISTER(UART + 0x11cu)
#define UART_INTENSET TD_REGISTER(UART + 0x304u)
#define UART_ENABLE TD_REGISTER(UART + 0x500u)
#define UART_PIN_TX TD_REGISTER(UART + 0x50cu)
#define UART_PIN_RX TD_REGISTER(UART + 0x514u)
#define UART_RX TD_REGISTER(UART + 0x518u)
#define UART_TX TD_REGISTER(UART + 0x51cu)
#define UART_BAUD TD_REGISTER(UART + 0x524u)
#define INT_RX_READY (1u << 2)
#define ENABLED 4u

#define TIMER 0x40008000u
#define TIMER_START TD_REGISTER(TIMER + 0x000u)
#define TIMER_CAPTURE TD_REGISTER(TIMER + 0x040u)
#define TIMER_MODE TD_REGISTER(TIMER + 0x504u)
#define TIMER_BITS TD_REGISTER(TIMER + 0x508u)
#define TIMER_PRESCALER TD_REGISTER(TIMER + 0x510u)
#define TIMER_CAPTURED TD_REGISTER(TIMER + 0x540u)
#define BITS_32 3u

void td_uart_init(void) {
  UART_PIN_TX = TD_UART_TX_PIN;
  UART_PIN_RX = TD_UART_RX_PIN;
  UART_BAUD = (uint32_t)(((uint64_t)TD_BAUD << 32) / 16000000u + 0x800u) & 0xfffff000u;
  UART_ENABLE = ENABLED;
  UART_INTENSET = INT_RX_READY;
  UART_START_TX = 1;
  UART_START_RX = 1;
}

int td_uart_readable(void) {
  return UART_RX_READY != 0u;
}

uint8_t td_uart_get(void) {
  UART_RX_READY = 0; /* first: it comes again with the next byte of the FIFO */
  return (uint8_t)UART_RX;
}

void td_uart_put(uint8_t byte) {
  UART_TX_READY = 0;
  UART_TX = byte;
  while (UART_TX_READY == 0u) {
  }
}

void td_timer_init(void) {
  TIMER_MODE = 0;
  TIMER_BITS = BITS_32;
  TIMER_PRESCALER = 0;
  TIMER_START = 1;
}

uint32_t td_timer_ticks(void) {
  TIMER_CAPTURE = 1;
  return TIMER_CAPTURED;
}

uint32_t td_timer_hz(void) {
  return 16000000u;
}
