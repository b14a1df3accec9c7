/* Pooling by the root of the mean of squares, float32.
 *
 * input, output: NHWC, float32. No window lies wholly outside the image. */
#ifndef TD_L2_POOL_2D_F32_H
#define TD_L2_POOL_2D_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t batches;
  int32_t input_height;
  int32_t input_width;
  int32_t channels;
  int32_t output_height;
  int32_t output_width;
  int32_t filter_height;
  int32_t filter_width;
  int32_t stride_height;
  int32_t stride_width;
  int32_t pad_top;
  int32_t pad_left;
  float activation_min;
  float activation_max;
} td_l2_pool_2d_f32_params;

void td_l2_pool_2d_f32(const td_l2_pool_2d_f32_params *p, const float *input, float *output);

#ifdef __cplusplus
}
#endif
#endif
