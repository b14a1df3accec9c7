/* A window of an int8 image as successive bytes, padding included. */
#ifndef TD_WINDOW_BYTES_H
#define TD_WINDOW_BYTES_H

#include <stdint.h>

typedef struct {
  int32_t input_height;
  int32_t input_width;
  int32_t input_channels;
  int32_t filter_height;
  int32_t filter_width;
  int32_t dilation_height;
  int32_t dilation_width;
  int32_t padding; /* the value of what lies outside */
} td_window_bytes_params;

/* The window with its first tap at row `y` and column `x`, which may lie outside. */
void td_window_bytes(const td_window_bytes_params *p, const int8_t *input, int32_t y, int32_t x,
                     int8_t *window);

#endif
