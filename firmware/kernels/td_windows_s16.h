/* The inputs of four windows of an int16 image, as td_pixel_pairs_s16.h wants them. */
#ifndef TD_WINDOWS_S16_H
#define TD_WINDOWS_S16_H

#include <stdint.h>

typedef struct {
  int32_t input_height;
  int32_t input_width;
  int32_t input_channels;
  int32_t filter_height;
  int32_t filter_width;
  int32_t dilation_height;
  int32_t dilation_width;
} td_windows_s16_params;

/* One window with its first tap at row `y` and column `x`, which may lie outside; `acts` is the
 * pixel's first word. */
void td_window_s16(const td_windows_s16_params *p, const int16_t *input, int32_t y, int32_t x,
                   uint32_t *acts);

/* Four windows that lie inside the image, `stride` columns apart, of an even number of channels and
 * without dilation sideways. */
void td_windows_inside_s16(const td_windows_s16_params *p, const int16_t *input, int32_t y,
                           int32_t x, int32_t stride, uint32_t *acts);

#endif
