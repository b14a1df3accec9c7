/* Max pooling, int16: the largest of the window's taps inside the image.
 *
 * input  NHWC, int16                    [batches, input_height, input_width, channels]
 * output NHWC, int16                    [batches, output_height, output_width, channels]
 *
 * Input and output have the same scale and zero point. No window lies wholly outside the image. */
#ifndef TD_MAX_POOL_2D_S16_H
#define TD_MAX_POOL_2D_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int16_t batches;
  int16_t input_height;
  int16_t input_width;
  int16_t channels;
  int16_t output_height;
  int16_t output_width;
  int16_t filter_height;
  int16_t filter_width;
  int16_t stride_height;
  int16_t stride_width;
  int16_t pad_top;
  int16_t pad_left;
  int16_t activation_min;
  int16_t activation_max;
} td_max_pool_2d_s16_params;

void td_max_pool_2d_s16(const td_max_pool_2d_s16_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
