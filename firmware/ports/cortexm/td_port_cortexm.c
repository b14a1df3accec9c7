/* A bare Cortex-M: start-up, faults, the stack, and waiting; its chip gives UART and timer
 * (td_chip.h).
 *
 * No interrupt is ever taken: PRIMASK stays set, and a pending interrupt only ends WFI. So nothing
 * disturbs a measured lap, and an emulator sleeps while the firmware waits for a command. */
#include "td_chip.h"
#include "td_port.h"

#define SYSTICK_CTRL TD_REGISTER(0xe000e010u)
#define SYSTICK_LOAD TD_REGISTER(0xe000e014u)
#define SYSTICK_VALUE TD_REGISTER(0xe000e018u)
#define SYSTICK_ON 7u /* the processor's clock, interrupt, enabled */
#define SYSTICK_PASSED (1u << 16)
#define NVIC_ENABLE(word) TD_REGISTER(0xe000e100u + 4u * (word))
#define NVIC_UNPEND(word) TD_REGISTER(0xe000e280u + 4u * (word))
#define NVIC_WORDS 2u /* no UART here has an interrupt beyond 63 */
#define SCB_ICSR TD_REGISTER(0xe000ed04u)
#define SCB_CFSR TD_REGISTER(0xe000ed28u)
#define SCB_CPACR TD_REGISTER(0xe000ed88u)
#define ICSR_UNPEND_SYSTICK (1u << 25)

enum { POLL_MS = 10 };

/* From the linker script. */
extern uint32_t td_data_load[], td_data_start[], td_data_end[], td_bss_start[], td_bss_end[];
extern uint32_t td_spare_start[], td_stack_bottom[], td_stack_top[];

static const uint32_t paint = 0x5d9ac3e7u;

void td_port_init(void) {
  __asm volatile("cpsid i" ::: "memory");
  td_uart_init();
  td_timer_init();
  for (uint32_t word = 0; word < NVIC_WORDS; word++) {
    NVIC_ENABLE(word) = UINT32_MAX;
  }
}

uint32_t td_port_ticks(void) {
  return td_timer_ticks();
}

uint32_t td_port_tick_hz(void) {
  return td_timer_hz();
}

/* The timer runs on the CPU's own clock: there is nothing to measure it against. */
uint32_t td_port_cpu_hz(void) {
  return 0;
}

static void start_waiting(void) {
  SYSTICK_LOAD = F_CPU / 1000u * POLL_MS - 1u;
  SYSTICK_VALUE = 0;
  SYSTICK_CTRL = SYSTICK_ON;
}

static void stop_waiting(void) {
  SYSTICK_CTRL = 0;
  SCB_ICSR = ICSR_UNPEND_SYSTICK;
}

/* Sleeps until a byte is there or POLL_MS have passed; returns whether they have. */
static int wait(void) {
  __asm volatile("dsb\n\twfi" ::: "memory");
  for (uint32_t word = 0; word < NVIC_WORDS; word++) {
    NVIC_UNPEND(word) = UINT32_MAX;
  }
  SCB_ICSR = ICSR_UNPEND_SYSTICK;
  return (SYSTICK_CTRL & SYSTICK_PASSED) != 0u;
}

size_t td_port_read(void *data, size_t size, uint32_t timeout_ms) {
  uint8_t *to = data;
  size_t got = 0;
  if (!td_uart_readable()) {
    uint32_t waited_ms = 0;
    start_waiting();
    while (!td_uart_readable() && waited_ms < timeout_ms) {
      waited_ms += wait() ? (uint32_t)POLL_MS : 0u;
    }
    stop_waiting();
  }
  while (got < size && td_uart_readable()) {
    to[got++] = td_uart_get();
  }
  return got;
}

void td_port_write(const void *data, size_t size) {
  const uint8_t *from = data;
  while (size-- > 0u) {
    td_uart_put(*from++);
  }
}

/* All RAM between the last variable and the stack. */
void *td_port_spare(size_t bytes) {
  const size_t room = (size_t)((uintptr_t)td_stack_bottom - (uintptr_t)td_spare_start);
  return bytes <= room ? td_spare_start : NULL;
}

uint32_t td_port_stack_used(void) {
  const uint32_t *at = td_stack_bottom;
  while (at < td_stack_top && *at == paint) {
    at++;
  }
  return (uint32_t)((uintptr_t)td_stack_top - (uintptr_t)at);
}

static void fault(void) {
  static const char digits[] = "0123456789abcdef";
  const uint32_t cause = SCB_CFSR; /* 0 on a Cortex-M0, which has none */
  td_port_write("\r\ne-[FAULT cfsr=", 16);
  for (uint32_t shift = 32; shift > 0u; shift -= 4u) {
    td_port_write(&digits[(cause >> (shift - 4u)) & 15u], 1);
  }
  td_port_write("]\r\n", 3);
  for (;;) {
    __asm volatile("wfi");
  }
}

/* At reset nothing is set up: no FPU, no variables. Painting stops at this function's own frame. */
__attribute__((noreturn)) void Reset_Handler(void) {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  SCB_CPACR |= 0xfu << 20; /* full access to CP10 and CP11 */
  __asm volatile("dsb\n\tisb" ::: "memory");
#endif
  uint32_t *frame;
  __asm volatile("mov %0, sp" : "=r"(frame));
  for (uint32_t *at = td_stack_bottom; at < frame; at++) {
    *at = paint;
  }
  for (uint32_t *from = td_data_load, *to = td_data_start; to < td_data_end;) {
    *to++ = *from++;
  }
  for (uint32_t *at = td_bss_start; at < td_bss_end;) {
    *at++ = 0;
  }
  td_main();
  for (;;) {
  }
}

typedef void (*vector)(void);

__attribute__((section(".isr_vector"), used)) static const vector vectors[16] = {
    (vector)td_stack_top, (vector)Reset_Handler, fault, fault, fault, fault, fault};
