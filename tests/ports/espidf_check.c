/* The firmware on ESP-IDF's port with ESP-IDF replaced: time is virtual, an inference lasts
 * INFERENCE_S, the UART sends the commands given as arguments, and the task watchdog is as
 * TIMEOUT_S of sdkconfig.defaults sets it. Prints what the firmware sends; 1 when the watchdog
 * barks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/uart.h"
#include "esp_cpu.h"
#include "esp_err.h"
#include "esp_task_wdt.h"
#include "esp_timer.h"
#include "freertos/task.h"
#include "sdkconfig.h"
#include "td_model.h"

static int64_t now_us;
static int64_t fed_us = -1; /* not watched */
static char **commands;

static void pass(int64_t us) {
  now_us += us;
  if (fed_us >= 0 && now_us - fed_us > TIMEOUT_S * 1000000ll) {
    printf("watchdog: nothing fed it for %lld s\n", (long long)((now_us - fed_us) / 1000000));
    exit(1);
  }
}

td_status __real_td_model_invoke(td_layer_hook hook, void *user);
td_status __wrap_td_model_invoke(td_layer_hook hook, void *user);

td_status __wrap_td_model_invoke(td_layer_hook hook, void *user) {
  pass(INFERENCE_S * 1000000ll);
  return __real_td_model_invoke(hook, user);
}

esp_err_t esp_task_wdt_add(TaskHandle_t task) {
  fed_us = now_us;
  return task == NULL ? 0 : 1;
}

esp_err_t esp_task_wdt_reset(void) {
  fed_us = now_us;
  return 0;
}

esp_cpu_cycle_count_t esp_cpu_get_cycle_count(void) {
  return (esp_cpu_cycle_count_t)(now_us * CONFIG_ESP_DEFAULT_CPU_FREQ_MHZ);
}

int64_t esp_timer_get_time(void) {
  pass(100);
  return now_us;
}

void stub_check(esp_err_t error) {
  if (error != 0) {
    exit(2);
  }
}

esp_err_t uart_driver_install(uart_port_t port, int receive_bytes, int send_bytes, int queue_size,
                              void *queue, int flags) {
  (void)send_bytes, (void)queue_size, (void)queue, (void)flags;
  return port == UART_NUM_0 && receive_bytes > 0 ? 0 : 1;
}

esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config) {
  (void)port;
  return config->baud_rate == TD_BAUD ? 0 : 1;
}

int uart_read_bytes(uart_port_t port, void *data, uint32_t size, TickType_t wait) {
  (void)port;
  if (*commands == NULL) {
    exit(0);
  }
  const size_t left = strlen(*commands);
  if (left == 0) { /* a host that is silent until the wait is over, then sends the next command */
    commands++;
    pass(wait * 10000ll);
    return 0;
  }
  const size_t length = left < size ? left : size;
  memcpy(data, *commands, length);
  *commands += length;
  return (int)length;
}

int uart_write_bytes(uart_port_t port, const void *data, size_t size) {
  (void)port;
  return (int)fwrite(data, 1, size, stdout);
}

BaseType_t xTaskCreatePinnedToCore(TaskFunction_t run, const char *name, uint32_t stack_bytes,
                                   void *argument, UBaseType_t priority, TaskHandle_t *made,
                                   BaseType_t core) {
  (void)made;
  printf("task %s core %d priority %u\n", name, core, priority);
  if (stack_bytes >= 8192) {
    run(argument);
  }
  return 1;
}

void vTaskDelete(TaskHandle_t task) {
  (void)task;
}

UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t task) {
  return task == NULL ? 1024 : 0;
}

int main(int count, char **arguments) {
  (void)count;
  commands = arguments + 1;
  app_main();
  return 2;
}
