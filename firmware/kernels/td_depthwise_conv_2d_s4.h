/* Depthwise 2-D convolution, int8 with 4-bit filters, per-channel requantization, with depth
 * multiplier and dilation.
 *
 * input  NHWC, int8                 [batches, input_height, input_width, input_channels]
 * filter HWC, 4 bits, zero point 0, two a byte, the first in its low half
 *                                   [filter_height, filter_width, channels]
 * bias   int32                      [channels]
 * output NHWC, int8                 [batches, output_height, output_width, channels]
 *
 * Input channel c makes output channels c * depth_multiplier + 0 … depth_multiplier - 1. */
#ifndef TD_DEPTHWISE_CONV_2D_S4_H
#define TD_DEPTHWISE_CONV_2D_S4_H

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
  int16_t input_offset;  /* minus the input's zero point: [-127, 128] */
  int16_t output_offset; /* the output's zero point: [-128, 127] */
  int16_t activation_min;
  int16_t activation_max;
  const int32_t *multiplier; /* [input_channels * depth_multiplier] */
  const int8_t *shift;       /* [input_channels * depth_multiplier] */
} td_depthwise_conv_2d_s4_params;

void td_depthwise_conv_2d_s4(const td_depthwise_conv_2d_s4_params *p, const int8_t *input,
                             const int8_t *filter, const int32_t *bias, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
