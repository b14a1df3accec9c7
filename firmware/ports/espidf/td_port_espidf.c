/* The port for ESP-IDF: UART 0, the CPU's cycle counter, and a task of its own on the last core,
 * which is what makes that core's counter the right one.
 *
 * The task feeds the task watchdog whenever it reads or looks at the clock, which is between
 * inferences and between layers; the idle tasks are not watched (sdkconfig.defaults), as an
 * inference may keep a core from them. */
#include <stdlib.h>

#include "driver/uart.h"
#include "esp_cpu.h"
#include "esp_err.h"
#include "esp_task_wdt.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "sdkconfig.h"

#include "td_port.h"

enum { STACK_BYTES = 16384, RECEIVE_BYTES = 4096, SLICE_MS = 1000, CPU_WINDOW_US = 2000 };

static const uart_port_t uart = UART_NUM_0;

void td_port_init(void) {
  const uart_config_t config = {
      .baud_rate = TD_BAUD,
      .data_bits = UART_DATA_8_BITS,
      .parity = UART_PARITY_DISABLE,
      .stop_bits = UART_STOP_BITS_1,
      .flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
  };
  ESP_ERROR_CHECK(uart_driver_install(uart, RECEIVE_BYTES, 0, 0, NULL, 0));
  ESP_ERROR_CHECK(uart_param_config(uart, &config));
  ESP_ERROR_CHECK(esp_task_wdt_add(NULL));
}

uint32_t td_port_ticks(void) {
  esp_task_wdt_reset();
  return (uint32_t)esp_cpu_get_cycle_count();
}

uint32_t td_port_tick_hz(void) {
  return CONFIG_ESP_DEFAULT_CPU_FREQ_MHZ * 1000000u;
}

/* The cycle counter against the system timer, which runs on the crystal. */
uint32_t td_port_cpu_hz(void) {
  const uint32_t cycles = (uint32_t)esp_cpu_get_cycle_count();
  const int64_t began_us = esp_timer_get_time();
  int64_t passed_us = 0;
  while (passed_us < CPU_WINDOW_US) {
    passed_us = esp_timer_get_time() - began_us;
  }
  return (uint32_t)(((uint32_t)esp_cpu_get_cycle_count() - cycles) * 1000000ll / passed_us);
}

/* Bytes that come within `timeout_ms`, at most `size`; 0 when none did. */
static size_t receive(uint8_t *bytes, size_t size, uint32_t timeout_ms) {
  const int count = uart_read_bytes(uart, bytes, (uint32_t)size, pdMS_TO_TICKS(timeout_ms));
  return count > 0 ? (size_t)count : 0u;
}

size_t td_port_read(void *data, size_t size, uint32_t timeout_ms) {
  uint8_t *bytes = data;
  size_t count = 0;
  while (size > 0 && count == 0 && timeout_ms > 0) {
    const uint32_t slice_ms = timeout_ms < SLICE_MS ? timeout_ms : SLICE_MS;
    esp_task_wdt_reset();
    count = receive(bytes, 1, slice_ms);
    timeout_ms -= slice_ms;
  }
  return count == 0 ? 0 : count + receive(bytes + count, size - count, 0);
}

void td_port_write(const void *data, size_t size) {
  uart_write_bytes(uart, data, size);
}

void *td_port_spare(size_t bytes) {
  return malloc(bytes);
}

/* ESP-IDF counts stacks in bytes, where FreeRTOS counts words. */
uint32_t td_port_stack_used(void) {
  return STACK_BYTES - (uint32_t)uxTaskGetStackHighWaterMark(NULL);
}

static void run(void *unused) {
  (void)unused;
  td_main();
  vTaskDelete(NULL);
}

void app_main(void) {
  const BaseType_t core = portNUM_PROCESSORS - 1;
  xTaskCreatePinnedToCore(run, "tinydeploy", STACK_BYTES, NULL, 1, NULL, core);
}
