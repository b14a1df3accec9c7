/* The port contract: what a board gives to the firmware.
 *
 * A port owns the entry point (main, Reset_Handler, setup, app_main) and calls td_main() once; it
 * has no other knowledge of the firmware. One folder per framework in firmware/ports/. */
#ifndef TD_PORT_H
#define TD_PORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bring up the UART and the timer. Never blocks on a host being there. */
void td_port_init(void);

/* A free-running up-counter that wraps at 2^32; differences are exact modulo 2^32. It is looked at
 * between any two inferences, so that a port may feed a watchdog there. */
uint32_t td_port_ticks(void);
uint32_t td_port_tick_hz(void);

/* The CPU's clock as measured against another clock of the board; 0 when the port cannot tell.
 * Asked seldom: it may take some milliseconds. */
uint32_t td_port_cpu_hz(void);

/* Read up to `size` bytes, waiting at most `timeout_ms` for the first of them; returns how many
 * came. Returns 0 on time-out. */
size_t td_port_read(void *data, size_t size, uint32_t timeout_ms);
void td_port_write(const void *data, size_t size);

/* RAM that nothing else uses, aligned for any type: the firmware keeps a copy of the inputs there,
 * so that it can run many inferences without their being sent again. Returns `bytes` bytes, or NULL
 * when there is not that much. It is never given back, and may be given out again by a later call:
 * only what was returned last is used. */
void *td_port_spare(size_t bytes);

/* Stack: paint at start-up, bytes ever used since (0 when the port cannot tell). */
uint32_t td_port_stack_used(void);

/* The protocol loop; never returns. A port whose input can end (host) leaves the program itself. */
void td_main(void);

#ifdef __cplusplus
}
#endif
#endif
