/* What a chip gives to the Cortex-M port: one UART and one timer. */
#ifndef TD_CHIP_H
#define TD_CHIP_H

#include <stdint.h>

#define TD_REGISTER(address) (*(volatile uint32_t *)(address))

/* Receiving raises an interrupt, which the port only sleeps on. */
void td_uart_init(void);
int td_uart_readable(void);

/* Takes the byte that is there, and the interrupt back. */
uint8_t td_uart_get(void);

/* Waits for room. */
void td_uart_put(uint8_t byte);

/* A free-running 32-bit up-counter. */
void td_timer_init(void);
uint32_t td_timer_ticks(void);
uint32_t td_timer_hz(void);

#endif
