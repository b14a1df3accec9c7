/* Runs every sample once with a timer and once over a painted stack, and prints what came out.
 *
 * Bare metal for QEMU's mps2-an386. Output and exit go through semihosting; nothing else of the
 * host is used. */
#include "bench.h"

#include <string.h>

enum {
  SYS_WRITE0 = 0x04,
  SYS_EXIT = 0x18,
  ADP_STOPPED_APPLICATION_EXIT = 0x20026,
  ADP_STOPPED_RUN_TIME_ERROR = 0x20023
};

#define CPACR (*(volatile uint32_t *)0xE000ED88u)
#define TIMER_CTRL (*(volatile uint32_t *)0x40000000u)
#define TIMER_VALUE (*(volatile uint32_t *)0x40000004u)
#define TIMER_RELOAD (*(volatile uint32_t *)0x40000008u)

#define PAINT 0xA5A5A5A5u

extern uint32_t bench_data_load[], bench_data_start[], bench_data_end[], bench_bss_start[],
    bench_bss_end[];
extern uint32_t bench_stack_bottom[], bench_stack_top[];

int main(void);
void Reset_Handler(void);

static void semihost(uint32_t operation, uint32_t argument) {
  register uint32_t r0 __asm("r0") = operation;
  register uint32_t r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

static void print(const char *text) {
  semihost(SYS_WRITE0, (uint32_t)(uintptr_t)text);
}

static void print_number(const char *name, uint32_t value) {
  char text[12];
  uint32_t at = sizeof text - 1;
  text[at] = '\0';
  do {
    text[--at] = (char)('0' + value % 10u);
    value /= 10u;
  } while (value != 0u);
  print(name);
  print(text + at);
  print("\n");
}

static void print_output(void) {
  static const char digits[] = "0123456789abcdef";
  char text[65];
  print("output ");
  for (uint32_t done = 0; done < bench_output_bytes;) {
    uint32_t length = 0;
    for (; length < sizeof text - 1 && done < bench_output_bytes; done++) {
      const uint8_t byte = (uint8_t)bench_output[done];
      text[length++] = digits[byte >> 4];
      text[length++] = digits[byte & 15];
    }
    text[length] = '\0';
    print(text);
  }
  print("\n");
}

__attribute__((noinline)) static void nothing(void) {
  __asm volatile("");
}

__attribute__((noinline)) static uint32_t ticks_of(void (*volatile run)(void)) {
  void (*const called)(void) = run;
  const uint32_t start = TIMER_VALUE;
  called();
  return start - TIMER_VALUE;
}

/* Bytes of stack that `run` uses below its caller's. */
__attribute__((noinline)) static uint32_t stack_of(void (*run)(void)) {
  register uint32_t *const sp __asm("sp");
  uint32_t *const here = sp;
  for (volatile uint32_t *word = bench_stack_bottom; word < here; word++) {
    *word = PAINT;
  }
  run();
  uint32_t *word = bench_stack_bottom;
  while (word < here && *(volatile uint32_t *)word == PAINT) {
    word++;
  }
  return (uint32_t)(here - word) * 4u;
}

int main(void) {
  TIMER_RELOAD = UINT32_MAX;
  TIMER_VALUE = UINT32_MAX;
  TIMER_CTRL = 1u;
  print_number("empty ", ticks_of(nothing));
  for (uint32_t sample = 0; sample < bench_sample_count; sample++) {
    const int8_t *const input = bench_samples + sample * bench_input_bytes;
    memcpy(bench_input, input, bench_input_bytes);
    print_number("ticks ", ticks_of(bench_infer));
    print_output();
    memcpy(bench_input, input, bench_input_bytes);
    print_number("stack ", stack_of(bench_infer));
  }
  print("done\n");
  semihost(SYS_EXIT, ADP_STOPPED_APPLICATION_EXIT);
  return 0;
}

__attribute__((noreturn)) void Reset_Handler(void) {
  CPACR |= 0xFu << 20; /* the FPU on */
  __asm volatile("dsb\n\tisb");
  memcpy(bench_data_start, bench_data_load,
         (size_t)((char *)bench_data_end - (char *)bench_data_start));
  memset(bench_bss_start, 0, (size_t)((char *)bench_bss_end - (char *)bench_bss_start));
  (void)main();
  for (;;) {
  }
}

static void fault(void) {
  print("fault\n");
  semihost(SYS_EXIT, ADP_STOPPED_RUN_TIME_ERROR);
}

__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
    (void (*)(void))bench_stack_top, Reset_Handler, fault, fault, fault, fault, fault};
