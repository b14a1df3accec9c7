/* QEMU's RISC-V machine `virt` (hw/riscv/virt.c): a 16550 UART, PLIC and CLINT, on a bare core.
 *
 * No interrupt is ever taken: mstatus.MIE stays clear, and a pending interrupt only ends WFI. So
 * nothing disturbs a measured lap, and an emulator sleeps while the firmware waits for a command.
 */
#include "td_port.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define UART_REGISTER(index) (*(volatile uint8_t *)(0x10000000u + (index)))

#define UART_DATA UART_REGISTER(0u)
#define UART_INTERRUPTS UART_REGISTER(1u)
#define UART_LINE_STATE UART_REGISTER(5u)
#define UART_RX_INT 1u
#define UART_RX_FULL 1u
#define UART_TX_EMPTY 0x20u

#define UART_SOURCE 10u
#define PLIC_PRIORITY REGISTER(0x0c000000u + 4u * UART_SOURCE)
#define PLIC_ENABLE REGISTER(0x0c002000u)
#define PLIC_CLAIM REGISTER(0x0c200004u)

#define CLINT_COMPARE_LOW REGISTER(0x02004000u)
#define CLINT_COMPARE_HIGH REGISTER(0x02004004u)
#define CLINT_TIME_LOW REGISTER(0x0200bff8u)
#define CLINT_TIME_HIGH REGISTER(0x0200bffcu)
#define CLINT_HZ 10000000u

#define MIE_TIMER (1u << 7)
#define MIE_EXTERNAL (1u << 11)

enum { POLL_MS = 10 };

/* From the linker script. */
extern uint32_t td_data_load[], td_data_start[], td_data_end[], td_bss_start[], td_bss_end[];
extern uint32_t td_spare_start[], td_stack_bottom[], td_stack_top[];

static const uint32_t paint = 0x5d9ac3e7u;

static uint64_t time_now(void) {
  uint32_t high, low;
  do {
    high = CLINT_TIME_HIGH;
    low = CLINT_TIME_LOW;
  } while (high != CLINT_TIME_HIGH);
  return ((uint64_t)high << 32) | low;
}

static void wake_at(uint64_t time) {
  CLINT_COMPARE_HIGH = UINT32_MAX;
  CLINT_COMPARE_LOW = (uint32_t)time;
  CLINT_COMPARE_HIGH = (uint32_t)(time >> 32);
}

void td_port_init(void) {
  UART_INTERRUPTS = UART_RX_INT;
  PLIC_PRIORITY = 1;
  PLIC_ENABLE = 1u << UART_SOURCE;
  __asm volatile("csrw mie, %0" ::"r"(MIE_TIMER | MIE_EXTERNAL));
}

/* QEMU counts `minstret` in nanoseconds of virtual time: with -icount shift=0 an instruction each.
 */
uint32_t td_port_ticks(void) {
  uint32_t count;
  __asm volatile("csrr %0, minstret" : "=r"(count)::"memory");
  return count;
}

uint32_t td_port_tick_hz(void) {
  return 1000000000u;
}

uint32_t td_port_cpu_hz(void) {
  return 0;
}

static int readable(void) {
  return (UART_LINE_STATE & UART_RX_FULL) != 0u;
}

size_t td_port_read(void *data, size_t size, uint32_t timeout_ms) {
  uint8_t *to = data;
  size_t got = 0;
  uint32_t waited_ms = 0;
  while (!readable() && waited_ms < timeout_ms) {
    const uint64_t end = time_now() + CLINT_HZ / 1000u * POLL_MS;
    wake_at(end);
    __asm volatile("wfi" ::: "memory");
    PLIC_CLAIM = PLIC_CLAIM;
    waited_ms += time_now() >= end ? (uint32_t)POLL_MS : 0u;
  }
  wake_at(UINT64_MAX);
  while (got < size && readable()) {
    to[got++] = UART_DATA;
  }
  return got;
}

void td_port_write(const void *data, size_t size) {
  const uint8_t *from = data;
  while (size-- > 0u) {
    while ((UART_LINE_STATE & UART_TX_EMPTY) == 0u) {
    }
    UART_DATA = *from++;
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

__attribute__((used, aligned(4))) static void fault(void) {
  static const char digits[] = "0123456789abcdef";
  uint32_t cause;
  __asm volatile("csrr %0, mcause" : "=r"(cause));
  td_port_write("\r\ne-[FAULT mcause=", 18);
  for (uint32_t shift = 32; shift > 0u; shift -= 4u) {
    td_port_write(&digits[(cause >> (shift - 4u)) & 15u], 1);
  }
  td_port_write("]\r\n", 3);
  for (;;) {
    __asm volatile("wfi");
  }
}

/* Painting stops at this function's own frame. */
__attribute__((noreturn, used)) static void start(void) {
  uint32_t *frame;
  __asm volatile("mv %0, sp" : "=r"(frame));
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

/* At reset nothing is set up: no stack, no global pointer, no place for faults. */
__attribute__((naked, noreturn, section(".reset"))) void Reset_Handler(void) {
  __asm volatile(".option push\n\t"
                 ".option norelax\n\t"
                 "la gp, __global_pointer$\n\t"
                 ".option pop\n\t"
                 "la sp, td_stack_top\n\t"
                 "la t0, fault\n\t"
                 "csrw mtvec, t0\n\t"
                 "tail start");
}
