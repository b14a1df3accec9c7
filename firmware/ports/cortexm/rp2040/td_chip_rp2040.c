/* Raspberry Pi's RP2040: UART0, an Arm PL011, and the 1 MHz timer (RP2040 datasheet, 4.2 and 4.6).
 */
#include "td_chip.h"

/* Every register has an alias whose written bits are cleared (datasheet, 2.1.2). */
#define CLEAR(register) TD_REGISTER((register) + 0x3000u)

#define RESETS 0x4000c000u
#define RESETS_DONE TD_REGISTER(RESETS + 0x8u)
#define RESET_IO (1u << 5)
#define RESET_PADS (1u << 8)
#define RESET_TIMER (1u << 21)
#define RESET_UART0 (1u << 22)

#define IO_CTRL(pin) TD_REGISTER(0x40014004u + 8u * (pin))
#define IO_UART 2u

#define UART 0x40034000u
#define UART_DATA TD_REGISTER(UART + 0x00u)
#define UART_FLAGS TD_REGISTER(UART + 0x18u)
#define UART_BAUD_INTEGER TD_REGISTER(UART + 0x24u)
#define UART_BAUD_FRACTION TD_REGISTER(UART + 0x28u)
#define UART_LINE TD_REGISTER(UART + 0x2cu)
#define UART_CONTROL TD_REGISTER(UART + 0x30u)
#define UART_INTERRUPTS TD_REGISTER(UART + 0x38u)
#define RX_EMPTY (1u << 4)
#define TX_FULL (1u << 5)
#define RX_OR_TIMEOUT (1u << 4 | 1u << 6)
#define EIGHT_BITS_AND_FIFO (3u << 5 | 1u << 4)
#define RX_TX_ON (3u << 8 | 1u)

#define TIMER_LOW TD_REGISTER(0x40054028u)
#define TIMER_HZ 1000000u

void td_uart_init(void) {
  const uint32_t needed = RESET_IO | RESET_PADS | RESET_TIMER | RESET_UART0;
  CLEAR(RESETS) = needed;
  while ((RESETS_DONE & needed) != needed) {
  }
  IO_CTRL(TD_UART_TX_PIN) = IO_UART;
  IO_CTRL(TD_UART_RX_PIN) = IO_UART;
  const uint32_t sixty_fourths = (uint32_t)((uint64_t)F_CPU * 4u / TD_BAUD);
  UART_BAUD_INTEGER = sixty_fourths / 64u;
  UART_BAUD_FRACTION = sixty_fourths % 64u;
  UART_LINE = EIGHT_BITS_AND_FIFO;
  UART_CONTROL = RX_TX_ON;
  UART_INTERRUPTS = RX_OR_TIMEOUT;
}

int td_uart_readable(void) {
  return (UART_FLAGS & RX_EMPTY) == 0u;
}

uint8_t td_uart_get(void) {
  return (uint8_t)UART_DATA;
}

void td_uart_put(uint8_t byte) {
  while ((UART_FLAGS & TX_FULL) != 0u) {
  }
  UART_DATA = byte;
}

/* It runs since reset. */
void td_timer_init(void) {}

uint32_t td_timer_ticks(void) {
  return TIMER_LOW;
}

uint32_t td_timer_hz(void) {
  return TIMER_HZ;
}
