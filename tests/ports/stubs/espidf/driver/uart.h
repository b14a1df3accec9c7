#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "freertos/FreeRTOS.h"

typedef enum { UART_NUM_0 } uart_port_t;
typedef struct {
  int baud_rate;
  enum { UART_DATA_8_BITS = 3 } data_bits;
  enum { UART_PARITY_DISABLE } parity;
  enum { UART_STOP_BITS_1 = 1 } stop_bits;
  enum { UART_HW_FLOWCTRL_DISABLE } flow_ctrl;
} uart_config_t;

esp_err_t uart_driver_install(uart_port_t port, int receive_bytes, int send_bytes, int queue_size,
                              void *queue, int flags);
esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config);
int uart_read_bytes(uart_port_t port, void *data, uint32_t size, TickType_t wait);
int uart_write_bytes(uart_port_t port, const void *data, size_t size);
