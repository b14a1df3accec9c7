/* Depthwise 2-D convolution, int16 with int8 filters, per-channel requantization, with depth
 * multiplier and dilation.
 *
 * input  NHWC, int16, zero point 0  [batches, input_height, input_width, input_channels]
 * filter HWC, int8, zero point 0    [filter_height, filter_width, channels]
 * bias   int64                      [channels]
 * output NHWC, int16, zero point 0  [batches, output_height, output_width, channels]
 *
 * Input channel c makes output channels c * depth_multiplier + 0 … depth_multiplier - 1. */
#ifndef TD_DEPTHWISE_CONV_2D_S16_H
#define TD_DEPTHWISE_CONV_2D_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int16_t batches;
  int16_t input_height;
  int16_t input_width;
  int16_t input_channels;
  int16_t depth_multiplier;
  int16_t output_height;
  int16_t output_width;
  int16_t filter_height;
  int16_t filter_width;
  int16_t stride_height;
  int16_t stride_width;
  int16_t dilation_height;
  int16_t dilation_width;
  int16_t pad_top;
  int16_t pad_left;
  int16_t activation_min;
  int16_t activation_max;
  const int32_t *multiplier; /* td_requantize_wide's [input_channels * depth_multiplier] */
  const int8_t *shift;       /* [input_channels * depth_multiplier] */
} td_depthwise_conv_2d_s16_params;

void td_depthwise_conv_2d_s16(const td_depthwise_conv_2d_s16_params *p, const int16_t *input,
                              const int8_t *filter, const int64_t *bias, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
