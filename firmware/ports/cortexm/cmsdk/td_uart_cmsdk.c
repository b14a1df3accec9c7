/* UART of Arm's Cortex-M System Design Kit (Arm DDI 0479, chapter 4.3). */
#include "td_chip.h"

#define DATA TD_REGISTER(TD_UART_BASE + 0x00u)
#define STATE TD_REGISTER(TD_UART_BASE + 0x04u)
#define CTRL TD_REGISTER(TD_UART_BASE + 0x08u)
#define INTCLEAR TD_REGISTER(TD_UART_BASE + 0x0cu)
#define BAUDDIV TD_REGISTER(TD_UART_BASE + 0x10u)
#define TX_FULL 1u
#define RX_FULL 2u
#define TX_RX_RXINT 0x0bu
#define RX_INT 2u

void td_uart_init(void) {
  BAUDDIV = F_CPU / TD_BAUD;
  CTRL = TX_RX_RXINT;
}

int td_uart_readable(void) {
  return (STATE & RX_FULL) != 0u;
}

uint8_t td_uart_get(void) {
  INTCLEAR = RX_INT;
  return (uint8_t)DATA;
}

void td_uart_put(uint8_t byte) {
  while ((STATE & TX_FULL) != 0u) {
  }
  DATA = byte;
}
